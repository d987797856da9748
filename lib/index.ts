/** The public surface of mkvenvdeb. */
export {type InitAptOptions, initApt} from './apt/init.js';
export {type ListAptOptions, type ListedPackage, listApt} from './apt/list.js';
export {type PublishAptOptions, type PublishedApt, publishApt} from './apt/publish.js';
export type {RepositorySettings} from './apt/settings.js';
export {type CheckDebOptions, checkDeb} from './archive/check.js';
export {
  type CompareDebsOptions,
  compareDebs,
  type DebDifference,
  type Difference,
} from './archive/compare.js';
export {type DebContents, type ReadDebOptions, readDeb} from './archive/read.js';
export {
  type BuildOptions,
  type BuildResult,
  type BuiltPackage,
  buildDeb,
  planDeb,
  planDebs,
} from './build.js';
export {describeOptions, type OptionDescription, type OptionKind} from './config/describe.js';
export {CheckError, CommandError, type ErrorCode, exitCodeFor, ioError, MkvenvdebError} from './errors.js';
export {type InitOptions, type InitResult, initProject} from './init.js';
export type {DebFile, Distribution, Entry, Interpreter, Issue} from './model.js';
export {type PackOptions, packDeb} from './pack-deb.js';
export type {Plan} from './plan.js';
export type {Context, Report, ReportEvent, StepName, Warning} from './report.js';
export {mask} from './run.js';
export {type StageOptions, type StageResult, stageVenv} from './stage-venv.js';
export type {VariationReport} from './variations.js';
export {type ReproReport, type VerifiedPackage, type VerifyOptions, verifyReproducible} from './verify.js';
