import {
  CommandError,
  MkvenvdebError,
  PartlyPublishedError,
  type Report,
  type ReportEvent,
  type StepName,
} from '../lib/index.js';
import {Cancelled} from './cancelled.js';

export type Mode = 'quiet' | 'normal' | 'verbose' | 'json';

/** What a terminal writes to: standard error, or what a test puts in its place. */
export interface Screen {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface Terminal {
  readonly report: Report;
  /** Text of our own, such as the summary; not in quiet or JSON mode. */
  readonly note: (text: string) => void;
  readonly error: (error: unknown) => void;
  /** How long each finished step took, in milliseconds, in order. */
  readonly times: ReadonlyMap<StepName, number>;
}

const CLEAR = '\r\u001b[K';
/** Control characters of names and of foreign programs must not reach the terminal. */
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** A text with control characters made visible: `\x1b[31m`. */
export const printable = (text: string): string =>
  text.replace(CONTROL, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });

/** JSON of one line that is safe to show: JSON.stringify leaves C1 controls and the marks that turn text as they are. */
export const json = (value: unknown): string =>
  JSON.stringify(value).replace(CONTROL, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  );

/** Milliseconds as `0.4 s` or `2 min 5 s`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  return seconds < 100
    ? `${seconds.toFixed(1)} s`
    : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** Turn events into progress: a line per step on a terminal, plain lines elsewhere, JSON lines for programs. */
export function createTerminal(screen: Screen, mode: Mode): Terminal {
  const times = new Map<StepName, number>();
  const live = mode === 'normal' && screen.isTTY === true;
  let running = false;
  const line = (text: string) => {
    screen.write(`${running ? CLEAR : ''}${text}\n`);
    running = false;
  };
  const status = (text: string) => {
    if (!live) return;
    screen.write(CLEAR + text.slice(0, Math.max(1, (screen.columns ?? 80) - 1)));
    running = true;
  };
  const report = (event: ReportEvent) => {
    if (event.type === 'done') times.set(event.name, (times.get(event.name) ?? 0) + event.milliseconds);
    if (mode === 'json') screen.write(`${json(event)}\n`);
    else if (event.type === 'warning') line(warningText(event));
    else if (event.type === 'kept') line(`work folder kept: ${printable(event.folder)}`);
    else if (mode !== 'quiet') showEvent(event, {line, status, live, verbose: mode === 'verbose'});
  };
  return {
    report,
    times,
    note: (text) => {
      if (mode === 'normal' || mode === 'verbose') line(text);
    },
    error: (error) => {
      if (mode === 'json') screen.write(`${json(errorDocument(error))}\n`);
      else line(errorText(error, mode === 'verbose'));
    },
  };
}

interface Writers {
  readonly line: (text: string) => void;
  readonly status: (text: string) => void;
  /** True where the status is seen. */
  readonly live: boolean;
  readonly verbose: boolean;
}

/** Lines of pip that tell what it is at. */
const PIP_AT_WORK = /^\s*((?:Collecting|Downloading|Processing|Preparing metadata|Installing build) .*)/;

function showEvent(event: ReportEvent, {line, status, live, verbose}: Writers): void {
  const detail = 'detail' in event && event.detail ? `  ${printable(event.detail)}` : '';
  if (event.type === 'step') {
    status(`${event.name.padEnd(9)}        …${detail}`);
    if (verbose) line(`${event.name} …${detail}`);
  } else if (event.type === 'detail') {
    status(`${event.name.padEnd(9)}        …${detail}`);
    if (!live) line(`${event.name} …${detail}`);
  } else if (event.type === 'done') {
    line(`${event.name.padEnd(9)} ${duration(event.milliseconds).padStart(7)}${detail}`);
  } else if (event.type === 'progress') {
    const percent = event.total === 0 ? 100 : Math.floor((100 * event.done) / event.total);
    status(`${event.name.padEnd(9)} ${`${percent} %`.padStart(7)}`);
  } else if (event.type === 'output' && verbose) {
    line(`  ${event.source}: ${printable(event.line)}`);
  } else if (event.type === 'output' && event.source === 'pip download') {
    const [, work] = PIP_AT_WORK.exec(event.line) ?? [];
    if (work !== undefined) status(`pip              …  ${printable(work)}`);
  }
}

const warningText = ({message, hint}: {readonly message: string; readonly hint?: string}): string =>
  `warning: ${printable(message)}${hint === undefined ? '' : `\n    hint: ${printable(hint)}`}`;

/** What a user has to know of an error: message, findings, advice, and of a command what it said last. */
export function errorText(error: unknown, verbose = false): string {
  if (error instanceof Cancelled) return `mkvenvdeb: ${error.message}`;
  if (!(error instanceof MkvenvdebError)) return unexpected(error);
  const lines = [
    `mkvenvdeb: ${printable(error.message)}`,
    ...error.issues.map((issue) => `  - ${printable(issue)}`),
  ];
  if (error instanceof CommandError) {
    lines.push(`  command: ${printable(error.command)}`, `  in:      ${printable(error.cwd)}`);
    // With --verbose they were seen already, as they came.
    if (!verbose && error.output !== '')
      lines.push(...error.output.split('\n').map((text) => `  | ${printable(text)}`));
  }
  if (error.hint !== undefined) lines.push(`  hint: ${printable(error.hint)}`);
  if (verbose && error.cause instanceof Error) lines.push(`  cause: ${printable(error.cause.message)}`);
  return lines.join('\n');
}

/** An error that nobody foresaw is a fault of ours: its stack is what a report needs. */
const unexpected = (error: unknown): string =>
  `mkvenvdeb: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
    .split('\n')
    .map(printable)
    .join('\n');

function errorDocument(error: unknown): object {
  if (error instanceof Cancelled) return {type: 'cancelled', signal: error.signalName};
  if (!(error instanceof MkvenvdebError)) return {type: 'error', message: unexpected(error)};
  const {code, message, hint, issues} = error;
  const command =
    error instanceof CommandError
      ? {
          command: error.command,
          cwd: error.cwd,
          exitCode: error.exitCode,
          signal: error.signal,
          output: error.output,
        }
      : {};
  const {published, missing} = error instanceof PartlyPublishedError ? error : {};
  return {type: 'error', code, message, hint, issues, published, missing, ...command};
}
