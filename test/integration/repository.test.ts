import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {importsOf, readSource, sourceFiles, withoutComments} from '../helpers/imports.js';
import {root} from '../helpers/suite.js';

const repository = suite('repository');
const own = sourceFiles('lib', 'bin');
const imports = importsOf(own);
const internal = imports.filter((one) => one.internal);
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** A file or a folder of lib is a stage; it imports stages of its own level or below. */
const LEVELS: readonly (readonly string[])[] = [
  ['errors', 'report', 'model'],
  ['run', 'processes', 'context', 'steps', 'own-version', 'formats'],
  ['epoch', 'config', 'plan', 'python', 'relocate', 'payload', 'policy'],
  ['archive', 'apt'],
  [
    'work',
    'out',
    'init',
    'papers',
    'companions',
    'locking',
    'stage',
    'sound',
    'pack',
    'build',
    'stage-venv',
    'pack-deb',
    'apt-keyring',
    'doctor',
  ],
  ['variations', 'verify', 'release'],
  ['index'],
  ['bin'],
];
/** The whole public surface, types marked as such: whoever changes it does so knowingly, and says it in CHANGELOG.md. */
const EXPORTS: readonly string[] = [
  'type AptGarbage',
  'type Artifact',
  'buildCell',
  'type BuildCellOptions',
  'type CellList',
  'type CellResult',
  'listCells',
  'type ListCellsOptions',
  'PartlyPublishedError',
  'release',
  'type ReleaseOptions',
  'type ReleaseResult',
  'type AptGeneration',
  'aptHistory',
  'type AptHistoryOptions',
  'type AptKeyringOptions',
  'type AptServer',
  'buildAptKeyring',
  'type ArchiveSize',
  'type BundledDistribution',
  'type BundledUnit',
  'type BundledVirtualenv',
  'type CommandFile',
  'type ConffileChange',
  'type DebReport',
  'type DebUpgrade',
  'type DescribeUpgradeOptions',
  'describeUpgrade',
  'type DistributionChange',
  'type EntryPoint',
  'type FieldChange',
  'type FileChange',
  'type FileFacts',
  'type FolderSize',
  'type FoundSbom',
  'type InspectDebOptions',
  'inspectDeb',
  'type Integration',
  'readDebControl',
  'type RelationChanges',
  'type ScriptChange',
  'type ServiceChange',
  'type UpgradeSide',
  'buildDeb',
  'type BuildDifference',
  'type BuildOptions',
  'type BuildResult',
  'type BuiltPackage',
  'checkApt',
  'type CheckAptOptions',
  'checkDeb',
  'type CheckDebOptions',
  'CheckError',
  'checkVersion',
  'CommandError',
  'compareDebs',
  'type CompareDebsOptions',
  'collectAptGarbage',
  'type CollectAptGarbageOptions',
  'type Context',
  'type DebContents',
  'type DebDifference',
  'type DebFile',
  'describeOptions',
  'type Difference',
  'type Distribution',
  'type Entry',
  'type ErrorCode',
  'examineMachine',
  'type ExamineOptions',
  'exitCodeFor',
  'type Finding',
  'ioError',
  'CI_ENGINES',
  'type CiEngine',
  'initApt',
  'initCi',
  'type InitCiOptions',
  'type InitCiResult',
  'type InitAptOptions',
  'type InitOptions',
  'type InitResult',
  'type Interpreter',
  'type Issue',
  'listApt',
  'type ListAptOptions',
  'type ListedPackage',
  'type MachineDifference',
  'type MachineReport',
  'MkvenvdebError',
  'type NextVersionOptions',
  'nextVersion',
  'type OptionDescription',
  'type OptionKind',
  'ownVersion',
  'packDeb',
  'type PackOptions',
  'type Plan',
  'initProject',
  'mask',
  'planDeb',
  'planDebs',
  'publishApt',
  'type PublishAptOptions',
  'type PublishedApt',
  'readDeb',
  'type ReadDebOptions',
  'rebuildDeb',
  'type RebuildOptions',
  'type RebuildReport',
  'type ReadLimits',
  'type Report',
  'type ReportEvent',
  'type RepositorySettings',
  'type ReproReport',
  'repairApt',
  'type RepairAptOptions',
  'type RepairedApt',
  'resignApt',
  'type ResignAptOptions',
  'type ResignedSuite',
  'rollbackApt',
  'type RollbackAptOptions',
  'type RolledBackApt',
  'serveApt',
  'type ServeAptOptions',
  'type StageOptions',
  'type StageResult',
  'stageVenv',
  'type StepName',
  'type VariationName',
  'unpublishApt',
  'type UnpublishAptOptions',
  'type UnpublishedApt',
  'type VariationReport',
  'VARIATIONS',
  'type VerifiedPackage',
  'type VerifyOptions',
  'verifyReproducible',
  'type VersionOptions',
  'type Warning',
];
const PYTHON_SIDE: readonly string[] = ['python', 'relocate'];
const DEBIAN_SIDE: readonly string[] = ['policy', 'archive', 'apt'];

/** Where a dependency may be imported, as the start of a path: each has one home. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  execa: ['lib/run.ts'],
  'tar-stream': ['lib/archive/tar', 'lib/archive/read'],
  'ar-async': ['lib/archive/check'],
  semver: ['lib/config/', 'lib/python/'],
  'tmp-promise': ['lib/work.ts'],
  zod: ['lib/config/'],
};

/** What is published is dated by it. */
const CLOCK = 'lib/apt/clock.ts';

