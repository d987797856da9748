/** How many rounds SipHash makes for each word, and how many at its end. */
export type SipVariant = 'siphash13' | 'siphash24';

const ROUNDS: Readonly<Record<SipVariant, readonly [perWord: number, atEnd: number]>> = {
  siphash13: [1, 3],
  siphash24: [2, 4],
};

/**
 * SipHash of some bytes under a key of at most 53 bits, hexadecimal, in the order of its bytes: what Python keeps in
 * the header of hash-based bytecode (PEP 552), with the magic number of the bytecode as the key.
 */
export function sipHash(bytes: Uint8Array, key: number, variant: SipVariant): string {
  const length = bytes.length & ~7;
  const tail = Buffer.alloc(8);
  tail.set(bytes.subarray(length));
  tail[7] = bytes.length & 0xff;
  const state = absorb(new DataView(bytes.buffer, bytes.byteOffset, length), {
    last: tail,
    key,
    rounds: ROUNDS[variant],
  });
  const digest = Buffer.alloc(8);
  digest.writeInt32LE(state[0], 0);
  digest.writeInt32LE(state[1], 4);
  return digest.toString('hex');
}

interface Absorbing {
  /** The word that pads the message and tells its length. */
  readonly last: Buffer;
  readonly key: number;
  readonly rounds: readonly [perWord: number, atEnd: number];
}

/**
 * All words, and then the final rounds. Each variable of 64 bits is one of 32 for its lower half and one for its upper
 * half, and all is in one function: BigInt, or an array for the state, would take ten times as long.
 */
function absorb(words: DataView, {last, key, rounds}: Absorbing): readonly [number, number] {
  let [a, A, b, B] = [0x70736575 ^ key, 0x736f6d65 ^ Math.floor(key / 2 ** 32), 0x6e646f6d, 0x646f7261];
  let [c, C, d, D] = [0x6e657261 ^ key, 0x6c796765 ^ Math.floor(key / 2 ** 32), 0x79746573, 0x74656462];
  const count = words.byteLength / 8;
  let swap = 0;
  for (let word = 0; word <= count + 1; word += 1) {
    const isLast = word >= count;
    const low = word > count ? 0 : isLast ? last.readInt32LE(0) : words.getInt32(word * 8, true);
    const high = word > count ? 0 : isLast ? last.readInt32LE(4) : words.getInt32(word * 8 + 4, true);
    if (word > count) c ^= 0xff;
    d ^= low;
    D ^= high;
    for (let left = word > count ? rounds[1] : rounds[0]; left > 0; left -= 1) {
      a = (a + b) | 0;
      A = (A + B + (a >>> 0 < b >>> 0 ? 1 : 0)) | 0;
      swap = ((b << 13) | (B >>> 19)) ^ a;
      B = ((B << 13) | (b >>> 19)) ^ A;
      b = swap;
      swap = a;
      a = A;
      A = swap;
      c = (c + d) | 0;
      C = (C + D + (c >>> 0 < d >>> 0 ? 1 : 0)) | 0;
      swap = ((d << 16) | (D >>> 16)) ^ c;
      D = ((D << 16) | (d >>> 16)) ^ C;
      d = swap;
      a = (a + d) | 0;
      A = (A + D + (a >>> 0 < d >>> 0 ? 1 : 0)) | 0;
      swap = ((d << 21) | (D >>> 11)) ^ a;
      D = ((D << 21) | (d >>> 11)) ^ A;
      d = swap;
      c = (c + b) | 0;
      C = (C + B + (c >>> 0 < b >>> 0 ? 1 : 0)) | 0;
      swap = ((b << 17) | (B >>> 15)) ^ c;
      B = ((B << 17) | (b >>> 15)) ^ C;
      b = swap;
      swap = c;
      c = C;
      C = swap;
    }
    a ^= low;
    A ^= high;
  }
  return [a ^ b ^ c ^ d, A ^ B ^ C ^ D];
}
