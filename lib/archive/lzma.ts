import {readFile} from 'node:fs/promises';

/**
 * liblzma as WASM, taken by bin/build from the npm package node-liblzma, whose own loader and decoder wrapper fail
 * on Node 20; so this talks to the exported C functions (lzma/base.h, lzma/container.h of liblzma 5.8.2).
 */
interface LzmaModule {
  readonly HEAPU8: Uint8Array;
  _malloc(size: number): number;
  _lzma_easy_encoder(stream: number, preset: number, check: number): number;
  _lzma_stream_decoder(
    stream: number,
    memoryLimitLow: number,
    memoryLimitHigh: number,
    flags: number,
  ): number;
  _lzma_code(stream: number, action: number): number;
  _lzma_end(stream: number): void;
}

const CHECK_CRC64 = 4;
const ACTION = {run: 0, finish: 3} as const;
const RESULT = {
  ok: 0,
  streamEnd: 1,
  memory: 5,
  memoryLimit: 6,
  format: 7,
  options: 8,
  data: 9,
  buffer: 10,
} as const;
/** Offsets in and size of lzma_stream, where pointers have four bytes. */
const STREAM = {nextIn: 0, availableIn: 4, nextOut: 16, availableOut: 20, size: 96} as const;
const WINDOW = 1 << 16;
/** The module grows to 256 MiB at most; this leaves room for its own buffers. */
const MEMORY_LIMIT = 240 << 20;

const ERRORS: Readonly<Record<number, string>> = {
  [RESULT.memory]: 'it needs more memory than the decoder has',
  [RESULT.memoryLimit]: 'it needs more memory than the decoder has',
  [RESULT.format]: 'it is not an xz stream',
  [RESULT.options]: 'it uses unsupported options',
  [RESULT.data]: 'it is corrupt',
  [RESULT.buffer]: 'it is truncated',
};

/** Why liblzma gave up: completes "cannot be decoded: …". */
export class LzmaError extends Error {
  constructor(result: number) {
    super(ERRORS[result] ?? `liblzma gave error ${result}`);
    this.name = 'LzmaError';
  }
}

/** One instance of liblzma with its own memory; it codes one thing at a time. */
export interface Lzma {
  /**
   * Compress one block to a complete .xz stream of one block without sizes in its header (xz-file-format 3.1).
   *
   * @param preset 0 to 7; higher ones want a larger dictionary than the module can hold
   */
  encode(block: Uint8Array, preset: number): Uint8Array;
  /** Begin to decode one .xz stream. */
  decoder(): LzmaDecoder;
  /**
   * Decode one whole .xz stream.
   *
   * @returns undefined when it is truncated, goes on behind its end, or unpacks to more than `most` bytes
   * @throws LzmaError for corrupt or unsupported data
   */
  decodeWhole(stream: Uint8Array, most: number): Buffer | undefined;
}

export interface LzmaDecoder {
  /**
   * Decode the next bytes. Yields views that are valid until the next one is asked for; returns how many bytes of
   * the chunk were used, fewer than it has only at the end of the stream.
   *
   * @throws LzmaError for corrupt or unsupported data
   */
  push(chunk: Uint8Array): Generator<Uint8Array, number>;
  /** True once the stream has ended, its index and footer proven. */
  ended(): boolean;
}

/** Load liblzma from beside this file. */
export async function loadLzma(): Promise<Lzma> {
  const {default: create} = await import(new URL('wasm/liblzma.js', import.meta.url).href);
  const wasmBinary = await readFile(new URL('wasm/liblzma.wasm', import.meta.url));
  const module: LzmaModule = await create({wasmBinary});
  return bind(module);
}

let shared: Promise<Lzma> | undefined;

/** One for all of a thread who code a thing as a whole, and so never come between each other: `encode`, `decodeWhole`. */
export function sharedLzma(): Promise<Pick<Lzma, 'encode' | 'decodeWhole'>> {
  shared ??= loadLzma();
  return shared;
}

