/**
 * Where an error comes from; DESIGN table: option and payload errors are the user's to cure (exit 2), the rest
 * may pass on another try (exit 1).
 */
export type ErrorCode =
  | 'E_OPTION'
  | 'E_PAYLOAD'
  | 'E_PYTHON'
  | 'E_COMMAND'
  | 'E_IO'
  | 'E_RELOCATE'
  | 'E_FORMAT'
  | 'E_CHECK'
  | 'E_VERIFY'
  | 'E_PUBLISH';

const WRONG_INPUT: ReadonlySet<ErrorCode> = new Set(['E_OPTION', 'E_PAYLOAD', 'E_PYTHON']);

export interface ErrorDetails {
  /** What the user can do about it, one sentence. */
  readonly hint?: string;
  /** Every finding, when there is more than one; the message then sums them up. */
  readonly issues?: readonly string[];
  readonly cause?: unknown;
}

const MASK = '****';

/** Hide the name and password of every URL in a text: no message of ours ever needs them. */
export const maskUrls = (text: string): string => text.replace(/(?<=[\w+.-]:\/\/)[^\s/]+@/g, `${MASK}@`);

/** Every error this package throws on purpose: `message` says what failed and which thing, `hint` what to do. */
export class MkvenvdebError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly issues: readonly string[];

  constructor(code: ErrorCode, message: string, {hint, issues = [], cause}: ErrorDetails = {}) {
    super(maskUrls(message), cause === undefined ? undefined : {cause});
    this.name = new.target.name;
    this.code = code;
    this.hint = hint === undefined ? undefined : maskUrls(hint);
    this.issues = issues.map(maskUrls);
  }
}

export interface CommandFailure extends ErrorDetails {
  /** The command line as it was run, secrets masked. */
  readonly command: string;
  readonly cwd: string;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  /** The last lines of both output streams, secrets masked. */
  readonly output: string;
}

/** A command that was run (pip, an interpreter, a hook) failed. */
export class CommandError extends MkvenvdebError {
  readonly command: string;
  readonly cwd: string;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly output: string;

  constructor(message: string, {command, cwd, exitCode, signal, output, ...details}: CommandFailure) {
    super('E_COMMAND', message, details);
    this.command = command;
    this.cwd = cwd;
    this.exitCode = exitCode;
    this.signal = signal;
    this.output = output;
  }
}

/** Our own package did not pass our own check, or a checked package has issues. */
export class CheckError extends MkvenvdebError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('E_CHECK', message, details);
  }
}

/** A release stopped after something of it was, or may have been, published: it has to be gone on with. */
export class PartlyPublishedError extends MkvenvdebError {
  /** Places that have it. */
  readonly published: readonly string[];
  /** Places that have not, or not surely all of it. */
  readonly missing: readonly string[];

  constructor(
    message: string,
    {published, missing, ...details}: ErrorDetails & Pick<PartlyPublishedError, 'published' | 'missing'>,
  ) {
    super('E_PUBLISH', message, details);
    this.published = published;
    this.missing = missing;
  }
}

/** The exit code that the command line gives for an error: 2 for wrong input, 3 for a release in part, 1 for the rest. */
export function exitCodeFor(error: unknown): 1 | 2 | 3 {
  if (error instanceof PartlyPublishedError) return 3;
  return error instanceof MkvenvdebError && WRONG_INPUT.has(error.code) ? 2 : 1;
}

const IO_WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'No space left',
  EDQUOT: 'Disk quota exceeded',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  EROFS: 'Read-only file system',
  ENOENT: 'No such file or folder',
  ENOTDIR: 'Not a folder',
  EISDIR: 'Is a folder, not a file',
  EMFILE: 'Too many open files',
  ENAMETOOLONG: 'Name too long',
  EIO: 'Input/output error',
};

/** Turn an operating system error into E_IO that names the file, once; anything else is given back as it is. */
export function ioError(error: unknown, doing: string): unknown {
  const {code, path} = (error ?? {}) as {code?: unknown; path?: unknown};
  if (error instanceof MkvenvdebError || typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) return error;
  const where = typeof path === 'string' && !doing.includes(path) ? `: ${path}` : '';
  return new MkvenvdebError('E_IO', `${IO_WORDS[code] ?? code} while ${doing}${where}`, {cause: error});
}
