/** A text that was found, by its number in the list, and where it begins. */
export type Sight = (needle: number, offset: number) => void;

/**
 * Looks for many short texts at once, in one pass that skips most of the bytes (Wu and Manber): one look-up of two
 * bytes tells how far the next of them can begin. `NeedleScanner` is for few long ones that come in many spellings.
 */
export class ManyNeedles {
  /** By two bytes: how far to go on where they end no needle's first `#window` bytes. */
  readonly #shift: Uint8Array;
  /** By the two bytes that end its first `#window` bytes: the needles. */
  readonly #ending = new Map<number, readonly number[]>();
  readonly #needles: readonly Buffer[];
  readonly #window: number;

  /** @param needles of three bytes at least, in Latin-1 */
  constructor(needles: readonly string[]) {
    this.#needles = needles.map((needle) => Buffer.from(needle, 'latin1'));
    this.#window = Math.min(...this.#needles.map(({length}) => length));
    this.#shift = new Uint8Array(65536).fill(this.#window - 1);
    for (const [number, needle] of this.#needles.entries()) {
      for (let at = 1; at < this.#window; at += 1) {
        const pair = needle.readUInt16BE(at - 1);
        const further = this.#window - 1 - at;
        this.#shift[pair] = Math.min(this.#shift[pair] as number, further);
        if (further === 0) this.#ending.set(pair, [...(this.#ending.get(pair) ?? []), number]);
      }
    }
  }

  /** Tell every place of every needle, in order of the places. */
  find(bytes: Uint8Array, seen: Sight): void {
    const shift = this.#shift;
    const first = this.#window - 1;
    for (let at = first; at < bytes.length; ) {
      const pair = ((bytes[at - 1] as number) << 8) | (bytes[at] as number);
      const step = shift[pair] as number;
      if (step > 0) {
        at += step;
        continue;
      }
      for (const number of this.#ending.get(pair) ?? [])
        if (this.#stands(number, bytes, at - first)) seen(number, at - first);
      at += 1;
    }
  }

  #stands(number: number, bytes: Uint8Array, offset: number): boolean {
    const needle = this.#needles[number] as Buffer;
    for (let at = 0; at < needle.length; at += 1) if (bytes[offset + at] !== needle[at]) return false;
    return true;
  }
}
