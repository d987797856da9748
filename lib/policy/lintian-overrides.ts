import {readFile} from 'node:fs/promises';
import {gunzipSync} from 'node:zlib';
import {ioError} from '../errors.js';
import {parseChangelog} from '../formats/changelog.js';
import type {Entry} from '../model.js';
import {readStart} from './architecture.js';

export interface OverrideOptions {
  readonly package: string;
  /** Where the virtualenv lives; undefined for a package without one. */
  readonly prefix?: string | undefined;
  /** Whether the scripts hold lines of the option `maintscript`. @default false */
  readonly maintscript?: boolean;
  /** Of the file that is made, in seconds since 1970. */
  readonly mtime: number;
}

/** A tag of lintian that this package has on purpose. */
interface Override {
  readonly tag: string;
  /** Glob over what lintian says of it; undefined for whatever it says. */
  readonly context?: string;
  readonly reason: string;
}

/**
 * Add overrides for what lintian finds in every package of ours, each with its reason, before those of the payload
 * (lintian(1)). Only what this payload really brings is overridden: lintian tells of overrides that it had no use
 * for. A tag that the payload's own overrides name is left to them, because lintian counts each finding for one of
 * several overrides and calls the others mismatched.
 */
export async function addLintianOverrides(
  entries: readonly Entry[],
  {package: name, prefix, maintscript = false, mtime}: OverrideOptions,
): Promise<readonly Entry[]> {
  const path = `usr/share/lintian/overrides/${name}`;
  const own = entries.find((entry) => entry.path === path);
  // A link or a folder in that place is not ours to judge.
  if (own !== undefined && own.type !== 'file') return entries;
  const text = own === undefined ? '' : await contentOf(own);
  const named = new Set(text.split('\n').map((line) => tagOf(line, name)));
  const found = [
    ...(await ofVirtualenv(entries, prefix)),
    ...ofChangelog(entries, name),
    ...(maintscript ? [HELPER] : []),
  ];
  const added = found.filter(({tag}) => !named.has(tag));
  if (added.length === 0) return entries;
  const data = Buffer.from([...added.map(formatOverride), ...(text === '' ? [] : [text])].join('\n'));
  const file: Entry = {
    ...{path, type: 'file', mode: 0o644, owner: 'root', group: 'root', mtime},
    ...{size: data.length, data},
  };
  return [...entries.filter((entry) => entry !== own), file];
}

/** Lintian knows such lines for generated ones by debhelper's own words above them. */
const HELPER: Override = {
  tag: 'maintainer-script-should-not-use-dpkg-maintscript-helper',
  reason: 'The lines come of the option maintscript, as with debhelper of a file of that name.',
};

const formatOverride = ({tag, context, reason}: Override): string =>
  `# ${reason}\n${tag}${context === undefined ? '' : ` ${context}`}\n`;

/** The tag of a line: `[[PACKAGE] [ARCHITECTURES] [TYPE]:] TAG [CONTEXT]`. */
function tagOf(line: string, name: string): string | undefined {
  const bare = line.trim();
  const rest = bare.startsWith(name) ? bare.slice(name.length) : bare;
  const [, tag = bare] = /^\s*(?:\[[^\]]*\]\s*)?(?:binary\s*)?:\s*(.*)$/s.exec(rest) ?? [];
  return tag.split(/\s/)[0];
}

/** What comes of a virtualenv that lives in a folder of its own, compiled ahead. */
async function ofVirtualenv(
  entries: readonly Entry[],
  prefix: string | undefined,
): Promise<readonly Override[]> {
  if (prefix === undefined) return [];
  const below = `${prefix.slice(1)}/`;
  const inside = entries.filter(({path}) => path.startsWith(below));
  const found: Override[] = [];
  const [, vendor] = /^\/(opt\/[^/]+)/.exec(prefix) ?? [];
  if (vendor !== undefined)
    found.push({
      tag: 'dir-or-file-in-opt',
      context: `*${glob(vendor)}/*`,
      reason: 'Software that is no part of Debian lives in /opt (Filesystem Hierarchy Standard 3.13).',
    });
  if (inside.some(({path}) => /\/__pycache__\/[^/]+\.pyc$/.test(path)))
    found.push({
      tag: 'package-installs-python-pycache-dir',
      context: `*${glob(below)}*`,
      reason: 'Bytecode is compiled ahead, belongs to dpkg and is the same on every server.',
    });
  if (await hasScriptOf(inside, prefix))
    found.push({
      tag: 'unusual-interpreter',
      context: `${glob(prefix)}/bin/*`,
      reason: 'Commands of a virtualenv run with its own interpreter, a link to that of the system.',
    });
  return found;
}

/** Lintian looks for the interpreter among the files of the package, and takes no link for one. */
async function hasScriptOf(inside: readonly Entry[], prefix: string): Promise<boolean> {
  const links = new Set(inside.filter(({type}) => type === 'symlink').map(({path}) => `/${path}`));
  const bin = `${prefix.slice(1)}/bin/`;
  for (const entry of inside) {
    if (entry.type !== 'file' || !entry.path.startsWith(bin)) continue;
    const start = Buffer.from(await readStart(entry, LONGEST_SHEBANG)).toString();
    const [, interpreter = ''] = /^#! *(\S+)/.exec(start) ?? [];
    if (links.has(interpreter)) return true;
  }
  return false;
}

/** The kernel reads no more (execve(2)). */
const LONGEST_SHEBANG = 256;

/** A first version closes the bug that announced the package to Debian (Developers Reference 5.1). */
function ofChangelog(entries: readonly Entry[], name: string): readonly Override[] {
  const path = `usr/share/doc/${name}/changelog.Debian.gz`;
  const data = entries.find((entry) => entry.path === path)?.data;
  if (data === undefined) return [];
  const {entries: versions} = parseChangelog(gunzipSync(data).toString(), path);
  const [{version, closes}] = versions;
  if (versions.length > 1 || !version.endsWith('-1') || closes.length > 0) return [];
  const reason =
    'This package is not uploaded to Debian: there is no bug that its first version would close.';
  return [{tag: 'initial-upload-closes-no-bugs', reason}];
}

/** Of a path, as a glob of one word: what has a meaning in it, and what lintian spells in its own way, is left open. */
const glob = (path: string): string => path.replace(/[^\w.+/-]+/g, '*');

async function contentOf({data, source = ''}: Entry): Promise<string> {
  try {
    const text = Buffer.from(data ?? (await readFile(source))).toString();
    return text === '' || text.endsWith('\n') ? text : `${text}\n`;
  } catch (error) {
    throw ioError(error, 'reading overrides for lintian');
  }
}
