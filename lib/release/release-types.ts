import type {Caller} from '../context.js';
import type {ReleaseStep, Warning} from '../report.js';
import type {ReleasePlan, ReleaseSource, SourceOptions} from './plan-release.js';
import type {TargetOutcome, Targets} from './publish.js';
import type {RemoteLock} from './remote-lock.js';
import type {Artifact} from './target.js';
import type {UnfinishedOptions} from './unfinished.js';

export interface ReleaseOptions extends SourceOptions, UnfinishedOptions {
  /** The version. @default the next one, as `release.version` says */
  readonly version?: string | undefined;
  /** Try all that can be tried, and tell what would be done; nothing is built or published. @default false */
  readonly dryRun?: boolean | undefined;
  /** Folders with cells that `buildCell` built elsewhere, in place of building them here. @default none */
  readonly from?: readonly string[] | undefined;
}

/** What a release came to. */
export interface ReleaseResult {
  /** False for a dry run, and where there was nothing to release. */
  readonly released: boolean;
  /** Why nothing was released. */
  readonly reason?: string | undefined;
  readonly package: string;
  /** PEP 440, normalised; undefined where there was nothing to release. */
  readonly version?: string | undefined;
  readonly tag?: string | undefined;
  readonly commit: string;
  readonly artifacts: readonly Artifact[];
  readonly targets: readonly TargetOutcome[];
  /** Of a dry run: what would be done, one line each. */
  readonly steps?: readonly string[] | undefined;
  /** How long each stage took. */
  readonly milliseconds: Readonly<Partial<Record<ReleaseStep, number>>>;
  readonly warnings: readonly Warning[];
}

/** What `release` works with: tests put others in their place. */
export interface ReleaseParts {
  /** Where a release goes to, by its configuration. */
  readonly targetsOf: (plan: ReleasePlan, caller: Caller) => Targets | Promise<Targets>;
  /** Keep other machines from releasing. */
  readonly lockRemote?: (source: ReleaseSource, caller: Caller) => Promise<RemoteLock>;
}
