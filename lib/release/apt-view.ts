import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Caller} from '../context.js';
import {CommandError, MkvenvdebError} from '../errors.js';
import {parseStanzas} from '../formats/stanza.js';
import {which} from '../python/interpreter.js';
import {run} from '../run.js';
import {withWorkFolder} from '../work.js';

/** A repository as a client names it. */
export interface AptSource {
  /** `file:/srv/apt`, `https://…`. */
  readonly uri: string;
  readonly suite: string;
  readonly component: string;
  readonly architecture: string;
  /** Armoured: who has to have signed it. */
  readonly publicKeys: Uint8Array;
}

/** What a client would install. */
export interface AptOffer {
  readonly package: string;
  readonly version: string;
  /** Hexadecimal. */
  readonly sha256: string;
}

/**
 * What this machine's apt sees of a repository, as a client that has no other: own configuration, lists and state, so
 * that nothing of the machine's own is read or changed.
 *
 * @param names of packages; of each, every version is told
 * @returns undefined on a machine without apt
 * @throws E_PUBLISH when apt cannot read the repository, or does not believe it
 */
export async function askApt(
  source: AptSource,
  names: readonly string[],
  caller: Caller,
): Promise<readonly AptOffer[] | undefined> {
  const path = caller.environment.PATH ?? '/usr/bin:/bin';
  const tools = await Promise.all(['apt-get', 'apt-cache'].map((tool) => which(tool, path)));
  if (tools.includes(undefined)) return undefined;
  const where = {parent: undefined, candidates: caller.temporary, keep: false};
  return withWorkFolder(where, async (folder) => {
    await writeClient(folder, source);
    const env = {PATH: path, APT_CONFIG: join(folder, 'apt.conf'), LC_ALL: 'C.UTF-8', HOME: folder};
    const options = {cwd: folder, env, signal: caller.signal};
    await run('apt-get', ['update', '--error-on=any', '-qq'], options).catch((error) => {
      if (!(error instanceof CommandError)) throw error;
      throw new MkvenvdebError('E_PUBLISH', `apt cannot read suite ${source.suite} of ${source.uri}`, {
        issues: error.output.split('\n').filter(Boolean),
        cause: error,
      });
    });
    const shown = await run('apt-cache', ['show', '--', ...names], {...options, tolerant: true});
    return parseStanzas(shown.stdout, 'apt-cache show').map((stanza) => ({
      package: stanza.get('Package') ?? '',
      version: stanza.get('Version') ?? '',
      sha256: stanza.get('SHA256') ?? '',
    }));
  });
}

async function writeClient(folder: string, source: AptSource): Promise<void> {
  const {uri, suite, component, architecture, publicKeys} = source;
  const empty = ['apt.conf.d', 'preferences.d', 'sources.list.d', 'trusted.gpg.d'].map(
    (one) => `etc/apt/${one}`,
  );
  for (const one of [...empty, 'lib/lists/partial', 'cache/archives/partial', 'log'])
    await mkdir(join(folder, one), {recursive: true});
  await writeFile(join(folder, 'status'), '');
  await writeFile(join(folder, 'keys.asc'), publicKeys);
  await writeFile(join(folder, 'apt.conf'), configuration(folder, architecture));
  const lines = [
    `URIs: ${uri}`,
    `Suites: ${suite}`,
    `Components: ${component}`,
    `Architectures: ${architecture}`,
  ];
  await writeFile(
    join(folder, 'etc/apt/sources.list.d/own.sources'),
    ['Types: deb', ...lines, `Signed-By: ${folder}/keys.asc`, ''].join('\n'),
  );
}

/** The folder comes first, so that apt reads nothing of this machine's configuration. */
const configuration = (folder: string, architecture: string): string => `Dir "${folder}/";
Dir::State "lib"; Dir::State::status "${folder}/status"; Dir::Cache "cache"; Dir::Etc "etc/apt"; Dir::Log "log";
Dir::Bin::Methods "/usr/lib/apt/methods";
APT::Architecture "${architecture}"; APT::Architectures { "${architecture}"; };
APT::Sandbox::User "root"; Acquire::Languages "none"; Acquire::Retries "1";
#clear APT::Update::Pre-Invoke; #clear APT::Update::Post-Invoke; #clear APT::Update::Post-Invoke-Success;
`;
