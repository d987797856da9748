import {discardDebs, placeDebs} from './archive/place.js';
import type {Member} from './companions.js';
import {loadConfig} from './config/load.js';
import type {debianOptions} from './config/schema/debian.js';
import type {BuildOptions as Options} from './config/schema/index.js';
import type {systemOptions} from './config/schema/system.js';
import type {Config} from './config/types.js';
import {assertTexts, type Caller, openCaller} from './context.js';
import {FALLBACK_EPOCH, NO_TIME, planEpoch} from './epoch.js';
import {MkvenvdebError} from './errors.js';
import type {DebFile, Entry} from './model.js';
import {openOut} from './out.js';
import {pack} from './pack.js';
import {makePapers} from './papers.js';
import {claimDirectories} from './payload/claim.js';
import {completePayload} from './payload/complete.js';
import {placeDrops} from './payload/drops.js';
import {collectFiles, linkEntries} from './payload/files.js';
import {collectTree} from './payload/walk.js';
import {planFields, readPapers} from './plan.js';
import {warnAccounts} from './policy/accounts.js';
import {changelogDay, changelogTime} from './policy/changelog.js';
import {readScripts} from './policy/scripts.js';
import {readSide} from './policy/side.js';
import type {Context, Report} from './report.js';

/** What concerns Python has no meaning for a folder that is packed as it is. */
type PackKeys =
  | 'package'
  | 'version'
  | 'revision'
  | 'sourcePackage'
  | 'architecture'
  | 'section'
  | 'priority'
  | 'maintainer'
  | 'description'
  | 'homepage'
  | 'depends'
  | 'preDepends'
  | 'recommends'
  | 'suggests'
  | 'enhances'
  | 'conflicts'
  | 'breaks'
  | 'replaces'
  | 'provides'
  | 'shlibs'
  | 'files'
  | 'links'
  | 'scripts'
  | 'conffiles'
  | SideKeys
  | 'changelog'
  | 'copyright'
  | 'distribution'
  | 'out'
  | 'compression'
  | 'compressionLevel'
  | 'sourceDateEpoch';

/** What Debian does for a package, whatever is in it. */
type SideKeys = Exclude<keyof typeof systemOptions | keyof typeof debianOptions, 'purge'>;

export interface PackOptions extends Pick<Options, PackKeys>, Context {
  /** Folder that stands for `/` of the server. */
  readonly folder: string;
  readonly package: string;
  readonly version: string;
  /** How messages name options: as the API does or as flags. @default 'api' */
  readonly spelling?: 'api' | 'flag' | undefined;
}

/**
 * Make a package of any folder. Permission bits are kept; owners become root, times the one of the build.
 *
 * @throws E_OPTION and E_PAYLOAD for wrong input, E_IO; the output folder holds the complete package or what was there
 */
export async function packDeb(options: PackOptions): Promise<DebFile> {
  const caller = openCaller(options);
  const {folder, signal: _signal, report: _report, cwd: _cwd, spelling, ...given} = options;
  const {cwd, environment} = caller;
  assertTold(options);
  const config = await loadConfig({
    cwd,
    environment,
    spelling,
    configFile: false,
    project: folder,
    options: {...given, skipInstall: true, requirements: []},
  });
  const {deb} = await packFolder(config, packedFolder(config, folder), caller);
  try {
    caller.signal?.throwIfAborted();
    await placeDebs([deb]);
    const {temporaryFile: _, ...made} = deb;
    return made;
  } finally {
    await discardDebs([deb]);
  }
}

/**
 * Make a package of a configuration without a virtualenv: of what a folder holds, if there is one, and the options add.
 * It has its name not yet.
 */
export async function packFolder(
  config: Config,
  folder: string | undefined,
  caller: Caller,
  workers?: number,
): Promise<Member> {
  const {environment, signal, report} = caller;
  const {package: name = '', distribution, sourcePackage} = config;
  const nobody = {maintainers: [], scripts: [], dynamic: []};
  const {maintainer, version = '', homepage} = planFields(config, nobody, environment);
  if (!maintainer) throw missing(['maintainer']);
  const given = await readPapers(config);
  const epoch =
    (await planEpoch({
      given: config.sourceDateEpoch,
      changelog: changelogTime(given.changelog),
      day: changelogDay(given.changelog),
      folder: config.project,
      environment,
      signal,
    })) ?? ({seconds: FALLBACK_EPOCH, from: 'fallback'} as const);
  if (epoch.from === 'fallback') report(NO_TIME);
  const mtime = epoch.seconds;
  const tree =
    folder === undefined ? [] : await collectTree({folder, at: '', mtime: () => mtime, keepModes: true});
  const description = config.description ?? `Files of ${name}`;
  const fields = {package: name, version, maintainer, description, homepage, epoch};
  const papers = makePapers({given, fields, distribution, sourcePackage, report});
  const taken = new Set(tree.map(({path}) => path));
  const further = [
    ...(await collectFiles(config.files, {mtime})),
    ...linkEntries(config.links, {mtime}),
    ...(await placeDrops(config, {package: name, mtime})),
    // What the folder itself brings is meant.
    ...papers.entries.filter(({path}) => !taken.has(path)),
  ];
  const found = claimDirectories([...tree, ...further], config.directories, {mtime});
  const entries = completePayload(found, {mtime});
  for (const entry of entries) warnPrivileged(entry, report);
  const scripts = await readScripts(config.scripts);
  await warnAccounts(config, scripts, report);
  const side = await readSide(config, scripts);
  await openOut(config.out);
  const what = {config, fields, depends: [], scripts, side, entries, forbidden: []};
  const deb = await pack({...what, workers, caller});
  return {deb, config, fields, newest: papers.newest, depends: []};
}

/** The folder that is packed. */
function packedFolder({source, out}: Config, folder: string): string {
  if (source.kind !== 'folder') {
    throw new MkvenvdebError('E_OPTION', `Not a folder: ${folder}`, {
      hint: 'Give the folder that stands for / of the server',
    });
  }
  if (`${out}/`.startsWith(`${source.path}/`)) {
    throw new MkvenvdebError('E_OPTION', `Output folder lies in the folder that is packed: ${out}`, {
      hint: 'Choose another with "out": the next package would hold this one',
    });
  }
  return source.path;
}

/**
 * What nothing but the caller can tell.
 *
 * @throws E_OPTION with everything that is missing
 */
function assertTold(options: PackOptions): void {
  assertTexts({folder: options.folder});
  const absent = (['package', 'version'] as const).filter((key) => options[key] === undefined);
  if (absent.length > 0) throw missing(absent, options);
}

function missing(
  keys: readonly (keyof PackOptions)[],
  {spelling}: Pick<PackOptions, 'spelling'> = {},
): MkvenvdebError {
  const names = keys.map((key) => (spelling === 'flag' ? `--${key}` : key)).join(', ');
  const hint = keys.includes('maintainer')
    ? 'Set it, or DEBFULLNAME and DEBEMAIL in the environment'
    : 'A folder does not tell what it is called: package and version must be given';
  return new MkvenvdebError('E_OPTION', `Option is missing: ${names}`, {hint});
}

/** Owners become root: what ran as its owner here runs as root on the server, whoever starts it. */
function warnPrivileged({path, type, mode}: Entry, report: Report): void {
  if (type !== 'file' || (mode & 0o6000) === 0) return;
  report({
    type: 'warning',
    code: 'privileged-file',
    message: `Runs with the rights of root, whoever starts it: /${path} (mode ${mode.toString(8)})`,
    hint: 'Take the bit away (chmod ug-s) unless it is meant',
  });
}
