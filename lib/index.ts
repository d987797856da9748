/** The public surface of mkvenvdeb. */
export {type CheckAptOptions, checkApt} from './apt/check.js';
export {type AptGarbage, type CollectAptGarbageOptions, collectAptGarbage} from './apt/collect-garbage.js';
export {type InitAptOptions, initApt} from './apt/init.js';
export {type ListAptOptions, type ListedPackage, listApt} from './apt/list.js';
export {type AptGeneration, type AptHistoryOptions, aptHistory} from './apt/list-history.js';
export {type PublishAptOptions, type PublishedApt, publishApt} from './apt/publish.js';
export {type UnpublishAptOptions, type UnpublishedApt, unpublishApt} from './apt/remove.js';
export {type RepairAptOptions, type RepairedApt, repairApt} from './apt/repair.js';
export {type ResignAptOptions, type ResignedSuite, resignApt} from './apt/resign.js';
export {type RollbackAptOptions, type RolledBackApt, rollbackApt} from './apt/rollback.js';
export {type AptServer, type ServeAptOptions, serveApt} from './apt/serve.js';
export type {RepositorySettings} from './apt/settings.js';
export {type AptKeyringOptions, buildAptKeyring} from './apt-keyring.js';
export {type CheckDebOptions, checkDeb} from './archive/check.js';
export {
  type CompareDebsOptions,
  compareDebs,
  type DebDifference,
  type Difference,
} from './archive/compare.js';
export {
  type ArchiveSize,
  type BundledDistribution,
  type BundledUnit,
  type BundledVirtualenv,
  type CommandFile,
  type DebReport,
  type EntryPoint,
  type FolderSize,
  type FoundSbom,
  type InspectDebOptions,
  type Integration,
  inspectDeb,
} from './archive/inspect.js';
export type {ReadLimits} from './archive/limits.js';
export {type DebContents, type ReadDebOptions, readDeb, readDebControl} from './archive/read.js';
export {
  type ConffileChange,
  type DebUpgrade,
  type DescribeUpgradeOptions,
  type DistributionChange,
  describeUpgrade,
  type FieldChange,
  type FileChange,
  type FileFacts,
  type RelationChanges,
  type ScriptChange,
  type ServiceChange,
  type UpgradeSide,
} from './archive/upgrade.js';
export {
  type BuildOptions,
  type BuildResult,
  type BuiltPackage,
  buildDeb,
  planDeb,
  planDebs,
} from './build.js';
export {describeOptions, type OptionDescription, type OptionKind} from './config/describe.js';
export type {Finding} from './doctor/finding.js';
export {type ExamineOptions, examineMachine, type MachineReport} from './doctor/machine.js';
export {
  CheckError,
  CommandError,
  type ErrorCode,
  exitCodeFor,
  ioError,
  MkvenvdebError,
  PartlyPublishedError,
} from './errors.js';
export {type InitOptions, type InitResult, initProject} from './init.js';
export type {DebFile, Distribution, Entry, Interpreter, Issue} from './model.js';
export {ownVersion} from './own-version.js';
export {type PackOptions, packDeb} from './pack-deb.js';
export type {Plan} from './plan.js';
export {
  type BuildCellOptions,
  buildCell,
  type CellList,
  type CellResult,
  type ListCellsOptions,
  listCells,
} from './release/cells.js';
export {CI_ENGINES, type CiEngine, type InitCiOptions, type InitCiResult, initCi} from './release/ci.js';
export {
  checkVersion,
  type NextVersionOptions,
  nextVersion,
  type VersionOptions,
} from './release/next-version.js';
export {release} from './release/release.js';
export type {ReleaseOptions, ReleaseResult} from './release/release-types.js';
export type {Artifact} from './release/target.js';
export type {Context, Report, ReportEvent, StepName, Warning} from './report.js';
export {mask} from './run.js';
export {type StageOptions, type StageResult, stageVenv} from './stage-venv.js';
export type {VariationReport} from './variations/choose.js';
export {VARIATIONS, type VariationName} from './variations/names.js';
export type {BuildDifference, VerifiedPackage} from './verify/compared.js';
export {type ReproReport, type VerifyOptions, verifyReproducible} from './verify/index.js';
export type {MachineDifference} from './verify/machine.js';
export {type RebuildOptions, type RebuildReport, rebuildDeb} from './verify/rebuild.js';
