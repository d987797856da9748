/** How large the pieces are that get compressed on their own. */
export interface BlockSizes {
  /** No block is longer, in bytes; what no boundary cuts is cut here. */
  readonly maximum: number;
  /** A block is cut at a boundary once it has this many bytes. */
  readonly minimum: number;
}

/**
 * Cut a stream of known length into blocks: at the first boundary that lies at least `minimum` bytes into the
 * block, else after `maximum` bytes. A pure function of the entries (through their layout), so that neither the
 * number of threads nor the way the stream arrives can change the bytes, and a distribution that did not change
 * between two versions of a package mostly keeps its compressed bytes.
 *
 * @returns the length of each block, in order
 */
export function planBlocks(
  {length, boundaries}: {readonly length: number; readonly boundaries: readonly number[]},
  {maximum, minimum}: BlockSizes,
): readonly number[] {
  const blocks: number[] = [];
  let start = 0;
  const cut = (end: number) => {
    blocks.push(end - start);
    start = end;
  };
  for (const boundary of [...boundaries, length]) {
    while (boundary - start > maximum) cut(start + maximum);
    if (boundary - start >= minimum) cut(boundary);
  }
  if (start < length) cut(length);
  return blocks;
}

/**
 * Copy a stream into blocks of the given lengths. `lend` gives the memory for each, so that it can be used again.
 * The stream must be exactly as long as the blocks together.
 */
export async function* cutBlocks(
  source: AsyncIterable<Uint8Array>,
  lengths: readonly number[],
  lend: (length: number) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  const waiting = [...lengths];
  let block: Uint8Array | undefined;
  let filled = 0;
  for await (let chunk of source) {
    while (chunk.length > 0) {
      block ??= lend(waiting.shift() ?? overrun());
      const part = chunk.subarray(0, block.length - filled);
      block.set(part, filled);
      filled += part.length;
      chunk = chunk.subarray(part.length);
      if (filled < block.length) continue;
      yield block;
      block = undefined;
      filled = 0;
    }
  }
  if (block !== undefined || waiting.length > 0) overrun();
}

function overrun(): never {
  throw new RangeError('The stream is not as long as its layout says');
}
