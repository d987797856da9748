/** Gives a stream out in pieces of wanted length. */
export class ByteQueue {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #truncated: () => Error;
  #bytes: Buffer = Buffer.alloc(0);
  #position = 0;

  /** @param truncated makes the error for a stream that ends before what is taken from it does */
  constructor(source: AsyncIterable<Uint8Array>, truncated: () => Error) {
    this.#source = source[Symbol.asyncIterator]();
    this.#truncated = truncated;
  }

  /** How many bytes were taken. */
  get position(): number {
    return this.#position;
  }

  /** The next bytes without taking them, fewer at the end of the stream. */
  async peek(length: number): Promise<Buffer> {
    if (this.#bytes.length < length) await this.#fill(length);
    return this.#bytes.subarray(0, length);
  }

  /** Joined once, at the end: a source may give a byte at a time. */
  async #fill(length: number): Promise<void> {
    const parts: Uint8Array[] = [this.#bytes];
    for (let filled = this.#bytes.length; filled < length; ) {
      const next = await this.#source.next();
      if (next.done) break;
      parts.push(next.value);
      filled += next.value.length;
    }
    this.#bytes = Buffer.concat(parts);
  }

  /** Take exactly so many bytes. */
  async take(length: number): Promise<Buffer> {
    const bytes = await this.peek(length);
    if (bytes.length < length) throw this.#truncated();
    this.#use(length);
    return bytes;
  }

  /** Take exactly so many bytes in the pieces in which they come. */
  async *pieces(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      if ((await this.peek(1)).length === 0) throw this.#truncated();
      const piece = this.#bytes.subarray(0, left);
      this.#use(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  /** Take what is at hand, in the pieces in which it comes; nothing at the end of the stream. */
  async *available(): AsyncGenerator<Buffer> {
    const length = (await this.peek(1)).length === 0 ? 0 : this.#bytes.length;
    if (length > 0) yield* this.pieces(length);
  }

  /** Take all that is left, in the pieces in which it comes. */
  async *rest(): AsyncGenerator<Buffer> {
    while ((await this.peek(1)).length > 0) {
      const piece = this.#bytes;
      this.#use(piece.length);
      yield piece;
    }
  }

  /** Let the source go, whether or not it was read to its end. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  #use(length: number): void {
    this.#bytes = this.#bytes.subarray(length);
    this.#position += length;
  }
}
