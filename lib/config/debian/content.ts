import {posix} from 'node:path';
import type {BuildOptions} from '../schema/index.js';
import {directoryProblem} from '../schema/prefix.js';
import {type ContentContext, callsOf, fileOf} from './context.js';
import {type Dropped, dropValues} from './drops.js';
import {expandGlob, type InstalledFile, installLine, readList, serverPath} from './lists.js';
import {placedIn} from './placed.js';
import {ucfFiles} from './ucf.js';
import {type Call, unitsOf} from './units.js';
import {windowManagers} from './window-managers.js';

const UNIT_FOLDER = /^\/(?:usr\/)?lib\/systemd\/system\/[^/]+\.(?:service|target|socket|path|timer|mount)$/;
const USER_UNIT_FOLDER = /^\/usr\/lib\/systemd\/user\/[^/]+\.(?:service|target|socket|path|timer)$/;

/** `early` is false for what a recipe places after the programs that look at units have run. */
type Installed = InstalledFile & {readonly early?: boolean};

/** Everything that files of debian/ bring into a package, as options. */
export async function contentValues(context: ContentContext): Promise<BuildOptions> {
  const listed = await installedFiles(context);
  const owned = await directories(context);
  const parents = listed.map(({target}) => posix.dirname(target));
  const placed = placedIn(context, [...parents, ...owned.map(({path}) => path)]);
  const installed: readonly Installed[] = [...listed, ...placed.files];
  const {files, ...units} = partUnits(installed, context);
  const found = await documents(context);
  const dropped: Dropped = dropValues(context);
  const {files: more = [], alternatives: named = [], ...others} = dropped;
  const alternatives = [...named, ...(await windowManagers(context, {...found, files: [...files]}))];
  return {
    files: [...files.map(({early: _early, ...file}) => ({...file, ...modeOf(file.target)})), ...more],
    links: {...(await links(context)), ...placed.links},
    directories: [...owned, ...ownFolders(placed.folders)],
    ...found,
    ...units,
    ...(alternatives.length === 0 ? {} : {alternatives}),
    ucf: await ucfFiles(context),
    ...others,
  };
}

/** Units are handled as such wherever they come from, all other files are only put into their places. */
function partUnits(
  installed: readonly Installed[],
  context: ContentContext,
): Pick<BuildOptions, 'systemd' | 'systemdUser'> & {readonly files: readonly Installed[]} {
  const userCalls = callsOf(context, 'dh_installsystemduser', context.compat >= 12);
  const isSeen = ({target, early = true}: Installed, folder: RegExp) => early && folder.test(target);
  const isUnit = (file: Installed) => isSeen(file, UNIT_FOLDER);
  const isUserUnit = (file: Installed) => userCalls.length > 0 && isSeen(file, USER_UNIT_FOLDER);
  const bring = (calls: readonly Call[], manager: 'system' | 'user', which: (file: Installed) => boolean) => {
    const sources = installed.filter(which).map(({source}) => source);
    const found = unitsOf({...context, calls, manager, installed: sources});
    return found.filter(({source}) => !context.ignored(source));
  };
  const units = bring(unitCalls(context), 'system', isUnit);
  const userUnits = bring(userCalls, 'user', isUserUnit);
  const ofUsers = userUnits.map(({source, name, enable}) => ({source, name, enable}));
  return {
    files: installed.filter((file) => !isUnit(file) && !isUserUnit(file)),
    ...(units.length === 0 ? {} : {systemd: units.map((unit) => ({...unit}))}),
    ...(userUnits.length === 0 ? {} : {systemdUser: ofUsers}),
  };
}

/** Before compat level 11, other programs did what dh_installsystemd does; 9 had them as an addon. */
function unitCalls(context: ContentContext): readonly Call[] {
  if (context.compat >= 11) return callsOf(context, 'dh_installsystemd');
  const named = ['dh_systemd_enable', 'dh_systemd_start', 'dh_installsystemd'].flatMap((tool) =>
    context.rules.calls.some((call) => call.tool === tool) ? callsOf(context, tool) : [],
  );
  const byDefault = context.compat === 10 || (context.rules.dh?.addons.includes('systemd') ?? false);
  const installs = callsOf(context, 'dh_installinit').map((call) => ({
    ...call,
    options: byDefault ? call.options : new Map([...call.options, ['noscripts', ['true']] as const]),
  }));
  return [...installs, ...named];
}

