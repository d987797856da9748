import {copyFile, mkdir, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {indexStanza} from '../apt/package-stanza.js';
import {readDebControl} from '../archive/read.js';
import {type Caller, definedOnly} from '../context.js';
import {CheckError, ioError} from '../errors.js';
import {digestFile} from '../formats/digests.js';
import {type RunResult, run} from '../run.js';
import type {Artifact} from './target.js';

/** A package that apt is to try. */
export interface TriedPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly artifact: Artifact;
  /** Codename that its cell is for. */
  readonly distribution: string | undefined;
}

/** What an apt client of its own works with. */
interface Client {
  readonly folder: string;
  readonly caller: Caller;
  /** Whether it knows what else there is to install: the lists of this machine. */
  readonly hasLists: boolean;
}

/**
 * Let an apt client, apart from this machine's, take the packages from a repository of their own: index, download,
 * hashes, and whether it would install them beside what this machine has and could get. Nothing is installed.
 *
 * @param folder an empty one
 * @throws E_CHECK when apt would not install one of them
 */
export async function tryWithApt(
  folder: string,
  packages: readonly TriedPackage[],
  caller: Caller,
): Promise<void> {
  const {report} = caller;
  const skip = (why: string) =>
    report({type: 'warning', code: 'gate-without-apt', message: `Packages are not tried with apt: ${why}`});
  const architecture = await answer(caller, 'dpkg', ['--print-architecture']);
  if (architecture === undefined || (await answer(caller, 'apt-get', ['--version'])) === undefined)
    return skip('this machine has no apt-get');
  const codename = await codenameHere();
  const ours = packages.filter((one) => isForHere(one, {architecture, codename}));
  const others = packages.filter((one) => !ours.includes(one)).map(({artifact}) => basename(artifact.file));
  if (others.length > 0) skip(`not made for this machine: ${others.join(', ')}`);
  if (ours.length === 0) return;
  await makeRepository(join(folder, 'repository'), ours).catch((error) => {
    throw ioError(error, 'making a repository to try');
  });
  const client = await makeClient(folder, architecture, caller);
  await tell(
    client,
    ['update', '--error-on=any', ...ONLY_OURS],
    'apt does not read an index of the packages',
  );
  for (const one of ours) await tryPackage(one, client);
}

const isForHere = (
  {architecture: its, distribution}: TriedPackage,
  {architecture, codename}: {readonly architecture: string; readonly codename: string | undefined},
): boolean =>
  (its === 'all' || its === architecture) &&
  (distribution === undefined || codename === undefined || distribution === codename);

/** os-release(5). */
async function codenameHere(): Promise<string | undefined> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^VERSION_CODENAME="?([^"\n]+)/m.exec(text)?.[1];
}

async function answer(caller: Caller, command: string, args: readonly string[]): Promise<string | undefined> {
  const env = {...definedOnly(caller.environment), LC_ALL: 'C.UTF-8'};
  const asked = await run(command, args, {cwd: '/', env, signal: caller.signal}).catch(() => undefined);
  caller.signal?.throwIfAborted();
  return asked?.stdout;
}

/** One that apt is told to trust: what is tried are the packages, not a signature. */
async function makeRepository(folder: string, packages: readonly TriedPackage[]): Promise<void> {
  let index = '';
  for (const {artifact} of packages) {
    const {file} = artifact;
    const {size, sha256} = await digestFile(file);
    const stanza = indexStanza(await readDebControl(file), {component: 'main', size, sha256}, file);
    const place = join(folder, /^Filename: (.*)$/m.exec(stanza)?.[1] ?? basename(file));
    await mkdir(dirname(place), {recursive: true});
    await copyFile(file, place);
    index += `${stanza}\n`;
  }
  await writeFile(join(folder, 'Packages'), index);
}

const LISTS = '/var/lib/apt/lists';
const STATUS = '/var/lib/dpkg/status';
/** Where the machine's own sources are named (sources.list(5)). */
const SOURCES = {file: '/etc/apt/sources.list', parts: '/etc/apt/sources.list.d'};
const OWN = 'mkvenvdeb-gate.list';
const ONLY_OURS = ['-o', `Dir::Etc::SourceParts=own.d`, '-o', 'Dir::Etc::SourceList=/dev/null'];

