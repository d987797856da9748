import {copyFile, mkdir, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {indexStanza} from '../apt/package-stanza.js';
import {readDebControl} from '../archive/read.js';
import {type Caller, definedOnly} from '../context.js';
import {CheckError, ioError} from '../errors.js';
import {digestFile} from '../formats/digests.js';
import {type RunResult, run} from '../run.js';
import {type AptClient, makeAptClient} from './apt-client.js';
import type {Given} from './apt-place.js';

/** A package that apt is to try. */
export interface TriedPackage extends Given {
  /** Codename that its cell is for. */
  readonly distribution: string | undefined;
}

interface Trial {
  readonly client: AptClient;
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
  const trial = await makeTrial(folder, architecture, caller);
  await tell(trial, ['update', '--error-on=any', ...ONLY_OURS], 'apt does not read an index of the packages');
  for (const one of ours) await tryPackage(one, trial);
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
    const {stanza, filename} = indexStanza(
      await readDebControl(file),
      {component: 'main', size, sha256},
      file,
    );
    const place = join(folder, filename);
    await mkdir(dirname(place), {recursive: true});
    await copyFile(file, place);
    index += `${stanza}\n`;
  }
  await writeFile(join(folder, 'Packages'), index);
}

const LISTS = '/var/lib/apt/lists';
/** Where the machine's own sources are named (sources.list(5)). */
const SOURCES = {file: '/etc/apt/sources.list', parts: '/etc/apt/sources.list.d'};
const OWN = 'mkvenvdeb-gate.list';
const ONLY_OURS = ['-o', 'Dir::Etc::SourceParts=own.d', '-o', 'Dir::Etc::SourceList=/dev/null'];
/** What this machine has is there for it, and what this machine knows of is kept. */
const SETTINGS = `Dir::Etc::SourceList "${SOURCES.file}";
APT::Get::List-Cleanup "false"; APT::Get::Assume-Yes "true"; Debug::NoLocking "true";`;

async function makeTrial(folder: string, architecture: string, caller: Caller): Promise<Trial> {
  const options = {folder, architecture, status: '/var/lib/dpkg/status', settings: SETTINGS};
  try {
    const client = await makeAptClient(options, caller);
    const {sources, lists} = client;
    const own = join(dirname(sources), 'own.d');
    await mkdir(own);
    for (const place of [own, sources])
      await writeFile(join(place, OWN), `deb [trusted=yes] file:${join(folder, 'repository')} ./\n`);
    const parts = (await readdir(SOURCES.parts).catch(() => [])).filter((name) => name !== OWN);
    for (const name of parts) await symlink(join(SOURCES.parts, name), join(sources, name));
    const known = (await readdir(LISTS).catch(() => [])).filter((name) =>
      /_(?:Packages|Release|InRelease)/.test(name),
    );
    for (const name of known) await symlink(join(LISTS, name), join(lists, name));
    return {client, caller, hasLists: known.some((name) => name.includes('_Packages'))};
  } catch (error) {
    throw ioError(error, 'making an apt client to try packages with');
  }
}

/** With what it says of errors among its output. */
const get = ({client, caller}: Trial, args: readonly string[]): Promise<RunResult> =>
  client.run('sh', ['-c', 'exec "$@" 2>&1', 'apt-get', 'apt-get', ...args], {
    ...{tolerant: true, report: caller.report, label: 'apt-get'},
  });

/** @throws E_CHECK with what apt said */
async function tell(trial: Trial, args: readonly string[], what: string, hint?: string): Promise<void> {
  const {exitCode, stdout} = await get(trial, args);
  if (exitCode !== 0)
    throw new CheckError(what, {issues: said(stdout), ...(hint === undefined ? {} : {hint})});
}

const said = (output: string): readonly string[] =>
  output.split('\n').filter((line) => /^(?:E:|W:|\s\S+ : )|Depends:|Conflicts:|Breaks:/.test(line));

async function tryPackage({package: name, version, artifact}: TriedPackage, trial: Trial): Promise<void> {
  const {report} = trial.caller;
  const {here} = trial.client;
  const wanted = `${name}=${version}`;
  await tell(trial, ['download', wanted], `apt does not download ${wanted}`);
  const [file = ''] = (await readdir(here)).filter((one) => one.startsWith(`${name}_`));
  const {sha256} = await digestFile(join(here, file));
  if (sha256 !== artifact.sha256)
    throw new CheckError(`apt downloads other bytes than were built: ${wanted}`);
  // Another cell has the same name, in another version.
  await rm(join(here, file));
  const {exitCode, stdout} = await get(trial, ['--simulate', 'install', '--allow-downgrades', wanted]);
  if (exitCode === 0) return;
  const message = `apt would not install ${wanted}`;
  const issues = said(stdout);
  if (trial.hasLists)
    throw new CheckError(message, {
      issues,
      hint: 'Mend its relations; where this machine does not know what servers know, set release.gate.install to false',
    });
  const hint = 'This machine has no package lists, so that it cannot tell: apt-get update gets them';
  report({type: 'warning', code: 'gate-without-lists', message: `${message}: ${issues.join('; ')}`, hint});
}
