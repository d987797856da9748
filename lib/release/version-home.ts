import {dirname} from 'node:path';
import type {TomlTable} from 'smol-toml';
import {parseToml} from '../config/toml.js';
import {parseIni} from '../formats/ini.js';

/** Where a project keeps its version. */
export type VersionHome =
  /** A file with `{version}` in it, from which another one is made. */
  | {readonly kind: 'template'; readonly template: string; readonly file: string}
  /** A key of a TOML table, such as `version` of `[project]`. */
  | {readonly kind: 'toml'; readonly file: string; readonly table: string; readonly key: string}
  /** A key of a section of setup.cfg. */
  | {readonly kind: 'ini'; readonly file: string; readonly section: string; readonly key: string}
  /** A name in a Python module that gets a text. */
  | {readonly kind: 'assignment'; readonly file: string; readonly name: string}
  /** A file that holds the version and nothing else. */
  | {readonly kind: 'whole'; readonly file: string}
  /** A variable that a plugin reads in place of asking version control. */
  | {readonly kind: 'variable'; readonly name: string};

/** The files of a project, by paths relative to it. */
export interface ProjectFiles {
  /** Of all that are tracked. */
  readonly paths: readonly string[];
  /** @returns undefined where there is none */
  readonly read: (path: string) => string | undefined;
}

type Table = TomlTable | undefined;

/**
 * Find where a project keeps its version: a template, what pyproject.toml or setup.cfg say, a version control plugin.
 * A version that setup.py computes is found only where a module like `__about__.py` sets it.
 *
 * @returns undefined where none of that is there
 * @throws E_OPTION for broken TOML
 */
export function findVersionHome(files: ProjectFiles): VersionHome | undefined {
  const template = files.paths.find(
    (path) => /[^/]\.tmpl(?:\.[^/.]+)?$/.test(path) && files.read(path)?.includes('{version}'),
  );
  if (template !== undefined)
    return {kind: 'template', template, file: template.replace(/\.tmpl(?=\.|$)/, '')};
  return inPyproject(files) ?? inSetupCfg(files) ?? inModule(files);
}

const tableOf = (table: Table, ...names: readonly string[]): Table =>
  names.reduce<Table>((found, name) => {
    const inner = found?.[name];
    return typeof inner === 'object' && !Array.isArray(inner) ? (inner as TomlTable) : undefined;
  }, table);

function inPyproject(files: ProjectFiles): VersionHome | undefined {
  const file = 'pyproject.toml';
  const text = files.read(file);
  if (text === undefined) return undefined;
  const tables = parseToml(text, file);
  const at = (...names: readonly string[]) => tableOf(tables, ...names);
  if (typeof at('project')?.version === 'string')
    return {kind: 'toml', file, table: 'project', key: 'version'};
  if (typeof at('tool', 'poetry')?.version === 'string')
    return {kind: 'toml', file, table: 'tool.poetry', key: 'version'};
  const {version: dynamic} = at('tool', 'setuptools', 'dynamic') ?? {};
  const {attr, file: named} = (dynamic ?? {}) as {readonly attr?: unknown; readonly file?: unknown};
  if (typeof attr === 'string') return attribute(attr, files);
  const [whole] = [named].flat();
  if (typeof whole === 'string') return {kind: 'whole', file: whole};
  const hatch = at('tool', 'hatch', 'version');
  if (typeof hatch?.path === 'string') return {kind: 'assignment', file: hatch.path, name: '__version__'};
  const pdm = at('tool', 'pdm', 'version');
  if (pdm?.source === 'file' && typeof pdm.path === 'string')
    return {kind: 'assignment', file: pdm.path, name: '__version__'};
  return pluginOf(text, {hatch, pdm, scm: at('tool', 'setuptools_scm')});
}

