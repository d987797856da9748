import {closeSync, openSync, readSync} from 'node:fs';
import {open, realpath} from 'node:fs/promises';
import {basename} from 'node:path';
import {ioError, MkvenvdebError} from '../errors.js';
import {globToRegExp} from '../formats/glob.js';
import {findNeedles, type Hit, makeNeedle, type Needle, NeedleScanner} from '../formats/needles.js';
import {listZip, readZipMember} from '../formats/zip.js';
import type {Entry} from '../model.js';
import type {Report} from '../report.js';

/** Bytes read at once. */
const CHUNK = 1024 * 1024;
/** A zip member that says it grows beyond this is not unpacked: it is no library. */
const LONGEST_MEMBER = 256 * 1024 * 1024;
/** How many findings an error lists. */
const LISTED = 20;

export interface LeakOptions {
  /** Absolute paths of this build: one of them in the package is an error. */
  readonly forbidden: readonly string[];
  /** Absolute paths that only look wrong: warnings. Those of a single component (`/root`) are not looked for. */
  readonly suspicious: readonly string[];
  /** Entry paths of files that others made, in which suspicious paths are no news; see `rewriteRecords`. */
  readonly trusted: ReadonlySet<string>;
  /** Globs over absolute paths of the package: what they match is not looked at. */
  readonly allow: readonly string[];
}

/** A path of the build machine in the package. */
export interface Leak {
  readonly severity: 'error' | 'warning';
  /** The entry's. */
  readonly path: string;
  /** Of a zip archive: the member concerned. */
  readonly member?: string;
  readonly where: 'content' | 'name' | 'target';
  /** Bytes from the start of the content, name or target. */
  readonly offset: number;
  /** What was found, and how it was spelled there. */
  readonly needle: string;
  readonly form: Hit['form'];
}

/**
 * Look for paths of the build machine in everything that goes into the package: names, link targets and contents,
 * bytecode, ELF files and zip members included, in every spelling that tools give a path. One leak per file, place
 * and needle: the first.
 *
 * @throws E_IO for a file that cannot be read
 */
export async function findLeaks(entries: readonly Entry[], options: LeakOptions): Promise<readonly Leak[]> {
  const packaged = new Set(entries.map(({path}) => `/${path}`));
  // `/root` would be found everywhere; and where /opt/app is built in /opt/app, the path is right.
  const suspicious = options.suspicious.filter((path) => path.lastIndexOf('/') > 0 && !packaged.has(path));
  const errors = await needlesOf(options.forbidden, false);
  const warnings = await needlesOf(suspicious, true);
  const allowed = options.allow.map((glob) => globToRegExp(glob.startsWith('/') ? glob : `/${glob}`));
  const leaks: Leak[] = [];
  const buffer = Buffer.alloc(CHUNK);
  try {
    for (const entry of entries) {
      if (allowed.some((glob) => glob.test(`/${entry.path}`))) continue;
      const needles = options.trusted.has(entry.path) ? errors : [...errors, ...warnings];
      leaks.push(...(await leaksIn(entry, needles, buffer)));
    }
  } catch (error) {
    throw ioError(error, 'looking for paths of the build machine');
  }
  return leaks;
}

/** With symlinks resolved as well; what lies below another one is found with it. */
async function needlesOf(paths: readonly string[], bounded: boolean): Promise<readonly Needle[]> {
  const all = new Set<string>();
  for (const path of paths) {
    all.add(path.replace(/(?<!\/)\/+$/, ''));
    all.add(await realpath(path).catch(() => ''));
  }
  const wanted = [...all].filter((path) => path.length > 1);
  const outermost = wanted.filter((path) => !wanted.some((one) => path.startsWith(`${one}/`)));
  return outermost.map((path) => makeNeedle(path, bounded));
}

