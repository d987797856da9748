import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {MkvenvdebError} from '../../errors.js';
import {type ChangelogEntry, parseChangelog} from '../../formats/changelog.js';
import {sourceField} from '../../formats/source-package.js';
import {parseSubstvars} from '../../formats/substvars.js';
import type {Context} from '../../report.js';
import {run} from '../../run.js';
import type {Problem} from '../problems.js';
import type {BuildOptions} from '../schema/index.js';
import {builddebValues, gencontrolValues} from './archive.js';
import {contentValues} from './content.js';
import {type ContentContext, callsOf} from './context.js';
import {type BinaryPackage, compatLevel, type DebianControl, parseControl} from './control.js';
import {type DebianFolder, openDebianFolder} from './folder.js';
import {libraryValues} from './libraries.js';
import {architectureVariables, isForHost} from './machine.js';
import {makeContext} from './make-context.js';
import {FILLED_IN, fieldValues} from './package.js';
import {type DebianRules, readRules} from './rules.js';
import {triggerWarning} from './triggered.js';
import {unsupportedFiles} from './unsupported.js';
import {virtualenvValues} from './virtualenv.js';
import {type VirtualenvCall, virtualenvCalls} from './virtualenv-calls.js';

export interface ReadDebianOptions extends Pick<Context, 'signal' | 'report'> {
  /** Folder that holds debian/. */
  readonly project: string;
  /** The caller's. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Debian architecture of this machine. */
  readonly architecture: string;
  /** Targets, variables and files that the configuration replaces. */
  readonly ignore: readonly string[];
}

/** A binary package of a debian/ folder as options; paths are relative to the project. */
export interface DebianPackage {
  readonly name: string;
  readonly values: BuildOptions;
}

export interface DebianReading {
  /** Those for this architecture, in the order of debian/control. */
  readonly packages: readonly DebianPackage[];
  /** Everything that is not understood or wrong, each with its place. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** What is the same for all packages of a folder. */
interface Source {
  readonly folder: DebianFolder;
  readonly control: DebianControl;
  readonly compat: number;
  readonly entry: ChangelogEntry;
  /** Version of the source: of a rebuild (`binary-only`) the entry below tells it. */
  readonly version: string;
  readonly rules: DebianRules;
  readonly venvs: readonly VirtualenvCall[];
  readonly options: ReadDebianOptions;
  readonly problems: Problem[];
  readonly warnings: Problem[];
}

/**
 * Read a debian/ folder written for dh-virtualenv; undefined where there is none. Nothing is run but lists that may be
 * executed.
 *
 * @throws E_OPTION when control, changelog or compat level cannot be read; E_COMMAND of an executable list
 */
export async function readDebian(options: ReadDebianOptions): Promise<DebianReading | undefined> {
  const folder = openDebianFolder(options.project, options.architecture);
  if (folder === undefined) return undefined;
  const source = openSource(folder, options);
  const {control, problems, warnings} = source;
  const packages: DebianPackage[] = [];
  for (const [index, binary] of control.binaries.entries()) {
    if (!isForHost(binary.architecture, options.architecture)) {
      warnings.push({
        text: `Package is not for ${options.architecture}: ${binary.name} (${binary.architecture})`,
      });
      continue;
    }
    packages.push({name: binary.name, values: await packageValues(binary, index === 0, source)});
  }
  if (packages.length === 0)
    problems.push({text: `No package of debian/control is for ${options.architecture}`});
  return {packages, problems, warnings};
}

function openSource(folder: DebianFolder, options: ReadDebianOptions): Source {
  const {environment, architecture, project, ignore} = options;
  const control = parseControl(folder.read('debian/control'), 'debian/control');
  const compat = compatLevel(control, folder.names.has('compat') ? folder.read('debian/compat') : undefined);
  for (const needed of ['changelog', 'rules']) {
    if (folder.names.has(needed)) continue;
    throw new MkvenvdebError('E_OPTION', `File is missing: debian/${needed}`, {
      hint: 'Write it, or leave the folder alone with a configuration of your own or --no-debian',
    });
  }
  const {entries} = parseChangelog(folder.read('debian/changelog'), 'debian/changelog');
  const [entry, before] = entries;
  const version = entry.binaryOnly && before ? before.version : entry.version;
  const packages = control.binaries.map(({name}) => name);
  const context = makeContext({
    source: control.source,
    packages,
    independent: control.binaries.flatMap(({name, architecture: on}) => (on === 'all' ? [name] : [])),
    entry,
    architecture: architectureVariables(architecture),
    project,
    environment,
    read: readText,
  });
  const rules = readRules(folder.read('debian/rules'), {...context, packages, ignore: new Set(ignore)});
  const problems: Problem[] = rules.findings.map(({line, text, hint}) => ({
    text: `debian/rules:${line}: ${text}`,
    hint,
  }));
  const warnings: Problem[] = [];
  const found = virtualenvCalls({rules, control, environment});
  problems.push(...found.problems);
  warnings.push(...found.warnings);
  problems.push(...unsupportedFiles({folder, control, compat, rules, ignore}));
  return {folder, control, compat, entry, version, rules, venvs: found.calls, options, problems, warnings};
}

const readText = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'utf8') : undefined;

/** Variables of the rules that are for debhelper and dpkg, or for make and the shell. */
const NOT_FOR_BUILDS =
  /^(?:DH_|DEB_|PYBUILD_|SOURCE_DATE_EPOCH$|MAKE|CURDIR$|PATH$|SHELL$|HOME$|LC_|LANG|PWD$|V$)/;