/** Version control plugins, each with the variable that it takes the version from. */
function pluginOf(
  text: string,
  {hatch, pdm, scm}: Readonly<Record<'hatch' | 'pdm' | 'scm', Table>>,
): VersionHome | undefined {
  if (pdm?.source === 'scm') return {kind: 'variable', name: 'PDM_BUILD_SCM_VERSION'};
  if (/["'][ ]*pbr\b/.test(text)) return {kind: 'variable', name: 'PBR_VERSION'};
  // hatch-vcs asks setuptools-scm.
  if (scm !== undefined || hatch?.source === 'vcs' || /["'][ ]*setuptools[-_]scm\b/.test(text))
    return {kind: 'variable', name: 'SETUPTOOLS_SCM_PRETEND_VERSION'};
  return undefined;
}

function inSetupCfg(files: ProjectFiles): VersionHome | undefined {
  const file = 'setup.cfg';
  const text = files.read(file);
  const version = text === undefined ? undefined : parseIni(text).get('metadata')?.get('version');
  if (version === undefined) return undefined;
  const [, directive, value = ''] = /^(attr|file):\s*(\S+)$/.exec(version) ?? [];
  if (directive === 'attr') return attribute(value, files);
  if (directive === 'file') return {kind: 'whole', file: value};
  return {kind: 'ini', file, section: 'metadata', key: 'version'};
}

/** `package.module.__version__`: setuptools looks below `src` as well. */
function attribute(path: string, files: ProjectFiles): VersionHome | undefined {
  const parts = path.split('.');
  const name = parts.pop() ?? '';
  const module = parts.join('/');
  const file = ['', 'src/', 'lib/']
    .flatMap((root) => [`${root}${module}.py`, `${root}${module}/__init__.py`])
    .find((one) => files.read(one) !== undefined);
  return file === undefined ? undefined : {kind: 'assignment', file, name};
}

/** What a setup.py commonly reads, and flit always: the version as a text in a module at the top. */
function inModule(files: ProjectFiles): VersionHome | undefined {
  const home = (path: string): VersionHome => ({kind: 'assignment', file: path, name: '__version__'});
  const found = ['__about__', '__version__', '_version', 'version', '__init__'].flatMap((module) =>
    files.paths.filter(
      (path) =>
        path.endsWith(`/${module}.py`) &&
        /^(?:(?:src|lib)\/)?[^/]+$/.test(dirname(path)) &&
        !/^(?:tests?|docs?)$/.test(dirname(path)) &&
        assignment('__version__').test(files.read(path) ?? ''),
    ),
  );
  return found[0] === undefined ? undefined : home(found[0]);
}

/** `__version__ = "1.0"`, with an annotation or without. */
const assignment = (name: string): RegExp =>
  new RegExp(`^(${name}(?:[ \\t]*:[ \\t]*[\\w.]+)?[ \\t]*=[ \\t]*)(["'])[^"'\\n]*\\2`, 'm');

/** What a release says of itself where a project keeps its version. */
export interface ReleaseNames {
  readonly version: string;
  /** The commit that it is made of, as far as a template asks for it. */
  readonly build: string;
}

/**
 * The text of the file with another version; all else stays as it is.
 *
 * @returns undefined where the version does not stand in the text as a home says
 */
export function withVersion(home: VersionHome, text: string, names: ReleaseNames): string | undefined {
  switch (home.kind) {
    case 'template':
      return rendered(text, names);
    case 'whole':
      return `${names.version}\n`;
    case 'assignment':
      return replaced(text, assignment(home.name), names.version);
    case 'toml':
      return inSection(text, home.table, (body) => replaced(body, tomlKey(home.key), names.version));
    case 'ini':
      return inSection(text, home.section, (body) => replaced(body, iniKey(home.key), names.version));
    case 'variable':
      return text;
  }
}

/** As Python's str.format does it: doubled braces are single ones. */
const rendered = (text: string, names: ReleaseNames): string =>
  text.replace(/\{\{|\}\}|\{(version|build)\}/g, (found, name: keyof ReleaseNames | undefined) =>
    name === undefined ? found.slice(1) : names[name],
  );

const tomlKey = (key: string): RegExp => new RegExp(`^([ \\t]*${key}[ \\t]*=[ \\t]*)(["'])[^"'\\n]*\\2`, 'm');
const iniKey = (key: string): RegExp => new RegExp(`^(${key}[ \\t]*[=:][ \\t]*)()\\S+`, 'm');

/** The pattern's groups are what stands before the version, and its quote. */
const replaced = (text: string, pattern: RegExp, version: string): string | undefined =>
  pattern.test(text)
    ? text.replace(pattern, (_whole, before: string, quote: string) => before + quote + version + quote)
    : undefined;

/** Change what stands between the header of a section and the next one. */
function inSection(
  text: string,
  section: string,
  change: (body: string) => string | undefined,
): string | undefined {
  const words = section.split('.').join('[ \\t]*\\.[ \\t]*');
  const header = new RegExp(`^[ \\t]*\\[[ \\t]*${words}[ \\t]*\\].*$`, 'm').exec(text);
  if (header === null) return undefined;
  const start = header.index + header[0].length;
  const length = /^[ \t]*\[/m.exec(text.slice(start))?.index ?? text.length - start;
  const body = change(text.slice(start, start + length));
  return body === undefined ? undefined : text.slice(0, start) + body + text.slice(start + length);
}
