import {existsSync, statSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {MkvenvdebError} from '../errors.js';
import {normalizeName} from '../formats/names.js';
import {type FileLine, parseRequirement} from '../formats/requirements.js';

/** A folder that is built here instead of being handed to pip, which would build in the user's tree. */
export interface LocalFolder {
  readonly path: string;
  /** Environment marker (PEP 508) under which it is wanted. */
  readonly marker?: string;
  readonly extras?: string;
}

/** What requirement files, constraint files and `preinstall` ask for, includes followed. */
export interface Requirements {
  /** Lines for pip, one requirement or option each, all paths absolute. */
  readonly lines: readonly string[];
  /** Requirements of `preinstall`. */
  readonly preinstall: readonly string[];
  readonly folders: readonly LocalFolder[];
  /** Absolute paths of constraint files. */
  readonly constraints: readonly string[];
  /** Normalised names of everything that is named, by constraints as well. */
  readonly names: ReadonlySet<string>;
  /** True when pip shall insist on hashes: because the user does, or because a line has one. */
  readonly hashed: boolean;
  /** True when the user does: then of everything but the project itself. */
  readonly demandHashes: boolean;
  /** Normalised names of what the lines ask for. */
  readonly required: ReadonlySet<string>;
}

export interface RequirementsOptions {
  /** Lines of all files in the order in which pip would read them; those of included files follow the include. */
  readonly lines: readonly FileLine[];
  /** Absolute paths. */
  readonly constraints: readonly string[];
  readonly preinstall: readonly string[];
  readonly requireHashes: boolean;
  /** Folder that paths start from where the file's own folder does not hold them, as pip's working folder. */
  readonly project: string;
}

/** Sort out what pip resolves, what is built here and what has a hash. */
export function arrangeRequirements(options: RequirementsOptions): Requirements {
  const {constraints, requireHashes} = options;
  const parts = options.lines.map((line) => arrange(line, options.project));
  const preinstall = options.preinstall.filter((text) => !isFolder(text));
  const names = parts.flatMap(({name}) => name ?? []);
  names.push(...preinstall.flatMap((text) => parseRequirement(text)?.normalizedName ?? []));
  return {
    lines: parts.flatMap(({text}) => text ?? []),
    preinstall,
    folders: [
      ...options.preinstall.filter(isFolder).map((path) => ({path})),
      ...parts.flatMap(({folder}) => folder ?? []),
    ],
    constraints: [...constraints, ...parts.flatMap(({constraint}) => constraint ?? [])],
    names: new Set(names),
    demandHashes: requireHashes,
    hashed: requireHashes || parts.some(({hashed}) => hashed),
    required: new Set(parts.flatMap(({name, text}) => (name && text ? [name] : []))),
  };
}

const hasHash = (line: FileLine): boolean => 'hashes' in line && line.hashes.length > 0;

/**
 * Where one requirement has a hash, all of them need one: told of all at once, before anything is fetched. What is
 * built of a local folder has none, and constraints need none.
 *
 * @throws E_OPTION that names each, with file and line
 */
export function refuseUnhashed(options: RequirementsOptions, {hashed}: Requirements): void {
  if (!hashed) return;
  const isAsked = (line: FileLine) =>
    !line.constraint && (line.kind === 'requirement' || line.kind === 'location') && !hasHash(line);
  const lacking = options.lines.filter((line) => isAsked(line) && !arrange(line, options.project).folder);
  const issues = lacking.map(({file, line, text}) => `${file}:${line}: ${text}`);
  const [first, ...more] = issues;
  if (first === undefined) return;
  const why = options.requireHashes ? 'require_hashes asks for one' : 'others have one';
  throw new MkvenvdebError(
    'E_OPTION',
    more.length === 0
      ? `Requirement without a hash, and ${why}: ${first}`
      : `${issues.length} requirements without a hash, and ${why}`,
    {
      hint: 'Write a lock with --write-lock, or add --hash; what comes from version control has none: name an archive of it',
      ...(more.length === 0 ? {} : {issues}),
    },
  );
}

/** What one line contributes. */
interface Part {
  readonly text?: string;
  readonly folder?: LocalFolder;
  readonly constraint?: string;
  readonly name?: string;
  readonly hashed?: boolean;
}

function arrange(line: FileLine, project: string): Part {
  const name = nameOf(line);
  // Constraints are pip's to apply; their names tell which of the interpreter's own distributions to leave alone.
  // As for pip, a hash of theirs asks for hashes of everything.
  if (line.constraint) return {...(name ? {name} : {}), hashed: hasHash(line)};
  const find = (path: string) => {
    const own = resolve(dirname(line.file), path);
    return [own, resolve(project, path)].find((one) => existsSync(one)) ?? own;
  };
  switch (line.kind) {
    case 'include':
      return arrangeInclude(line);
    case 'option':
      return {text: optionLine(line, find), hashed: line.name === '--require-hashes'};
    case 'requirement':
      return {...arrangeRequirement(line), ...(name ? {name} : {})};
    case 'location':
      return {...arrangeLocation(line, find), ...(name ? {name} : {})};
    default:
      return {text: line.text}; // pip says best what it does not like about it
  }
}

function nameOf(line: FileLine): string | undefined {
  if (line.kind === 'requirement') return line.requirement.normalizedName;
  return line.kind === 'location' && line.name ? normalizeName(line.name) : undefined;
}

const isFolder = (path: string) =>
  path.startsWith('/') && statSync(path, {throwIfNoEntry: false})?.isDirectory() === true;

/** What included files of this machine say follows as lines of its own; what lies elsewhere only pip can read. */
function arrangeInclude({of, path, file, text}: FileLine & {kind: 'include'}): Part {
  const remote = path.includes('://');
  if (of === 'constraints') return {constraint: remote ? path : resolve(dirname(file), path)};
  return remote ? {text} : {};
}

/** Options are split at blanks: a URL has none. */
function optionLine(line: FileLine & {kind: 'option'}, find: (path: string) => string): string {
  if (line.name !== '--find-links' || line.value === undefined || line.value.includes('://'))
    return line.text;
  return `--find-links ${pathToFileURL(find(line.value)).href}`;
}

function arrangeRequirement({requirement, hashes, text}: FileLine & {kind: 'requirement'}): Part {
  const {url = '', extras, marker} = requirement;
  const path = pathOf(url);
  if (path && isFolder(path)) return {folder: localFolder(path, `[${extras}]`, marker)};
  const hashed = hashes.length > 0;
  return {text, hashed};
}

function arrangeLocation(line: FileLine & {kind: 'location'}, find: (path: string) => string): Part {
  const {location, text, name} = line;
  const hashed = line.hashes.length > 0;
  const [, place = '', extras = ''] = /^(.*?)(\[[^[\]]*\])?$/s.exec(location) ?? [];
  const isUrl = /^[a-z][a-z0-9+.-]*:/i.test(place);
  const path = isUrl ? pathOf(place) : find(place);
  if (!path) return {text, hashed};
  const rest = text.slice(location.length);
  if (isFolder(path))
    return {
      folder: localFolder(
        path,
        extras,
        /^\s+;(.*)$/s
          .exec(rest)?.[1]
          ?.split(/\s--hash/, 1)[0]
          ?.trim() || undefined,
      ),
    };
  const {href} = pathToFileURL(path);
  if (isUrl) return {text, hashed};
  // pip reads extras after a path, but not after a URL.
  return {text: (extras ? `${name}${extras} @ ${href}` : href) + rest, hashed};
}

const localFolder = (path: string, extras: string, marker: string | undefined): LocalFolder => ({
  path,
  ...(marker ? {marker} : {}),
  ...(/\w/.test(extras) ? {extras} : {}),
});

/** The path that a `file:` URL means, with the `#subdirectory=` of pip; undefined for other URLs. */
function pathOf(text: string): string | undefined {
  if (!/^file:\/\/(localhost)?\//i.test(text)) return undefined;
  const url = new URL(text);
  const inner = new URLSearchParams(url.hash.slice(1)).get('subdirectory');
  return join(fileURLToPath(url), inner ?? '');
}
