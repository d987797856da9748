import {hash} from 'node:crypto';
import {closeSync, openSync, readSync, statSync} from 'node:fs';
import {examineDeb} from '../archive/check.js';
import {parseExceptions} from '../archive/check-allow.js';
import type {ReadLimits} from '../archive/limits.js';
import {sharedLzma} from '../archive/lzma.js';
import {absent, readDebControl} from '../archive/read.js';
import {examineSmallDeb} from '../archive/small-deb.js';
import {ioError, MkvenvdebError} from '../errors.js';
import type {Stanza} from '../formats/stanza.js';
import type {Issue} from '../model.js';
import {digestFile} from './folder-write.js';
import {indexStanza} from './package-stanza.js';
import {type IndexedPackage, parsePackages} from './packages-index.js';
import {type Stage, stageFile} from './staging.js';

/** What is asked of packages on their way into a repository. */
export interface ReadPackageOptions {
  readonly component: string;
  /** Findings of `checkDeb` that are accepted. */
  readonly allow: readonly string[];
  readonly limits: ReadLimits;
  /** Small packages are written there on the way. @default nothing is written */
  readonly stage?: Stage | undefined;
}

/** What was read of a package. */
export interface ReadPackage {
  /** For an index, with the blank line behind it. */
  readonly stanza: string;
  /** For which it is not taken. */
  readonly errors: readonly Issue[];
  /** It lies on the stage. */
  readonly staged: boolean;
}

/** Up to this size a package is read as a whole. */
const SMALL = 1 << 20;

/**
 * Read and check a package once.
 *
 * @param file absolute path
 * @throws E_OPTION when there is no such file; E_FORMAT when it is no package, or lacks a field; the signal's reason
 */
export async function readPackage(
  file: string,
  {component, allow, limits, stage}: ReadPackageOptions,
  signal?: AbortSignal,
): Promise<ReadPackage> {
  const {control, errors, size, sha256, bytes} = await examine(file, {allow, limits, signal});
  const {stanza, filename} = indexStanza(control, {component, size, sha256}, file);
  const isStaged = stage !== undefined && bytes !== undefined && errors.length === 0;
  return {stanza: `${stanza}\n`, errors, staged: isStaged && stageFile(stage, filename, bytes)};
}

/**
 * What an index says of a package that was checked when it came.
 *
 * @param file absolute path
 * @throws E_OPTION when there is no such file; E_FORMAT when it is no package, or lacks a field
 */
export async function readIndexed(file: string, component: string): Promise<IndexedPackage> {
  const control = await readDebControl(file);
  const {size} = statSync(file);
  const {stanza} = indexStanza(control, {component, size, sha256: await digestFile(file)}, file);
  return parsePackages(Buffer.from(`${stanza}\n`), file)[0] as IndexedPackage;
}

interface Examined {
  readonly control: Stanza;
  readonly errors: readonly Issue[];
  readonly size: number;
  readonly sha256: string;
  /** The file, where what was read and checked lies in memory as a whole. */
  readonly bytes?: Buffer;
}

type ExamineOptions = Omit<ReadPackageOptions, 'component' | 'stage'> & {
  readonly signal: AbortSignal | undefined;
};

async function examine(file: string, options: ExamineOptions): Promise<Examined> {
  const {allow, limits, signal} = options;
  try {
    const bytes = readSmall(file);
    if (bytes) {
      const exceptions = parseExceptions(allow);
      const read = examineSmallDeb(bytes, {lzma: await sharedLzma(), limits, exceptions, scope: 'errors'});
      const sha256 = hash('sha256', bytes, 'hex');
      if (read) return {control: read.control, errors: read.issues, size: bytes.length, sha256, bytes};
    }
    const {size} = statSync(file);
    const [sha256, {contents, issues}] = await Promise.all([
      digestFile(file),
      examineDeb(file, {allow, limits, signal, scope: 'errors'}),
    ]);
    if (contents) return {control: contents.control, errors: issues, size, sha256};
    const {message, cure} = issues[0] ?? {};
    throw new MkvenvdebError(
      'E_FORMAT',
      message ?? `Package cannot be read: ${file}`,
      cure ? {hint: cure} : {},
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw absent(file, error) ?? ioError(error, `reading ${file}`);
  }
}

/** One more than what is small, to see that there is more. */
const room = () => Buffer.allocUnsafeSlow(SMALL + 1);
let scratch: Buffer | undefined;

/** @returns a file as a whole, when it is small */
function readSmall(file: string): Buffer | undefined {
  scratch ??= room();
  const handle = openSync(file, 'r');
  try {
    let size = 0;
    for (let read = 1; read > 0 && size < scratch.length; size += read)
      read = readSync(handle, scratch, size, scratch.length - size, null);
    return size > SMALL ? undefined : Buffer.copyBytesFrom(scratch, 0, size);
  } finally {
    closeSync(handle);
  }
}