const stageOf = (file: string): string => {
  const [top = '', second = ''] = file.split('/');
  return top === 'lib' ? second.replace(/\.ts$/, '') : top;
};
const levelOf = (file: string): number => LEVELS.findIndex((level) => level.includes(stageOf(file)));
const show = (one: {from: string; to: string}) => `${one.from} -> ${one.to}`;
const none = (found: readonly string[], what = '') => assert.equal(found, [], what || undefined);

repository('every file of lib and bin has a level', () => none(own.filter((file) => levelOf(file) < 0)));

repository('nothing imports from a higher level', () => {
  assert.ok(internal.length > 20, 'the imports were not read');
  none(internal.filter((one) => levelOf(one.to) > levelOf(one.from)).map(show));
});

repository('the stages import each other in one direction only', () => {
  const reachable = (stage: string, seen = new Set<string>()): Set<string> => {
    for (const one of internal) {
      const next = stageOf(one.to);
      if (stageOf(one.from) !== stage || next === stage || seen.has(next)) continue;
      seen.add(next);
      reachable(next, seen);
    }
    return seen;
  };
  none([...new Set(own.map(stageOf))].filter((stage) => reachable(stage).has(stage)));
});

repository('the Python side and the Debian side never import each other', () => {
  const crosses = (from: string, to: string) =>
    (PYTHON_SIDE.includes(from) && DEBIAN_SIDE.includes(to)) ||
    (DEBIAN_SIDE.includes(from) && PYTHON_SIDE.includes(to));
  none(internal.filter((one) => crosses(stageOf(one.from), stageOf(one.to))).map(show));
});

repository('the command line knows the library by its index only', () => {
  const beside = internal.filter(({from, to}) => from.startsWith('bin/') && to.startsWith('lib/'));
  none(beside.filter(({to}) => to !== 'lib/index.ts').map(show));
});

for (const [name, homes] of Object.entries(HOMES)) {
  repository(`${name} is imported by ${homes.join(' and ')} only`, () => {
    const users = imports.filter(({to}) => to === name);
    none(users.filter(({from}) => !homes.some((home) => from.startsWith(home))).map(show));
  });
}

repository('every imported package is a dependency', () => {
  const packages = imports.filter((one) => !one.internal && !one.to.startsWith('node:'));
  none(packages.filter(({to}) => !(to in manifest.dependencies)).map(show));
});

for (const [what, pattern] of [
  ['the clock', /\bDate\.now\b|\bnew Date\(\)/],
  ['the order of the locale', /\blocaleCompare\b/],
  ['chance', /\bMath\.random\b/],
  ['the environment', /\bprocess\.env\b/],
  ['the working folder', /\bprocess\.(cwd|chdir)\b/],
  ['the umask', /\bprocess\.umask\b/],
  ['the command line', /\bprocess\.(argv|exit)\b/],
  ['the console', /\bconsole\b|\bprocess\.std(out|err)\b/],
] as const) {
  // One file reads what the process was started with; another is a program of its own. Only what publishes has a clock.
  const exempt = what === 'the clock' ? [CLOCK] : ['lib/context.ts', 'lib/verify/child.ts'];
  repository(`the library does not touch ${what}`, () => {
    const users = sourceFiles('lib').filter((file) => pattern.test(withoutComments(readSource(file))));
    none(users.filter((file) => !exempt.includes(file)));
  });
}

repository('what is built sees no clock', () => {
  const users = internal.filter(({to}) => to === CLOCK);
  assert.ok(users.length > 0, 'its imports were not read');
  none(users.filter(({from}) => !/^lib\/(?:apt|release)\//.test(from)).map(show));
});

repository('no file of lib and bin is longer than 300 lines', () =>
  none(own.filter((file) => readSource(file).trimEnd().split('\n').length > 300)),
);

repository('every suite runs, and none is shared', () => {
  const silent = sourceFiles('test').flatMap((file) => {
    const text = readSource(file);
    const names = [...text.matchAll(/^\s*const (\w+) = suite[(<]/gm)].map(([, name]) => name);
    const stopped = names.filter((name) => !new RegExp(`^\\s*${name}\\.run\\(\\);`, 'm').test(text));
    const shared = /import \{[^}]*\btest\b[^}]*\} from 'uvu'/.test(text) ? ['the shared test'] : [];
    return [...stopped, ...shared].map((name) => `${file}: ${name}`);
  });
  none(silent);
});

repository('the top level holds what belongs there', () => {
  const files = [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
  ];
  const allowed = [...files, 'lib', 'bin', 'fixtures', 'test', 'docs'];
  const ignored = readFileSync(join(root, '.gitignore'), 'utf8').split('\n');
  const visible = readdirSync(root).filter((name) => !name.startsWith('.') && !ignored.includes(`${name}/`));
  none(visible.filter((name) => !allowed.includes(name)));
});

repository('the lock file names no registry', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const entries = Object.entries<{resolved?: string}>(lock.packages);
  none(entries.filter(([, one]) => one.resolved !== undefined).map(([name]) => name));
});

repository('the library exports what is listed here, and nothing else', () => {
  const text = withoutComments(readSource('lib/index.ts'));
  const statements = [...text.matchAll(/export (type )?\{([^}]*)\}/g)];
  const names = statements.flatMap(([, type = '', list = '']) =>
    list.split(',').flatMap((name) => (name.trim() === '' ? [] : [type + name.trim()])),
  );
  assert.equal(names.sort(), [...EXPORTS].sort());
  assert.not.match(text, /export (?!type \{|\{)/);
});

repository('the linter finds nothing', async () => {
  const biome = join(root, 'node_modules', '.bin', 'biome');
  const {exitCode, all} = await execa(biome, ['ci', '.'], {cwd: root, reject: false, all: true});
  assert.is(exitCode, 0, all);
});

repository.run();