async function packageValues(binary: BinaryPackage, isFirst: boolean, source: Source): Promise<BuildOptions> {
  const {folder, rules, options, entry, problems, warnings, compat} = source;
  const problem = (text: string, hint?: string) =>
    problems.push({text, ...(hint === undefined ? {} : {hint})});
  const warn = (text: string, hint?: string) => warnings.push({text, ...(hint === undefined ? {} : {hint})});
  const context: ContentContext = {
    package: binary.name,
    isFirst,
    folder,
    compat,
    rules,
    environment: {...options.environment, ...rules.exported},
    architecture: architectureVariables(options.architecture),
    execute: (path) => execute(path, source),
    problem,
    ignored: (path) => isIgnored(options.ignore, path),
  };
  const gencontrol = gencontrolValues(callsOf(context, 'dh_gencontrol'));
  const builddeb = builddebValues(callsOf(context, 'dh_builddeb'));
  for (const word of gencontrol.refused) problem(`debian/rules: Not understood: dh_gencontrol -- ${word}`);
  for (const word of builddeb.refused) problem(`debian/rules: Not understood: dh_builddeb -- ${word}`);
  const version = gencontrol.version ?? entry.version;
  const origin = {name: source.control.source, version: source.version};
  const sourcePackage = sourceField(origin, {package: binary.name, version});
  const fields = new Map([...binary.fields, ...gencontrol.fields]);
  for (const name of gencontrol.removed) fields.delete(name);
  const variables = new Map([
    ...versionVariables(version, source.version),
    ...substvarsOf(folder, binary.name),
    ...gencontrol.variables,
  ]);
  const exported = Object.entries(rules.exported).filter(([name]) => !NOT_FOR_BUILDS.test(name));
  const content = await contentValues(context);
  const triggered = triggerWarning(content, folder.read);
  if (triggered) warnings.push(triggered);
  const relations = fieldValues({...binary, fields}, {variables, warn, problem});
  const depends = [...(relations.depends ?? []), ...(content.depends ?? [])];
  return {
    ...relations,
    version,
    revision: 'native',
    ...(sourcePackage === undefined ? {} : {sourcePackage}),
    architecture: binary.architecture === 'all' ? 'all' : options.architecture,
    ...venvOf(binary, source, problem),
    ...(exported.length === 0 ? {} : {environment: Object.fromEntries(exported)}),
    ...content,
    ...(depends.length === 0 ? {} : {depends}),
    ...libraryValues(callsOf(context, 'dh_shlibdeps'), problem),
    ...papersOf(context),
    ...builddeb.values,
  };
}

/** dpkg-gencontrol(1): what it sets by itself. */
const versionVariables = (version: string, source: string): readonly (readonly [string, string])[] => [
  ['binary:Version', version],
  ['source:Version', source],
  ['source:Upstream-Version', source.replace(/-[^-]*$/, '')],
  ['Source-Version', version],
];

/** What an earlier build left in the file, debhelper would remove: it is computed. */
function substvarsOf(folder: DebianFolder, name: string): Iterable<readonly [string, string]> {
  const file = [`${name}.substvars`, 'substvars'].find((one) => folder.names.has(one));
  return file === undefined
    ? []
    : [...parseSubstvars(folder.read(`debian/${file}`))].filter(([variable]) => !FILLED_IN.has(variable));
}

function venvOf(
  {name}: BinaryPackage,
  source: Source,
  problem: (text: string, hint?: string) => void,
): BuildOptions {
  const {venvs, folder, rules, options} = source;
  const call = venvs.find(({packages}) => packages.includes(name));
  if (!call) return {venv: 'none', skipInstall: true, requirements: []};
  const {values, refused} = virtualenvValues(call.options, {
    package: name,
    root: call.root,
    buildOptions: rules.exported.DEB_BUILD_OPTIONS ?? options.environment.DEB_BUILD_OPTIONS ?? '',
    exists: (path) => existsSync(join(folder.project, path)),
  });
  for (const {text, hint} of refused) {
    if (!isIgnored(options.ignore, text.split(' ').at(-1) ?? '')) {
      const name = JSON.stringify(text.split(' ').at(-1));
      problem(
        `debian/rules:${call.line}: No counterpart of ${text}`,
        `${hint}; then add ${name} to debian_ignore`,
      );
    }
  }
  return rules.removesBytecode ? {...values, bytecode: false} : values;
}

const isIgnored = (ignore: readonly string[], name: string): boolean =>
  ignore.some((one) => one === name || `debian/${one}` === name);

function papersOf(context: ContentContext): BuildOptions {
  const {folder, package: owner} = context;
  const copyright = folder.find('copyright', {package: owner, isFirst: context.isFirst}) ?? everyones(folder);
  const hasDocs = callsOf(context, 'dh_installdocs').length > 0;
  const changelog =
    folder.find('changelog', {package: owner, isFirst: context.isFirst}) ?? 'debian/changelog';
  return {changelog, ...(copyright && hasDocs ? {copyright} : {})};
}

/** dh_installdocs(1): debian/copyright is for every package without one of its own. */
const everyones = ({names}: DebianFolder): string | undefined =>
  names.has('copyright') ? 'debian/copyright' : undefined;

async function execute(path: string, {options, folder, rules}: Source): Promise<string> {
  const {environment, signal, report, architecture} = options;
  const set = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const env = {...Object.fromEntries(set), ...architectureVariables(architecture), ...rules.exported};
  const {stdout} = await run(join(folder.project, path), [], {
    cwd: folder.project,
    env,
    signal,
    report,
    label: path,
  });
  return `${stdout}\n`;
}