async function installedFiles(context: ContentContext): Promise<readonly InstalledFile[]> {
  const {folder, isFirst, problem} = context;
  const list = fileOf(context, 'install');
  const files = new Map<string, InstalledFile>();
  for (const {options, words} of callsOf(context, 'dh_install')) {
    const lines = list === undefined ? [] : await readList(list, context);
    const own = isFirst && words.length > 0 ? [{words, line: 0}] : [];
    for (const {words: line, line: number} of [...lines, ...own]) {
      const found = installLine({
        project: folder.project,
        words: line,
        sourceFolder: options.get('sourcedir')?.at(-1),
        exclude: options.get('exclude') ?? [],
        autodest: options.has('autodest'),
      });
      const at = number > 0 ? `${list}:${number}` : 'debian/rules';
      for (const pattern of found.missing) problem(`${at}: No file fits: ${pattern}`);
      for (const file of found.files) files.set(file.target, file);
    }
  }
  return [...files.values()];
}

async function links(context: ContentContext): Promise<Record<string, string>> {
  const {problem} = context;
  const list = fileOf(context, 'links');
  const made: Record<string, string> = {};
  for (const call of callsOf(context, 'dh_link')) {
    const lines = list === undefined ? [] : await readList(list, context);
    const all = [...lines.flatMap((line) => line.words), ...argumentsOf(call, context)];
    if (all.length % 2 === 1) problem(`${list ?? 'debian/rules'}: Link without a second path: ${all.at(-1)}`);
    for (let index = 0; index + 1 < all.length; index += 2) {
      made[serverPath(all[index + 1] ?? '')] = serverPath(all[index] ?? '');
    }
  }
  return made;
}

/** What a call names is for the first package; with `-A` for all that it acts on. */
const argumentsOf = ({options, words}: Call, {isFirst}: ContentContext): readonly string[] =>
  isFirst || options.has('all') ? words : [];

/** Folders that every system has are left out: a package that owns one only adds an entry. */
async function directories(context: ContentContext): Promise<{path: string; again: false}[]> {
  const list = fileOf(context, 'dirs');
  const calls = callsOf(context, 'dh_installdirs');
  const lines = list === undefined || calls.length === 0 ? [] : await readList(list, context);
  const words = [
    ...lines.flatMap((line) => line.words),
    ...calls.flatMap((call) => argumentsOf(call, context)),
  ];
  return ownFolders(words.map((word) => serverPath(word)));
}

const ownFolders = (paths: readonly string[]): {path: string; again: false}[] =>
  [...new Set(paths)]
    .filter((path) => directoryProblem(path) === undefined)
    .map((path) => ({path, again: false}));

const DOCUMENTS = [
  ['docs', 'dh_installdocs'],
  ['examples', 'dh_installexamples'],
  ['manpages', 'dh_installman'],
  ['info', 'dh_installinfo'],
] as const;

async function documents(context: ContentContext): Promise<BuildOptions> {
  const values: BuildOptions = {};
  for (const [extension, tool] of DOCUMENTS) {
    const list = fileOf(context, extension);
    const calls = callsOf(context, tool);
    const lines = list === undefined || calls.length === 0 ? [] : await readList(list, context);
    const words = [
      ...lines.flatMap((line) => line.words),
      ...calls.flatMap((call) => argumentsOf(call, context)),
    ];
    const exclude = calls.flatMap((call) => call.options.get('exclude') ?? []);
    const found = words.flatMap((word) => find(word, list ?? 'debian/rules', context));
    const kept = found.filter((path) => !exclude.some((part) => path.includes(part)));
    if (kept.length > 0) values[extension] = [...new Set(kept)];
  }
  return values;
}

function find(word: string, list: string, {folder, problem}: ContentContext): readonly string[] {
  const found = [word, posix.join('debian/tmp', word)].map((one) => expandGlob(folder.project, one));
  const [paths] = found.filter((one) => one.length > 0);
  if (!paths) problem(`${list}: No file fits: ${word}`);
  return paths ?? [];
}

const PROGRAMS = /^\/(?:usr\/bin|bin|usr\/sbin|sbin|usr\/games|usr\/libexec|etc\/init\.d)\//;
const PLAIN = /(?:\.so(?:\.[^/]*)?|\.l?a|\.jpe?g|\.png|\.gif|\.js|\.css|\.scss|\.sass|\.cmxs|\.node)$/;

/** dh_fixperms(1): what it sets whatever the mode was. */
function modeOf(target: string): {readonly mode?: string} {
  if (target.startsWith('/etc/sudoers.d/')) return {mode: '0440'};
  if (PROGRAMS.test(target)) return {mode: '0755'};
  return PLAIN.test(target) || target.startsWith('/usr/share/doc/') ? {mode: '0644'} : {};
}
