import {setImmediate as otherTurns} from 'node:timers/promises';
import {type ErrorCode, type ErrorDetails, MkvenvdebError} from '../errors.js';
import type {Issue} from '../model.js';
import {type ReadPackageOptions, readPackage} from './read-package.js';

/** A package with findings that are errors. */
export interface RefusedPackage {
  readonly file: string;
  readonly errors: readonly Issue[];
}

/** What became of some files: their stanzas, or why one of them cannot be read. */
export type ReadBatch =
  | {
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly refused: readonly RefusedPackage[];
      /** Which of them, counted from 0, do not lie on the stage. */
      readonly unstaged: readonly number[];
    }
  | {readonly failure: {readonly code: ErrorCode; readonly message: string; readonly details: ErrorDetails}};

/** What a thread is asked. */
export type BatchQuestion = ReadPackageOptions & {readonly files: readonly string[]};

/** After so many, whatever else goes on has its turn. */
const TURN = 8;

/**
 * Read and check some packages, one after the other.
 *
 * @throws the signal's reason; what is no MkvenvdebError
 */
export async function readBatch(
  {files, ...options}: BatchQuestion,
  signal?: AbortSignal,
): Promise<ReadBatch> {
  const stanzas: string[] = [];
  const refused: RefusedPackage[] = [];
  const unstaged: number[] = [];
  try {
    for (const [index, file] of files.entries()) {
      if (index % TURN === 0) await otherTurns();
      signal?.throwIfAborted();
      const {stanza, errors, staged} = await readPackage(file, options, signal);
      stanzas.push(stanza);
      if (errors.length > 0) refused.push({file, errors});
      if (!staged) unstaged.push(index);
    }
  } catch (error) {
    if (!(error instanceof MkvenvdebError)) throw error;
    const {code, message, hint, issues} = error;
    return {failure: {code, message, details: {...(hint ? {hint} : {}), issues}}};
  }
  return {bytes: new TextEncoder().encode(stanzas.join('')), refused, unstaged};
}
