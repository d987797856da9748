/** The stages of a build, in the order in which they run. */
export type StepName =
  | 'plan'
  | 'wheels'
  | 'venv'
  | 'install'
  | 'hooks'
  | 'relocate'
  | 'bytecode'
  | 'papers'
  | 'payload'
  | 'pack'
  | 'check'
  | 'compare'
  | ReleaseStep;

/** The stages of a release, in the order in which they run. */
export type ReleaseStep =
  | 'lock'
  | 'version'
  | 'preflight'
  | 'checkout'
  | 'test'
  | 'sdist'
  | 'wheel'
  | 'deb'
  | 'gate'
  | 'prepare'
  | 'publish'
  | 'verify';

/** What the library tells while it works. It never prints: who called it decides what becomes of these. */
export type ReportEvent =
  | {readonly type: 'step'; readonly name: StepName; readonly detail?: string}
  | {readonly type: 'done'; readonly name: StepName; readonly milliseconds: number; readonly detail?: string}
  /** What a step that takes long is at. */
  | {readonly type: 'detail'; readonly name: StepName; readonly detail: string}
  /** The work folder that `keepWork` left, also after a failure. */
  | {readonly type: 'kept'; readonly folder: string}
  | {readonly type: 'output'; readonly source: string; readonly line: string}
  | {readonly type: 'progress'; readonly name: StepName; readonly done: number; readonly total: number}
  | Warning;

/** Something the user should know that does not stop the build. */
export interface Warning {
  readonly type: 'warning';
  /** Stable identifier for machines, such as `unlocked-dependencies`. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

export type Report = (event: ReportEvent) => void;

/** What every exported function takes beside its own options. */
export interface Context {
  /** Aborting it rejects with `signal.reason`; commands under way are ended with their children. */
  readonly signal?: AbortSignal | undefined;
  /** Called with every event, in order. @default nothing is reported */
  readonly report?: Report | undefined;
  /** Folder that relative paths start from. @default process.cwd() */
  readonly cwd?: string | undefined;
}
