import {availableParallelism} from 'node:os';
import {MkvenvdebError} from '../errors.js';
import {type BlockSizes, cutBlocks, planBlocks} from './blocks.js';
import {compressGzip, decompressGzip} from './gzip.js';
import type {TarLayout} from './tar.js';
import {compressXz} from './xz.js';
import {decodeXz} from './xz-decode.js';
import {compressZstd, decompressZstd} from './zstd.js';

/** Ways to compress the two archives in a package; every dpkg since 1.21.18 reads all of them, older ones no zstd. */
export type Compression = 'xz' | 'gzip' | 'zstd' | 'none';

/** What a compressor must know beside the bytes; all but `workers` and `signal` decides the output. */
export interface CompressJob {
  readonly layout: TarLayout;
  readonly level: number;
  /** Threads to use, at least 1. */
  readonly workers: number;
  readonly signal?: AbortSignal | undefined;
}

interface Method {
  /** What the name of a member ends in, behind `data.tar`. */
  readonly suffix: string;
  readonly levels: {readonly lowest: number; readonly highest: number; readonly usual: number};
  readonly compress: (source: AsyncIterable<Uint8Array>, job: CompressJob) => AsyncIterable<Uint8Array>;
  readonly decompress: (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
}

/** Written in large pieces: a header of 512 bytes at a time would take longer than all the rest. */
const PLAIN: BlockSizes = {maximum: 1 << 20, minimum: 1 << 20};

const METHODS: Readonly<Record<Compression, Method>> = {
  xz: {
    suffix: '.xz',
    levels: {lowest: 0, highest: 9, usual: 6},
    compress: compressXz,
    decompress: decodeXz,
  },
  gzip: {
    suffix: '.gz',
    levels: {lowest: 1, highest: 9, usual: 9},
    compress: compressGzip,
    decompress: decompressGzip,
  },
  zstd: {
    suffix: '.zst',
    levels: {lowest: 1, highest: 22, usual: 19},
    compress: compressZstd,
    decompress: decompressZstd,
  },
  none: {
    suffix: '',
    levels: {lowest: 0, highest: 0, usual: 0},
    compress: (source, {layout}) =>
      cutBlocks(source, planBlocks(layout, PLAIN), (length) => new Uint8Array(length)),
    decompress: (source) => source,
  },
};

/** More threads than this gain little on a package and cost 150 MB each. */
const MOST_WORKERS = 8;

/** Threads to use when nothing is said. They never change the bytes. */
export const usualWorkers = (): number => Math.min(MOST_WORKERS, availableParallelism());

/** What the name of an archive compressed this way ends in: `.xz`, `.gz`, `.zst` or nothing. */
export const suffixOf = (compression: Compression): string => METHODS[compression].suffix;

/** The compression that the name of a member tells: `data.tar.xz` → `xz`; undefined for any other name. */
export function compressionOf(member: string): Compression | undefined {
  const suffix = /^(?:control|data)\.tar(?<suffix>\.[a-z0-9]+)?$/.exec(member)?.groups;
  if (suffix === undefined) return undefined;
  const known = Object.entries(METHODS).find(([, method]) => method.suffix === (suffix.suffix ?? ''));
  return known?.[0] as Compression | undefined;
}

/**
 * The level to use.
 *
 * @throws E_OPTION when the compressor has no such level
 */
export function resolveLevel(compression: Compression, level?: number): number {
  const {lowest, highest, usual} = METHODS[compression].levels;
  if (level === undefined) return usual;
  if (!Number.isInteger(level) || level < lowest || level > highest) {
    throw new MkvenvdebError('E_OPTION', `Compression level is not one that ${compression} has: ${level}`, {
      hint: lowest === highest ? 'Leave the level out' : `Choose ${lowest} to ${highest}`,
    });
  }
  return level;
}

/** Compress a stream that is exactly as long as its layout. */
export const compress = (
  compression: Compression,
  source: AsyncIterable<Uint8Array>,
  job: CompressJob,
): AsyncIterable<Uint8Array> => METHODS[compression].compress(source, job);

/**
 * Decompress what dpkg would see, and nothing more.
 *
 * @throws E_FORMAT when the data is corrupt, truncated, or followed by something that dpkg would drop silently
 */
export const decompress = (
  compression: Compression,
  source: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> => METHODS[compression].decompress(source);
