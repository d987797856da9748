/** Gives a stream out in pieces of wanted length. What the source gives must stay as it is. */
export class ByteQueue {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #truncated: () => Error;
  #bytes: Buffer = Buffer.alloc(0);
  /** Where in them what was not taken begins. */
  #start = 0;
  /** What was got behind them. */
  #rest: Buffer | undefined;
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

  /** The next bytes without taking them, where so many are at hand. */
  ready(length: number): Buffer | undefined {
    const end = this.#start + length;
    return end <= this.#bytes.length ? this.#bytes.subarray(this.#start, end) : undefined;
  }

  /** The next bytes without taking them, fewer at the end of the stream. */
  async peek(length: number): Promise<Buffer> {
    if (this.#bytes.length - this.#start < length) await this.#fill(length);
    return this.#bytes.subarray(this.#start, this.#start + length);
  }

  /** Take bytes that are at hand, fewer when there are not so many. */
  skip(length: number): number {
    const taken = Math.min(length, this.#bytes.length - this.#start);
    this.#start += taken;
    this.#position += taken;
    return taken;
  }

  /** Joined once, at the end: a source may give a byte at a time. Of the last piece no more is copied than is needed. */
  async #fill(length: number): Promise<void> {
    const left = this.#bytes.subarray(this.#start);
    const parts: Buffer[] = left.length > 0 ? [left] : [];
    for (let missing = length - left.length; missing > 0; ) {
      const next = this.#rest ?? (await this.#next());
      this.#rest = undefined;
      if (next === undefined) break;
      const isFirst = parts.length === 0 && next.length >= missing;
      parts.push(isFirst ? next : next.subarray(0, missing));
      if (!isFirst && next.length > missing) this.#rest = next.subarray(missing);
      missing -= next.length;
    }
    this.#bytes = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    this.#start = 0;
  }

  async #next(): Promise<Buffer | undefined> {
    const {done, value} = await this.#source.next();
    return done ? undefined : Buffer.from(value.buffer, value.byteOffset, value.length);
  }

  /** Take exactly so many bytes. */
  async take(length: number): Promise<Buffer> {
    const bytes = await this.peek(length);
    if (bytes.length < length) throw this.#truncated();
    this.skip(length);
    return bytes;
  }

  /** Take exactly so many bytes in the pieces in which they come. */
  async *pieces(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      if ((await this.peek(1)).length === 0) throw this.#truncated();
      const piece = this.#bytes.subarray(this.#start, this.#start + left);
      left -= this.skip(left);
      yield piece;
    }
  }

  /** Take what is at hand, in the pieces in which it comes; nothing at the end of the stream. */
  async *available(): AsyncGenerator<Buffer> {
    const length = (await this.peek(1)).length === 0 ? 0 : this.#bytes.length - this.#start;
    if (length > 0) yield* this.pieces(length);
  }

  /** Take all that is left, in the pieces in which it comes. */
  async *rest(): AsyncGenerator<Buffer> {
    while ((await this.peek(1)).length > 0) {
      const piece = this.#bytes.subarray(this.#start);
      this.skip(piece.length);
      yield piece;
    }
  }

  /** Let the source go, whether or not it was read to its end. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }
}