function bind(module: LzmaModule): Lzma {
  const stream = module._malloc(STREAM.size);
  const input = module._malloc(WINDOW);
  const output = module._malloc(WINDOW);
  module.HEAPU8.fill(0, stream, stream + STREAM.size);
  // The module's own getValue and setValue look at the name of the type each time.
  let fields = new Int32Array(module.HEAPU8.buffer, stream, STREAM.size / 4);
  const set = (field: number, value: number) => {
    if (fields.buffer !== module.HEAPU8.buffer)
      fields = new Int32Array(module.HEAPU8.buffer, stream, STREAM.size / 4);
    fields[field / 4] = value;
  };
  const get = (field: number): number => {
    if (fields.buffer !== module.HEAPU8.buffer)
      fields = new Int32Array(module.HEAPU8.buffer, stream, STREAM.size / 4);
    return fields[field / 4] as number;
  };

  /** Give the module what comes next of a chunk, once it has used what it got. @returns how much it has got of it */
  const feed = (chunk: Uint8Array, given: number): number => {
    if (get(STREAM.availableIn) !== 0 || given === chunk.length) return given;
    const part = given === 0 && chunk.length <= WINDOW ? chunk : chunk.subarray(given, given + WINDOW);
    module.HEAPU8.set(part, input);
    set(STREAM.nextIn, input);
    set(STREAM.availableIn, part.length);
    return given + part.length;
  };
  /** Run lzma_code once, into the window. */
  const step = (action: number): number => {
    set(STREAM.nextOut, output);
    set(STREAM.availableOut, WINDOW);
    return module._lzma_code(stream, action);
  };
  const written = () => module.HEAPU8.subarray(output, output + WINDOW - get(STREAM.availableOut));

  /** Run lzma_code over a chunk; `action` is what follows its last byte. */
  function* code(chunk: Uint8Array, action: number): Generator<Uint8Array, {used: number; ended: boolean}> {
    let given = 0;
    set(STREAM.availableIn, 0);
    for (;;) {
      given = feed(chunk, given);
      const result = step(given < chunk.length ? ACTION.run : action);
      const unused = get(STREAM.availableIn);
      const room = get(STREAM.availableOut);
      if (room < WINDOW) yield written();
      if (result === RESULT.streamEnd) return {used: given - unused, ended: true};
      const needsInput = given === chunk.length && unused === 0 && room > 0 && action === ACTION.run;
      if (needsInput && (result === RESULT.ok || result === RESULT.buffer))
        return {used: given, ended: false};
      if (result !== RESULT.ok) throw new LzmaError(result);
    }
  }

  const decoder = (): LzmaDecoder => {
    check(module._lzma_stream_decoder(stream, MEMORY_LIMIT, 0, 0));
    let over = false;
    return {
      *push(chunk) {
        const {used, ended} = yield* code(chunk, ACTION.run);
        over = ended;
        return used;
      },
      ended: () => over,
    };
  };

  return {
    encode(block, preset) {
      check(module._lzma_easy_encoder(stream, preset, CHECK_CRC64));
      const parts: Buffer[] = [];
      for (const part of code(block, ACTION.finish)) parts.push(Buffer.from(part));
      return Buffer.concat(parts);
    },
    decoder,
    // Without the generator: for a stream of a few hundred bytes that takes longer than to decode them.
    decodeWhole(packed, most) {
      check(module._lzma_stream_decoder(stream, MEMORY_LIMIT, 0, 0));
      set(STREAM.availableIn, 0);
      const parts: Buffer[] = [];
      for (let [given, length] = [0, 0]; ; ) {
        given = feed(packed, given);
        const result = step(given < packed.length ? ACTION.run : ACTION.finish);
        const part = Buffer.allocUnsafe(WINDOW - get(STREAM.availableOut));
        part.set(written());
        length += part.length;
        if (length > most) return undefined;
        parts.push(part);
        if (result === RESULT.ok) continue;
        if (result !== RESULT.streamEnd) throw new LzmaError(result);
        if (given < packed.length || get(STREAM.availableIn) > 0) return undefined;
        return parts.length === 1 ? part : Buffer.concat(parts, length);
      }
    },
  };
}

function check(result: number): void {
  if (result !== RESULT.ok) throw new LzmaError(result);
}
