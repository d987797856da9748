import {existsSync} from 'node:fs';
import {join, resolve} from 'node:path';
import type {BuildOptions} from '../build.js';
import {loadConfigs} from '../config/load.js';
import type {Config} from '../config/types.js';
import {type Caller, openCaller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import {openDpkgDatabase} from '../formats/dpkg-database.js';
import {withWorkFolder} from '../work.js';
import {type Finding, installCommand, ok, type Raw} from './finding.js';
import {examinePip} from './index-answer.js';
import {examineKeyring} from './keyring.js';
import {examinePython} from './python.js';
import {
  examineDpkg,
  examineFolder,
  examineNetwork,
  examineNode,
  examinePrograms,
  examineSurroundings,
  examineVerify,
  hasAptLists,
} from './tools.js';

/** Options of `examineMachine`: those of a build that is to be possible. */
export type ExamineOptions = BuildOptions;

/** Whether this machine can build, and what would help. */
export interface MachineReport {
  /** False where a finding is an error. */
  readonly canBuild: boolean;
  readonly findings: readonly Finding[];
  /** Command line that installs everything that findings ask for; undefined where they ask for nothing. */
  readonly install?: string;
}

/**
 * Look whether this machine can build a project, or, where there is none, any: interpreter, pip, index, compiler,
 * folders. What is missing is a finding and no error. Nothing is installed; pip is unpacked into the cache and the
 * index is asked, as a build does.
 *
 * @throws E_OPTION for options that are no options; `signal.reason` when aborted
 */
export async function examineMachine(options: ExamineOptions): Promise<MachineReport> {
  const caller = openCaller({...options, report: undefined});
  const {config: asked, finding} = await configuration(options, caller);
  caller.hide(asked.secrets);
  const {config, findings: keyring} = await examineKeyring(asked, caller);
  const database = openDpkgDatabase();
  const [{findings: python, probe}, programs, network] = await Promise.all([
    examinePython({config, caller, database}),
    examinePrograms(caller),
    examineNetwork(caller),
  ]);
  const parent = config.workDir ?? caller.temporary.find(existsSync) ?? '/tmp';
  const folders = [await examineFolder('work folder', parent), await examineFolder('out', config.out)];
  const place = {parent: config.workDir, candidates: caller.temporary, keep: false};
  const isWritable = folders[0]?.state !== 'error';
  const pip =
    probe && isWritable
      ? await withWorkFolder(place, (work) => examinePip({config, caller, probe, work}))
      : [];
  const raw = [
    ...[examineNode(), finding, ...python, ...keyring, ...pip, ...programs, examineDpkg(database)],
    ...[...folders, network, examineVerify(), await examineSurroundings(caller)],
  ];
  return reportOf(raw, caller);
}

function reportOf(raw: readonly Raw[], {conceal}: Caller): MachineReport {
  const installing = {isRoot: process.getuid?.() === 0, hasLists: hasAptLists()};
  const findings = raw.map(({hint, ...one}): Finding => {
    const cure = one.packages ? installCommand(one.packages, installing) : hint;
    return {...one, ...(cure === undefined ? {} : {cure})};
  });
  const packages = [...new Set(findings.flatMap((one) => one.packages ?? []))];
  const hidden = conceal(
    new MkvenvdebError('E_OPTION', '', {issues: [JSON.stringify(findings)]}),
  ) as MkvenvdebError;
  return {
    canBuild: findings.every(({state}) => state !== 'error'),
    findings: JSON.parse(hidden.issues[0] ?? '[]'),
    ...(packages.length > 0 ? {install: installCommand(packages, installing)} : {}),
  };
}

const PROJECT = ['pyproject.toml', 'setup.py', 'setup.cfg', 'mkvenvdeb.yaml', 'debian/rules'];

/** What a build would be configured with; where that is wrong, what can be told without it. */
async function configuration(
  {configFile, spelling, signal: _, report: _report, cwd: _cwd, source, ...options}: ExamineOptions,
  caller: Caller,
): Promise<{config: Config; finding: Raw}> {
  const {cwd, environment, machine: architecture, signal} = caller;
  const context = {cwd, environment, architecture, signal, spelling};
  const nothing = {...options, skipInstall: true, package: 'none', version: '0'};
  const bare = async (given: object): Promise<Config> =>
    (await loadConfigs({...context, configFile: false, options: given}))[0];
  const isProject = source !== undefined || configFile || PROJECT.some((name) => existsSync(join(cwd, name)));
  if (!isProject)
    return {config: await bare(nothing), finding: ok('project', 'none here', 'defaults are looked at')};
  try {
    const [config] = await loadConfigs({...context, configFile, project: source, options, automatic: true});
    return {config, finding: ok('project', resolve(cwd, source ?? '.'), 'its configuration is valid')};
  } catch (error) {
    if (!(error instanceof MkvenvdebError)) throw error;
    const found = [error.message, ...error.issues].join('; ');
    const meaning = 'the rest is looked at as without a project';
    const finding: Raw = {subject: 'project', state: 'error', found, meaning, hint: error.hint};
    return {
      config: await bare(nothing).catch(() => bare({skipInstall: true, package: 'none', version: '0'})),
      finding,
    };
  }
}
