import {pipeline} from 'node:stream/promises';
import {extract, type Header} from 'tar-stream';
import {ByteQueue} from '../../lib/archive/byte-queue.js';
import type {TarLimits} from '../../lib/archive/limits.js';
import {
  counter,
  formatOf,
  isExtension,
  LONGEST_EXTENSION,
  proveEnd,
  proveExtension,
  readHeader,
  type TarNote,
} from '../../lib/archive/read-guard.js';
import {type DebEntry, type TarFields, type TarFormat, toEntry} from '../../lib/archive/tar-entry.js';
import {padded, TAR_BLOCK} from '../../lib/archive/tar-header.js';
import {MkvenvdebError} from '../../lib/errors.js';

/** A tar archive as it was read: its members, and the contents of its files in order. */
export interface ReadArchive {
  readonly entries: readonly DebEntry[];
  readonly contents: readonly Buffer[];
  readonly notes: readonly TarNote[];
}

const broken = (why: string) => new MkvenvdebError('E_FORMAT', `Not a usable tar archive: ${why}`);

/** What is passed on to tar-stream, member by member. */
async function* guarded(
  input: ByteQueue,
  limits: TarLimits,
  formats: TarFormat[],
  notes: Set<TarNote>,
): AsyncGenerator<Buffer> {
  const count = counter(limits);
  let [extended, pax] = [false, false];
  for (;;) {
    const next = await input.peek(TAR_BLOCK);
    if (next.every((byte) => byte === 0)) break;
    const offset = input.position;
    const block = await input.take(TAR_BLOCK);
    const {flag, size} = readHeader(block, offset);
    if (isExtension(flag)) {
      if (size === 0 || size > LONGEST_EXTENSION) throw broken(`a name has a strange length at ${offset}`);
      count.text(size);
      const content = await input.take(padded(size));
      proveExtension(flag, content.subarray(0, size), notes);
      yield Buffer.concat([block, content]);
      [extended, pax] = [true, pax || flag === 'x'];
      continue;
    }
    count.member(block, size);
    formats.push(pax ? 'pax' : formatOf(block));
    [extended, pax] = [false, false];
    yield block;
    yield* input.pieces(padded(size));
    // Until what was given is looked at: of two faults the first is to be told.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (extended) throw broken('it ends in a name without a member');
  await proveEnd(input, notes);
}

/**
 * Read a tar archive with the whole of tar-stream, as lib/archive did before it read plain headers itself.
 *
 * @throws what readTar throws
 */
export async function readByTarStream(
  source: AsyncIterable<Uint8Array>,
  limits: TarLimits,
): Promise<ReadArchive> {
  const formats: TarFormat[] = [];
  const notes = new Set<TarNote>();
  const input = new ByteQueue(source, () => broken('it is truncated'));
  const extractor = extract({filenameEncoding: 'latin1', allowUnknownFormat: true} as object);
  let failure: unknown;
  // What breaks one after the other when a stream does: what broke first.
  const note = (error: unknown) => {
    const {message} = error as Error;
    failure ??= error instanceof MkvenvdebError ? error : broken(`tar-stream says: ${message}`);
  };
  const fed = pipeline(
    guarded(input, limits, formats, notes),
    extractor as unknown as NodeJS.WritableStream,
  ).catch(note);
  const [entries, contents]: [DebEntry[], Buffer[]] = [[], []];
  const see = async ({header}: {header: Header}) => {
    const {mtime, ...fields} = header;
    const time = (mtime as Date).getTime() / 1000;
    entries.push(toEntry({...fields, mtime: time} as TarFields, formats.shift() ?? 'v7'));
  };
  try {
    for await (const member of extractor) {
      await see(member).catch((error) => {
        note(error);
        throw error;
      });
      const parts: Buffer[] = [];
      for await (const part of member as unknown as AsyncIterable<Buffer>) parts.push(part);
      if (entries.at(-1)?.type === 'file') contents.push(Buffer.concat(parts));
    }
  } catch (error) {
    note(error);
  }
  extractor.destroy();
  await fed;
  if (failure !== undefined) throw failure;
  return {entries, contents, notes: [...notes]};
}
