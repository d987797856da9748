import {copyFile, mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import type {Outcome} from './chroot.js';

/**
 * A client of one repository, apart from the apt of this machine: own sources, lists, cache, and a root that dpkg
 * installs into.
 */
export interface AptClient {
  /** Where dpkg installs. */
  readonly root: string;
  /** Run apt-get; updating fails on any error, which by itself it does not. */
  get(...args: readonly string[]): Promise<Outcome>;
  cache(...args: readonly string[]): Promise<Outcome>;
  /** Run apt-file, which brings a configuration for apt: where its indexes are. */
  file(...args: readonly string[]): Promise<Outcome>;
  /** Version of a package that is installed; an empty text where it is not. */
  installed(name: string): Promise<string>;
}

export interface AptClientOptions {
  /** An empty folder. */
  readonly folder: string;
  /** `file:/path` or `http://…`. */
  readonly uri: string;
  /** Armoured public keys, in a file. */
  readonly signedBy: string;
  readonly suite?: string;
  readonly architecture?: string;
}

export async function aptClient(options: AptClientOptions): Promise<AptClient> {
  const {folder, uri, signedBy, suite = 'stable', architecture = 'amd64'} = options;
  const at = (path: string) => join(folder, path);
  for (const path of [
    ...['apt.conf.d', 'preferences.d', 'sources.list.d', 'trusted.gpg.d'].map((name) => `etc/apt/${name}`),
    ...['lib/apt/lists/partial', 'cache/apt/archives/partial', 'log/apt'].map((name) => `var/${name}`),
    ...['updates', 'info', 'triggers'].map((name) => `root/var/lib/dpkg/${name}`),
  ])
    await mkdir(at(path), {recursive: true});
  for (const name of ['status', 'available']) await writeFile(at(`root/var/lib/dpkg/${name}`), '');
  await writeFile(at('apt.conf'), configuration(folder, architecture));
  await writeFile(
    at('etc/apt/sources.list.d/own.sources'),
    `Types: deb\nURIs: ${uri}\nSuites: ${suite}\nComponents: main\nSigned-By: ${signedBy}\n`,
  );
  const tool = async (name: string, args: readonly string[]): Promise<Outcome> => {
    const env = {APT_CONFIG: at('apt.conf'), LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive'};
    const {exitCode = -1, stdout, stderr} = await execa(name, args, {env, reject: false, stdin: 'ignore'});
    return {exitCode, stdout, stderr};
  };
  return {
    root: at('root'),
    get: (...args) => tool('apt-get', args[0] === 'update' ? [...args, '--error-on=any'] : args),
    cache: (...args) => tool('apt-cache', args),
    async file(...args) {
      const configured = 'etc/apt/apt.conf.d/50apt-file.conf';
      await copyFile(join('/', configured), at(configured));
      return tool('apt-file', args);
    },
    async installed(name) {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as dpkg-query has it
      const query = ['--admindir', at('root/var/lib/dpkg'), '--show', '--showformat', '${Version}', name];
      return (await execa('dpkg-query', query, {reject: false})).stdout;
    },
  };
}

/** The folder is set first, so that nothing of this machine's configuration is read. */
const configuration = (folder: string, architecture: string): string => `Dir "${folder}/";
Dir::State "var/lib/apt"; Dir::State::status "${folder}/root/var/lib/dpkg/status";
Dir::Cache "var/cache/apt"; Dir::Etc "etc/apt"; Dir::Log "var/log/apt";
Dir::Bin::Methods "/usr/lib/apt/methods"; Dir::Bin::dpkg "/usr/bin/dpkg";
APT::Architecture "${architecture}"; APT::Architectures { "${architecture}"; };
APT::Sandbox::User "root"; APT::Install-Recommends "false"; APT::Get::Assume-Yes "true";
Acquire::Languages "none"; Acquire::Retries "0"; Acquire::http::Proxy "DIRECT"; DPkg::Use-Pty "false";
DPkg::Options { "--root=${folder}/root"; "--force-not-root"; "--force-script-chrootless"; "--log=${folder}/dpkg.log"; };
#clear DPkg::Pre-Install-Pkgs; #clear DPkg::Post-Invoke; #clear DPkg::Pre-Invoke;
#clear APT::Update::Post-Invoke; #clear APT::Update::Post-Invoke-Success;
`;
