import {openOut} from './build.js';
import {loadConfig} from './config/load.js';
import type {BuildOptions as Options} from './config/schema/index.js';
import {openCaller} from './context.js';
import {FALLBACK_EPOCH, planEpoch} from './epoch.js';
import {MkvenvdebError} from './errors.js';
import type {DebFile} from './model.js';
import {pack} from './pack.js';
import {makePapers} from './papers.js';
import {completePayload} from './payload/complete.js';
import {collectFiles, linkEntries} from './payload/files.js';
import {collectTree} from './payload/walk.js';
import {planFields, readPapers} from './plan.js';
import {changelogTime} from './policy/changelog.js';
import {readScripts} from './policy/scripts.js';
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
  | 'files'
  | 'links'
  | 'scripts'
  | 'conffiles'
  | 'changelog'
  | 'copyright'
  | 'distribution'
  | 'out'
  | 'compression'
  | 'compressionLevel'
  | 'sourceDateEpoch';

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
  const {cwd, environment, signal} = caller;
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
      folder: config.source.path,
      environment,
      signal,
    })) ?? ({seconds: FALLBACK_EPOCH, from: 'fallback'} as const);
  const mtime = epoch.seconds;
  const tree = await collectTree({folder: config.source.path, at: '', mtime: () => mtime, keepModes: true});
  const description = config.description ?? `Files of ${options.package}`;
  const fields = {package: options.package, version, maintainer, description, homepage, epoch};
  const {distribution} = config;
  const papers = makePapers({given, fields, distribution, report: caller.report});
  const taken = new Set(tree.map(({path}) => path));
  const further = [
    ...(await collectFiles(config.files, {mtime})),
    ...linkEntries(config.links, {mtime}),
    // What the folder itself brings is meant.
    ...papers.entries.filter(({path}) => !taken.has(path)),
  ];
  const entries = completePayload([...tree, ...further], {mtime});
  const scripts = await readScripts(config.scripts);
  await openOut(config.out);
  return pack({
    config,
    fields,
    depends: [],
    scripts,
    entries,
    forbidden: [],
    caller,
  });
}
