import type {Planned} from '../build.js';
import type {Caller} from '../context.js';
import type {Variation} from '../stage.js';
import type {VariationName} from './names.js';

/** How the second build differs from the first. */
export interface Changes {
  /** Absolute path of a folder on another file system, in place of the one that both builds lie in. */
  readonly parent?: string;
  /** Everything of the second build lies in a folder of this name, in place of the first build's. */
  readonly folderName?: string;
  /** What it lies in is seen through a file system that lists folders backwards. */
  readonly mirrored?: true;
  readonly umask?: number;
  readonly user?: {readonly uid: number; readonly gid: number};
  /** HOME is a new folder. */
  readonly newHome?: true;
  /** Of the process: what we have to scrub. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Put in after scrubbing. */
  readonly injected?: Readonly<Record<string, string>>;
  readonly reverse?: Variation['reverse'];
  readonly workers?: Variation['workers'];
  /** Words before the command line of the process: each runs the rest as a command. */
  readonly launcher?: readonly string[];
}

/** What varying one thing takes, and how it is told; or why it cannot be. */
export type Turn = (Changes & {readonly value: string}) | {readonly why: string};

/** What the machine and the first build tell. */
export interface Facts {
  readonly plans: readonly Planned[];
  readonly caller: Caller;
  /** Folder that both builds lie in. */
  readonly folder: string;
  /** What is to be varied. */
  readonly wanted: ReadonlySet<VariationName>;
  /** Bytes that a build may take on a disk. */
  readonly room: number;
}

/** True where one of the plans makes a virtualenv. */
export const hasVenv = (plans: readonly Planned[]): boolean => plans.some((plan) => 'interpreter' in plan);
