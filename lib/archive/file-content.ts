import type {ByteQueue} from './byte-queue.js';
import {padded} from './tar-header.js';

/** The content of a file, in parts as they come; a loop that is left goes on where it was. */
export interface FileContent extends AsyncIterable<Buffer> {
  /** All of it, where it is at most a megabyte or lies in memory anyway: quicker than its parts. */
  readonly whole?: Buffer | undefined;
}

/** Up to this size a content is brought together before it is looked at. */
const LARGEST_WHOLE = 1 << 20;

/** The content of a member that comes next in a stream. */
export class MemberContent implements FileContent {
  readonly whole: Buffer | undefined;
  readonly #input: ByteQueue;
  readonly #size: number;
  #parts: AsyncGenerator<Buffer> | undefined;
  #failure: {readonly error: unknown} | undefined;

  /** @param size of the content; in the stream it is padded */
  constructor(input: ByteQueue, size: number) {
    this.#input = input;
    this.#size = size;
    this.whole = input.ready(size);
  }

  /** Without a way to return: leaving the loop over a content early does not end it. */
  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    this.#parts ??= this.#read();
    const parts = this.#parts;
    return {next: () => parts.next()};
  }

  /** Why it could not be read, which whoever reads it may have made another error of. */
  get failure(): {readonly error: unknown} | undefined {
    return this.#failure;
  }

  async *#read(): AsyncGenerator<Buffer> {
    if (this.whole !== undefined) {
      if (this.#size > 0) yield this.whole;
      return;
    }
    try {
      yield* this.#input.pieces(this.#size);
    } catch (error) {
      this.#failure = {error};
      throw error;
    }
  }

  /** Go past what was not read; a promise where that is not at hand. */
  skip(): Promise<void> | undefined {
    if (this.whole === undefined && this.#parts !== undefined) return this.#skipRest(this.#parts);
    const length = padded(this.#size);
    const left = length - this.#input.skip(length);
    return left === 0 ? undefined : drain(this.#input.pieces(left));
  }

  async #skipRest(parts: AsyncGenerator<Buffer>): Promise<void> {
    await drain(parts);
    await drain(this.#input.pieces(padded(this.#size) - this.#size));
  }
}

/** The next content, brought together where it is small. */
export async function collectContent(input: ByteQueue, size: number): Promise<MemberContent> {
  if (size <= LARGEST_WHOLE) await input.peek(size);
  return new MemberContent(input, size);
}

async function drain(parts: AsyncGenerator<Buffer>): Promise<void> {
  for await (const _ of parts);
}
