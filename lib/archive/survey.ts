import {createHash} from 'node:crypto';
import {stat} from 'node:fs/promises';
import {readElfHeader} from '../formats/elf.js';
import type {FileContent} from './file-content.js';
import {type DebContents, type ReadDebOptions, readDeb} from './read.js';
import type {DebEntry, VisitFile} from './read-tar.js';

/** What one pass over a package finds out, whatever it is wanted for. */
export interface Survey {
  readonly contents: DebContents;
  /** Bytes of the file. */
  readonly size: number;
  /** Contents of the small files that tell about the package, by path. */
  readonly kept: ReadonlyMap<string, Buffer>;
  /** Paths of ELF files. */
  readonly native: ReadonlySet<string>;
  /** SHA-256 of each file and hard link, by path; empty unless it was asked for. */
  readonly digests: ReadonlyMap<string, string>;
  /** What could not be looked at, and why. */
  readonly notes: readonly string[];
}

export interface SurveyOptions extends Pick<ReadDebOptions, 'signal' | 'limits'> {
  readonly digests?: boolean;
}

/** Which files are kept, and how long one may be. */
const KEPT: readonly (readonly [pattern: RegExp, largest: number])[] = [
  [/\.dist-info\/RECORD$/, 16 << 20],
  [
    /\.dist-info\/(?:METADATA|INSTALLER|REQUESTED|direct_url\.json|entry_points\.txt|top_level\.txt)$/,
    1 << 20,
  ],
  [/\.egg-info(?:\/(?:PKG-INFO|entry_points\.txt|top_level\.txt))?$/, 1 << 20],
  [/\.(?:dist|egg)-info\/(?:licenses\/.*|(?:LICEN[CS]E|COPYING|NOTICE)[^/]*)$/s, 256 << 10],
  [/(?:^|\/)pyvenv\.cfg$/, 64 << 10],
  [/^(?:usr\/|etc\/)?(?:lib\/)?systemd\/(?:system|user)\/[^/]+(?:\.d\/[^/]+\.conf)?$/, 256 << 10],
  [/^(?:usr\/lib|etc)\/sysusers\.d\/[^/]+\.conf$/, 256 << 10],
  [/\.(?:cdx|spdx)\.json(?:\.gz)?$/, 32 << 20],
];
/** The notes of one package. */
const MOST_NOTES = 100;
/** All of them together. */
const BUDGET = 96 << 20;
/** A virtualenv of a thousand distributions keeps some ten thousand. */
const MOST_KEPT = 30_000;

/**
 * Read a package once and remember what tells about it. Of a hostile one no more is held in memory than a fixed
 * amount, and what is too much for that becomes a note.
 *
 * @throws as readDeb
 */
export async function surveyDeb(
  file: string,
  {signal, limits, digests = false}: SurveyOptions,
): Promise<Survey> {
  const kept = new Map<string, Buffer>();
  const native = new Set<string>();
  const sums = new Map<string, string>();
  const notes: string[] = [];
  let left = BUDGET;
  const isWanted = ({path, size}: DebEntry): boolean => {
    const rule = KEPT.find(([pattern]) => pattern.test(path));
    if (rule === undefined) return false;
    if (size <= rule[1] && size <= left && kept.size < MOST_KEPT) return true;
    if (notes.length >= MOST_NOTES) return false;
    notes.push(`Too large to look at: ${path} (${size} bytes)`);
    return false;
  };
  const see = (entry: DebEntry, content: Buffer, isKept: boolean) => {
    if (readElfHeader(content.subarray(0, 64)) !== undefined) native.add(entry.path);
    if (digests) sums.set(entry.path, createHash('sha256').update(content).digest('hex'));
    if (isKept) kept.set(entry.path, Buffer.from(content));
  };
  const visit: VisitFile = (entry, content) => {
    const isKept = isWanted(entry);
    if (isKept) left -= entry.size;
    if (content.whole) return see(entry, content.whole, isKept);
    return seeInParts(entry, content, isKept);
  };
  /** A large file; of one that nobody wants to know more of, the beginning. */
  const seeInParts = async (entry: DebEntry, content: FileContent, isKept: boolean) => {
    const parts: Buffer[] = [];
    const hash = createHash('sha256');
    let first = true;
    for await (const part of content) {
      if (first && readElfHeader(part.subarray(0, 64)) !== undefined) native.add(entry.path);
      first = false;
      if (digests) hash.update(part);
      if (isKept) parts.push(part);
      if (!digests && !isKept) break;
    }
    if (isKept) kept.set(entry.path, Buffer.concat(parts));
    if (digests) sums.set(entry.path, hash.digest('hex'));
  };
  const contents = await readDeb(file, {visit, signal, limits, digests: false});
  for (const {type, path, target = ''} of contents.entries) {
    if (type !== 'hardlink') continue;
    const sum = sums.get(target);
    if (sum !== undefined) sums.set(path, sum);
    if (native.has(target)) native.add(path);
  }
  const {size} = await stat(file);
  return {contents, size, kept, native, digests: sums, notes};
}

/** Text of a kept file; undefined when it is not among them. */
export const keptText = ({kept}: Pick<Survey, 'kept'>, path: string): string | undefined =>
  kept.get(path)?.toString();

/** Text of a file of the control archive; undefined when there is none. */
export const controlText = ({contents}: Pick<Survey, 'contents'>, name: string): string | undefined =>
  contents.members.find(({path, type}) => path === name && type === 'file')?.data.toString();
