import {loadConfig} from './config/load.js';
import type {debianOptions} from './config/schema/debian.js';
import type {BuildOptions as Options} from './config/schema/index.js';
import type {systemOptions} from './config/schema/system.js';
import type {Config} from './config/types.js';
import {type Caller, openCaller} from './context.js';
import {FALLBACK_EPOCH, planEpoch} from './epoch.js';
import {MkvenvdebError} from './errors.js';
import type {DebFile} from './model.js';
import {openOut} from './out.js';
import {pack} from './pack.js';
import {makePapers} from './papers.js';
import {claimDirectories} from './payload/claim.js';
import {completePayload} from './payload/complete.js';
import {placeDrops} from './payload/drops.js';
import {collectFiles, linkEntries} from './payload/files.js';
import {collectTree} from './payload/walk.js';
import {planFields, readPapers} from './plan.js';
import {changelogTime} from './policy/changelog.js';
import {readScripts} from './policy/scripts.js';
import {readSide} from './policy/side.js';
import type {Context} from './report.js';

/** What concerns Python has no meaning for a folder that is packed as it is. */
type PackKeys =
  | 'package'
  | 'version'
  | 'revision'
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
  const {folder, signal: _signal, report: _report, cwd: _cwd, spelling, ...wanted} = options;
  const caller = openCaller(options);
  const {cwd, environment} = caller;
  const config = await loadConfig({
    cwd,
    environment,
    spelling,
    configFile: false,
    project: folder,
    options: {...wanted, skipInstall: true, requirements: []},
  });
  if (config.source.kind !== 'folder') {
    throw new MkvenvdebError('E_OPTION', `Not a folder: ${folder}`, {
      hint: 'Give the folder that stands for / of the server',
    });
  }
  if (`${config.out}/`.startsWith(`${config.source.path}/`)) {
    throw new MkvenvdebError('E_OPTION', `Output folder lies in the folder that is packed: ${config.out}`, {
      hint: 'Choose another with "out": the next package would hold this one',
    });
  }
  return packFolder(config, config.source.path, caller);
}

/** Make a package of a configuration without a virtualenv: of what a folder holds, if there is one, and the options add. */
export async function packFolder(
  config: Config,
  folder: string | undefined,
  caller: Caller,
): Promise<DebFile> {
  const {environment, signal} = caller;
  const options = {package: config.package ?? ''};
  const {maintainer, version, homepage} = planFields(
    config,
    {maintainers: [], scripts: [], dynamic: []},
    environment,
  );
  if (!maintainer || !version) {
    throw new MkvenvdebError('E_OPTION', 'Option is missing: maintainer', {
      hint: 'Set it, or DEBFULLNAME and DEBEMAIL in the environment',
    });
  }
  const given = await readPapers(config);
  const epoch =
    (await planEpoch({
      given: config.sourceDateEpoch,
      changelog: changelogTime(given.changelog),
      folder: config.project,
      environment,
      signal,
    })) ?? ({seconds: FALLBACK_EPOCH, from: 'fallback'} as const);
  const mtime = epoch.seconds;
  const tree =
    folder === undefined ? [] : await collectTree({folder, at: '', mtime: () => mtime, keepModes: true});
  const description = config.description ?? `Files of ${options.package}`;
  const fields = {package: options.package, version, maintainer, description, homepage, epoch};
  const {distribution} = config;
  const papers = makePapers({given, fields, distribution, report: caller.report});
  const taken = new Set(tree.map(({path}) => path));
  const further = [
    ...(await collectFiles(config.files, {mtime})),
    ...linkEntries(config.links, {mtime}),
    ...(await placeDrops(config, {package: options.package, mtime})),
    // What the folder itself brings is meant.
    ...papers.entries.filter(({path}) => !taken.has(path)),
  ];
  const found = claimDirectories([...tree, ...further], config.directories, {mtime});
  const entries = completePayload(found, {mtime});
  const scripts = await readScripts(config.scripts);
  const side = await readSide(config, scripts);
  await openOut(config.out);
  return pack({
    config,
    fields,
    depends: [],
    scripts,
    side,
    entries,
    forbidden: [],
    caller,
  });
}
