import {usualWorkers} from '../archive/compress.js';
import {startThread, type Thread} from '../archive/thread.js';
import {CheckError, type ErrorCode, type ErrorDetails, MkvenvdebError} from '../errors.js';
import type {Issue} from '../model.js';
import {type IndexedPackage, viewPackages} from './packages-index.js';
import {type ReadPackageOptions, readPackage} from './read-package.js';

/** A package on its way into a repository. */
export interface GivenPackage {
  /** Where it lies now. */
  readonly file: string;
  readonly indexed: IndexedPackage;
}

/** A package with findings that are errors. */
export interface RefusedPackage {
  readonly file: string;
  readonly errors: readonly Issue[];
}

/** What a thread answers: the stanzas of its files, or why one of them cannot be read. */
export type ReadBatch =
  | {readonly bytes: Uint8Array; readonly refused: readonly RefusedPackage[]}
  | {readonly failure: {readonly code: ErrorCode; readonly message: string; readonly details: ErrorDetails}};

/** Up to so many are read before a thread would have started. */
const FEW = 300;
const BATCH = 100;

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
  const batches =
    files.length <= FEW ? readHere(files, options, signal) : readInThreads(files, options, signal);
  for await (const batch of batches) {
    if ('failure' in batch) {
      const {code, message, details} = batch.failure;
      throw new MkvenvdebError(code, message, details);
    }
    const {buffer, byteOffset, length} = batch.bytes;
    for (const indexed of viewPackages(Buffer.from(buffer, byteOffset, length)))
      given.push({file: files[given.length] as string, indexed});
    refused.push(...batch.refused);
  }
  if (refused.length > 0) throw refusal(refused);
  return given;
}

async function* readHere(
  files: readonly string[],
  options: ReadPackageOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<ReadBatch> {
  for (const file of files) {
    signal?.throwIfAborted();
    const {stanza, errors} = await readPackage(file, options, signal);
    yield {bytes: Buffer.from(stanza), refused: errors.length > 0 ? [{file, errors}] : []};
  }
}

type Question = ReadPackageOptions & {readonly files: readonly string[]};

/** Batches in turn; each thread has its next one while it works on another. */
async function* readInThreads(
  files: readonly string[],
  options: ReadPackageOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<ReadBatch> {
  const count = Math.min(usualWorkers(), Math.ceil(files.length / FEW));
  const threads = Array.from({length: count}, () =>
    startThread<Question, ReadBatch>(new URL('read-package-worker.js', import.meta.url), signal),
  );
  const underway: Promise<ReadBatch>[] = [];
  try {
    for (let next = 0; next < files.length; next += BATCH) {
      const thread = threads[(next / BATCH) % count] as Thread<Question, ReadBatch>;
      const asked = thread.ask({...options, files: files.slice(next, next + BATCH)});
      asked.catch(() => {}); // it is awaited below, perhaps after an earlier one has failed
      underway.push(asked);
      if (underway.length >= 2 * count) yield await (underway.shift() as Promise<ReadBatch>);
    }
    while (underway.length > 0) yield await (underway.shift() as Promise<ReadBatch>);
  } finally {
    await Promise.all(threads.map((thread) => thread.end()));
  }
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