async function makeClient(folder: string, architecture: string, caller: Caller): Promise<Client> {
  const at = (path: string) => join(folder, path);
  const lists = at('var/lib/apt/lists');
  try {
    for (const path of [
      'etc/apt/own.d',
      'etc/apt/all.d',
      'etc/apt/none.d',
      'var/cache/apt/archives/partial',
      'got',
    ])
      await mkdir(at(path), {recursive: true});
    await mkdir(join(lists, 'partial'), {recursive: true});
    const source = `deb [trusted=yes] file:${at('repository')} ./\n`;
    await writeFile(at(`etc/apt/own.d/${OWN}`), source);
    await writeFile(at(`etc/apt/all.d/${OWN}`), source);
    const parts = (await readdir(SOURCES.parts).catch(() => [])).filter((name) => name !== OWN);
    for (const name of parts) await symlink(join(SOURCES.parts, name), at(`etc/apt/all.d/${name}`));
    const known = (await readdir(LISTS).catch(() => [])).filter((name) =>
      /_(?:Packages|Release|InRelease)/.test(name),
    );
    for (const name of known) await symlink(join(LISTS, name), join(lists, name));
    await writeFile(at('apt.conf'), configuration(folder, architecture));
    return {folder, caller, hasLists: known.some((name) => name.includes('_Packages'))};
  } catch (error) {
    throw ioError(error, 'making an apt client to try packages with');
  }
}

/** Everything that apt reads or writes is below the folder, but for what is installed here. */
const configuration = (folder: string, architecture: string): string => `Dir "${folder}/";
Dir::State "var/lib/apt"; Dir::State::status "${STATUS}"; Dir::Cache "var/cache/apt"; Dir::Log "var/log";
Dir::Etc "etc/apt"; Dir::Etc::Parts "none.d"; Dir::Etc::PreferencesParts "none.d"; Dir::Etc::Preferences "/dev/null";
Dir::Etc::SourceParts "all.d"; Dir::Etc::SourceList "${SOURCES.file}";
Dir::Bin::Methods "/usr/lib/apt/methods"; Dir::Bin::dpkg "/usr/bin/dpkg";
APT::Architecture "${architecture}"; APT::Sandbox::User "root"; APT::Get::List-Cleanup "false";
APT::Get::Assume-Yes "true"; Debug::NoLocking "true"; Acquire::Languages "none"; Acquire::Retries "0";
`;

async function get({folder, caller}: Client, args: readonly string[]): Promise<RunResult> {
  const env = {
    PATH: caller.environment.PATH ?? '/usr/bin:/bin',
    APT_CONFIG: join(folder, 'apt.conf'),
    LC_ALL: 'C.UTF-8',
  };
  const {signal, report} = caller;
  const words = ['-c', 'exec "$@" 2>&1', 'apt-get', 'apt-get', ...args];
  return run('sh', words, {cwd: join(folder, 'got'), env, signal, report, label: 'apt-get', tolerant: true});
}

/** @throws E_CHECK with what apt said */
async function tell(client: Client, args: readonly string[], what: string, hint?: string): Promise<void> {
  const {exitCode, stdout} = await get(client, args);
  if (exitCode !== 0)
    throw new CheckError(what, {issues: said(stdout), ...(hint === undefined ? {} : {hint})});
}

const said = (output: string): readonly string[] =>
  output.split('\n').filter((line) => /^(?:E:|W:|\s\S+ : )|Depends:|Conflicts:|Breaks:/.test(line));

async function tryPackage({name, version, artifact}: TriedPackage, client: Client): Promise<void> {
  const {report} = client.caller;
  const wanted = `${name}=${version}`;
  await tell(client, ['download', wanted], `apt does not download ${wanted}`);
  const [file = ''] = (await readdir(join(client.folder, 'got'))).filter((one) => one.startsWith(`${name}_`));
  const {sha256} = await digestFile(join(client.folder, 'got', file));
  if (sha256 !== artifact.sha256)
    throw new CheckError(`apt downloads other bytes than were built: ${wanted}`);
  // Another cell has the same name, in another version.
  await rm(join(client.folder, 'got', file));
  const {exitCode, stdout} = await get(client, ['--simulate', 'install', '--allow-downgrades', wanted]);
  if (exitCode === 0) return;
  const message = `apt would not install ${wanted}`;
  const issues = said(stdout);
  if (client.hasLists)
    throw new CheckError(message, {
      issues,
      hint: 'Mend its relations; where this machine does not know what servers know, set release.gate.install to false',
    });
  const hint = 'This machine has no package lists, so that it cannot tell: apt-get update gets them';
  report({type: 'warning', code: 'gate-without-lists', message: `${message}: ${issues.join('; ')}`, hint});
}
