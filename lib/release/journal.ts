import {open, readFile, truncate} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {now} from '../apt/clock.js';
import {syncFolder} from '../archive/place.js';
import {ioError, MkvenvdebError} from '../errors.js';
import {makeFolder} from '../work.js';
import type {Artifact, PlannedRelease, Target} from './target.js';

/** A file as the journal names it: relative to the folder of the release. */
export type RecordedArtifact = Artifact;

/** What a release is made of: enough to go on with it and to change nothing. */
export interface BegunRelease extends Omit<PlannedRelease, 'project'> {
  /** The version as the project spells it. */
  readonly spelled: string;
  /** The configuration file that was named in place of the project's own. */
  readonly configFile?: string | undefined;
  /** Folders that cells were taken from, in place of building them. */
  readonly from?: readonly string[] | undefined;
  /** The version of mkvenvdeb. */
  readonly tool: string;
}

/** A line of the journal. `time` is in seconds since 1970. */
export type JournalEvent =
  | {readonly step: 'begun'; readonly release: BegunRelease}
  | {readonly step: 'tested'}
  /** Files of sdist and wheel. */
  | {readonly step: 'distributions'; readonly artifacts: readonly RecordedArtifact[]}
  /** All was built and passed the gate: from here on, nothing is built again. */
  | {readonly step: 'gated'; readonly artifacts: readonly RecordedArtifact[]}
  | {readonly step: 'staged'; readonly target: string}
  /** From here on, something may be public. */
  | {readonly step: 'publishing'; readonly target: string}
  | {readonly step: 'published'; readonly target: string; readonly outcome: 'published' | 'there'}
  | {readonly step: 'verified'; readonly target: string}
  | {readonly step: 'finished'}
  /** A run gave up by itself; it was not killed. */
  | {readonly step: 'failed'; readonly message: string};

/** What a journal says, all in all. */
export interface JournalState {
  readonly release: BegunRelease;
  /** Seconds since 1970. */
  readonly begun: number;
  readonly tested: boolean;
  readonly distributions: readonly RecordedArtifact[] | undefined;
  readonly gated: readonly RecordedArtifact[] | undefined;
  /** Targets by `targetKey`. */
  readonly publishing: ReadonlySet<string>;
  readonly published: ReadonlySet<string>;
  readonly verified: ReadonlySet<string>;
  readonly finished: boolean;
  /** The last run gave up by itself, and none has gone on since. */
  readonly failed: boolean;
}

const FILE = 'journal.jsonl';

/** How the journal names a target. */
export const targetKey = ({name, place}: Pick<Target, 'name' | 'place'>): string => `${name} ${place}`;

/** Writes down what was done: a line is on the disk before the next thing is. */
export interface Journal {
  readonly folder: string;
  readonly write: (event: JournalEvent) => Promise<void>;
}

/** Begin a journal or go on with one; a line that a killed run left half is removed. */
export async function openJournal(folder: string): Promise<Journal> {
  const file = join(folder, FILE);
  let isNew = false;
  try {
    await makeFolder(folder);
    const text = await textOf(file);
    isNew = text === '';
    const whole = Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1));
    if (text !== '') await truncate(file, whole);
  } catch (error) {
    throw ioError(error, `opening the journal ${file}`);
  }
  return {
    folder,
    async write(event) {
      await append(file, {time: now(), ...event});
      if (!isNew) return;
      isNew = false;
      // The names of the file and of the folder that was made for it.
      for (const place of [folder, dirname(folder)]) await syncFolder(place);
    },
  };
}

async function append(file: string, line: object): Promise<void> {
  try {
    const handle = await open(file, 'a', 0o600);
    try {
      await handle.appendFile(`${JSON.stringify(line)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw ioError(error, `writing the journal ${file}`);
  }
}

/** Empty where there is none; what is there and cannot be read must not pass for a release that never began. */
async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const {code = ''} = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return '';
    throw ioError(error, `reading the journal ${file}`);
  }
}

/**
 * Read the journal of a release.
 *
 * @returns undefined where nothing was begun there
 * @throws E_FORMAT for one that is damaged; E_IO for one that cannot be read
 */
export async function readJournal(folder: string): Promise<JournalState | undefined> {
  const file = join(folder, FILE);
  const text = await textOf(file);
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  let state: JournalState | undefined;
  for (const line of lines.filter((one) => one !== '')) {
    try {
      state = advance(state, JSON.parse(line));
    } catch (cause) {
      throw new MkvenvdebError('E_FORMAT', `Journal of a release is damaged: ${file}`, {
        hint: 'Find out what of it was published; then remove its folder',
        cause,
      });
    }
  }
  return state;
}

function advance(
  state: JournalState | undefined,
  event: JournalEvent & {readonly time: number},
): JournalState {
  if (event.step === 'begun') return state ?? emptyState(event.release, event.time);
  if (state === undefined) throw new Error(`${event.step} before the beginning`);
  const next = {...state, failed: event.step === 'failed'};
  switch (event.step) {
    case 'tested':
      return {...next, tested: true};
    case 'distributions':
    case 'gated':
      return {...next, [event.step]: event.artifacts};
    case 'publishing':
    case 'published':
    case 'verified':
      return {...next, [event.step]: new Set([...state[event.step], event.target])};
    case 'finished':
      return {...next, finished: true};
    default:
      return next;
  }
}

const emptyState = (release: BegunRelease, begun: number): JournalState => ({
  ...{release, begun, tested: false, distributions: undefined, gated: undefined},
  ...{publishing: new Set(), published: new Set(), verified: new Set()},
  ...{finished: false, failed: false},
});

/** Whether something of it may be public. */
export const mayBePublic = ({publishing}: JournalState): boolean => publishing.size > 0;
