import {usualWorkers} from '../archive/compress.js';
import {startThread} from '../archive/thread.js';
import {CheckError, MkvenvdebError} from '../errors.js';
import {type IndexedPackage, viewPackages} from './packages-index.js';
import {type BatchQuestion, type ReadBatch, type RefusedPackage, readBatch} from './read-batch.js';
import type {ReadPackageOptions} from './read-package.js';

/** A package on its way into a repository. */
export interface GivenPackage {
  /** Where it lies now. */
  readonly file: string;
  readonly indexed: IndexedPackage;
  /** A copy of it lies on the stage of the storage. */
  readonly staged: boolean;
}

/** So many are read before another thread would have started. */
const FEW = 300;
const BATCH = 50;
/** More are read in threads alone: what is left over of reading takes less memory there. */
const MANY = 10_000;

type Options = ReadPackageOptions & {readonly signal?: AbortSignal | undefined};

/**
 * Read and check packages, many of them in threads.
 *
 * @param files absolute paths
 * @throws E_CHECK when one of them has findings that are errors; otherwise as readPackage
 */
export async function readPackages(
  files: readonly string[],
  {signal, ...options}: Options,
): Promise<readonly GivenPackage[]> {
  const given: GivenPackage[] = [];
  const refused: RefusedPackage[] = [];
  for (const batch of await readBatches(files, options, signal)) {
    if ('failure' in batch) {
      const {code, message, details} = batch.failure;
      throw new MkvenvdebError(code, message, details);
    }
    const {buffer, byteOffset, length} = batch.bytes;
    const unstaged = new Set(batch.unstaged);
    for (const [index, indexed] of viewPackages(Buffer.from(buffer, byteOffset, length)).entries())
      given.push({file: files[given.length] as string, indexed, staged: !unstaged.has(index)});
    refused.push(...batch.refused);
  }
  if (refused.length > 0) throw refusal(refused);
  return given;
}

/** Here and in other threads at once; the answers are in order, and end with the first that is a failure. */
async function readBatches(
  files: readonly string[],
  options: ReadPackageOptions,
  signal: AbortSignal | undefined,
): Promise<readonly ReadBatch[]> {
  const count = Math.min(usualWorkers(), Math.ceil(files.length / FEW));
  const isHere = count === 1 || files.length <= MANY;
  const threads = Array.from({length: isHere ? count - 1 : count}, () =>
    startThread<BatchQuestion, ReadBatch>(new URL('read-package-worker.js', import.meta.url), signal),
  );
  const batches: ReadBatch[] = [];
  let next = 0;
  const read = async (by: (question: BatchQuestion) => Promise<ReadBatch>): Promise<void> => {
    while (next < files.length) {
      const start = next;
      next += BATCH;
      const batch = await by({...options, files: files.slice(start, next)});
      batches[start / BATCH] = batch;
      // What was begun before it is still told: it may have failed as well, and comes first.
      if ('failure' in batch) next = files.length;
    }
  };
  try {
    // Each thread has its next batch while it works on another.
    const others = threads.flatMap(({ask}) => [read(ask), read(ask)]);
    await Promise.all(isHere ? [...others, read((question) => readBatch(question, signal))] : others);
  } finally {
    next = files.length;
    await Promise.all(threads.map((thread) => thread.end()));
  }
  return batches;
}

/** So many findings are told. */
const MOST = 50;

function refusal(refused: readonly RefusedPackage[]): CheckError {
  const found = refused.flatMap(({file, errors}) =>
    errors.map(({code, file: where, message}) => `${file}: ${code}${where ? `: ${where}` : ''}: ${message}`),
  );
  const issues = found.length > MOST ? [...found.slice(0, MOST), `${found.length - MOST} more`] : found;
  const what =
    refused.length === 1
      ? `Package has errors: ${refused[0]?.file}`
      : `${refused.length} packages have errors`;
  return new CheckError(what, {
    issues,
    hint: 'Nothing was published. Cure them (mkvenvdeb check tells how), or accept a finding with --allow CODE',
  });
}