async function leaksIn(entry: Entry, needles: readonly Needle[], buffer: Buffer): Promise<readonly Leak[]> {
  const leaks: Leak[] = [];
  const add = (hits: readonly Hit[], where: Leak['where'], member?: string) => {
    for (const {needle, form, offset} of hits) {
      const severity = needle.bounded ? 'warning' : 'error';
      const found = {severity, path: entry.path, where, offset, needle: needle.path, form} as const;
      leaks.push(member === undefined ? found : {...found, member});
    }
  };
  add(findNeedles(Buffer.from(`/${entry.path}`), needles), 'name');
  if (entry.type === 'symlink') add(findNeedles(Buffer.from(entry.target ?? ''), needles), 'target');
  if (entry.type !== 'file') return leaks;
  if (entry.data !== undefined) add(findNeedles(Buffer.from(entry.data), needles), 'content');
  if (entry.source === undefined) return leaks;
  const scan: Scan = {source: entry.source, needles, add};
  const start = scanFile(scan, buffer);
  if (mayBeZip(entry.path, start)) await scanZip(scan);
  return leaks;
}

interface Scan {
  readonly source: string;
  readonly needles: readonly Needle[];
  readonly add: (hits: readonly Hit[], where: 'content', member?: string) => void;
}

/**
 * Read a file piece by piece; synchronously, because for thousands of small files promises take most of the time.
 *
 * @returns its first bytes
 */
function scanFile({source, needles, add}: Scan, buffer: Buffer): string {
  const scanner = new NeedleScanner(needles);
  const descriptor = openSync(source, 'r');
  let start: string | undefined;
  try {
    for (;;) {
      const bytesRead = readSync(descriptor, buffer, 0, buffer.length, null);
      start ??= buffer.toString('latin1', 0, Math.min(2, bytesRead));
      if (bytesRead > 0) scanner.push(buffer.subarray(0, bytesRead));
      if (bytesRead === 0 || scanner.done) break;
    }
  } finally {
    closeSync(descriptor);
  }
  add(scanner.end(), 'content');
  return start;
}

/** By its magic number, or a script that may have an archive behind it. */
const mayBeZip = (path: string, start: string): boolean =>
  start === 'PK' || (start === '#!' && /\.pyz$|\/bin\/[^/]+$/.test(path));

/** Stored members lie bare in the archive. What is damaged is passed over: wheels ship broken archives as test data. */
async function scanZip({source, needles, add}: Scan): Promise<void> {
  const handle = await open(source, 'r');
  try {
    for (const member of (await listZip(handle).catch(passOver)) ?? []) {
      if (member.method === 0 || member.size > LONGEST_MEMBER) continue;
      const content = await readZipMember(handle, member).catch(passOver);
      if (content) add(findNeedles(content, needles), 'content', member.name);
    }
  } finally {
    await handle.close();
  }
}

const passOver = (error: unknown): undefined => {
  if (error instanceof MkvenvdebError && error.code === 'E_FORMAT') return undefined;
  throw error;
};

/** A leak in one line: `opt/app/bin/x: /tmp/work at byte 17 (url)`. */
export function describeLeak({path, member, where, offset, needle, form}: Leak): string {
  const inside = member === undefined ? '' : ` (${member})`;
  const place = where === 'content' ? `at byte ${offset}` : `in its ${where}`;
  return `/${path}${inside}: ${needle} ${place}${form === 'plain' ? '' : `, ${form}`}`;
}

/**
 * Report the warnings among the leaks and stop at the errors.
 *
 * @throws E_RELOCATE that names files and offsets
 */
export function refuseLeaks(leaks: readonly Leak[], report?: Report): void {
  for (const leak of leaks.filter(({severity}) => severity === 'warning')) {
    report?.({
      type: 'warning',
      code: 'suspicious-path',
      message: `Path of this machine: ${describeLeak(leak)}`,
    });
  }
  const errors = leaks.filter(({severity}) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return;
  const more = errors.length > 1 ? ` and ${errors.length - 1} more` : '';
  throw new MkvenvdebError('E_RELOCATE', `Build path left in file: ${describeLeak(first)}${more}`, {
    hint: hintFor(first),
    issues: errors.length > 1 ? errors.slice(0, LISTED).map(describeLeak) : [],
  });
}

const hintFor = ({path}: Leak): string =>
  basename(path).endsWith('.pyc')
    ? 'Bytecode that something compiled before us; remove it in an after_install hook'
    : 'Allow it with leaks.allow if it is harmless';
