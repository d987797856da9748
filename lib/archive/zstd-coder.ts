/** One zstd context with its own buffers; it codes one frame. */
export interface ZstdCoder {
  /** Compress the next chunk of at most ZSTD_CHUNK bytes; a zstd block ends with it. */
  compress(chunk: Uint8Array): Uint8Array;
  /** End the frame. */
  finish(): Uint8Array;
  /** Decode the next part of a frame, which may give as much as one block. It gives nothing when that is corrupt. */
  decompress(part: Uint8Array): Uint8Array;
  /** Give the memory back. */
  free(): void;
}

/** Longest content of a zstd block. */
export const ZSTD_BLOCK = 128 << 10;
/** Longest chunk: some whole blocks, so that no block is cut short. */
export const ZSTD_CHUNK = 8 * ZSTD_BLOCK;

/** The C++ object of the package (packages/zstd/src-cpp/main.cpp there): pointers and sizes in, bytes written out. */
interface Context {
  setCompressionLevel(level: number): void;
  compressChunk(output: number, room: number, input: number, length: number): number;
  compressEnd(output: number, room: number): number;
  decompressChunk(output: number, room: number, input: number, length: number): number;
  delete(): void;
}

interface ZstdModule {
  readonly HEAPU8: Uint8Array;
  _malloc(size: number): number;
  _free(pointer: number): void;
  readonly zstd: {new (): Context; isError(size: number): number; getErrorName(size: number): string};
}

/**
 * Make a coder. It goes around the wrapper of @hpcc-js/wasm-zstd, whose version is pinned exactly: that has one
 * context for the whole process, and copies its results through an array, thirty times slower than the decoder.
 */
export async function openZstd(level?: number): Promise<ZstdCoder> {
  // A quarter of a megabyte, for packages that are compressed with zstd only.
  const {Zstd} = await import('@hpcc-js/wasm-zstd');
  // biome-ignore lint/complexity/useLiteralKeys: the brackets are TypeScript's way to a private member
  const module = (await Zstd.load())['_mainModule']._module as ZstdModule;
  const context = new module.zstd();
  if (level !== undefined) context.setCompressionLevel(level);
  const room = 2 * ZSTD_CHUNK;
  const [input, output] = [module._malloc(ZSTD_CHUNK), module._malloc(room)];
  const put = (bytes: Uint8Array) => {
    module.HEAPU8.set(bytes, input);
    return bytes.length;
  };
  const result = (size: number) => {
    if (module.zstd.isError(size)) throw new Error(`zstd failed: ${module.zstd.getErrorName(size)}`);
    return module.HEAPU8.slice(output, output + size);
  };
  return {
    compress: (chunk) => result(context.compressChunk(output, room, input, put(chunk))),
    finish: () => result(context.compressEnd(output, room)),
    decompress: (part) => result(context.decompressChunk(output, ZSTD_BLOCK, input, put(part))),
    free() {
      module._free(input);
      module._free(output);
      context.delete();
    },
  };
}
