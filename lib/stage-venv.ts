import {readFile, rename, rm, writeFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {makeWorkFolder, removeLitter} from './archive/litter.js';
import {
  type BuildOptions,
  type BuildResult,
  type BuiltPackage,
  keptFolder,
  planFor,
  workOptions,
} from './build.js';
import {assertTexts, type Caller, openCaller} from './context.js';
import {ioError} from './errors.js';
import type {Entry} from './model.js';
import {moveInto, writeEntries} from './payload/place.js';
import {soundEntries} from './sound.js';
import {type Making, makeVenv} from './stage.js';
import {steps} from './steps.js';
import {makeFolder, withWorkFolder} from './work.js';

export interface StageOptions extends BuildOptions {
  /** Tree that stands for `/` of the server: `debian/warehouse`. What lies in it stays. */
  readonly into: string;
  /** File of substitution variables (deb-substvars(5)) that gets `mkvenvdeb:Depends`. @default none is written */
  readonly substvars?: string | undefined;
}

export interface StageResult
  extends Pick<BuildResult, 'warnings'>,
    Pick<BuiltPackage, 'distributions' | 'workFolder'> {
  /** Where the virtualenv will live. */
  readonly prefix: string;
  /** Where it lies now, absolute. */
  readonly stagedPrefix: string;
  /** Relations that provide the interpreter. */
  readonly depends: readonly string[];
}

/**
 * Make the virtualenv of a project and put it into a given tree, ready for its final place: for a debian/rules that
 * makes the package with other tools. `files`, `links`, `bin` and scripts are left to those.
 *
 * @throws as `buildDeb`; E_PAYLOAD when the tree has one of its files already
 */
export async function stageVenv(given: StageOptions): Promise<StageResult> {
  const caller = openCaller(given);
  const {into, substvars, ...options} = given;
  assertTexts({into, substvars: substvars ?? ''});
  return stageFor(options, caller, {into, substvars}).catch((error) => {
    throw caller.conceal(error);
  });
}

async function stageFor(
  options: BuildOptions,
  caller: Caller,
  {into, substvars}: Pick<StageOptions, 'into' | 'substvars'>,
): Promise<StageResult> {
  const step = steps(caller.report, caller.signal);
  const plan = await step('plan', () => planFor(options, caller, {needs: ['package']}));
  const tree = resolve(caller.cwd, into);
  return withWorkFolder(workOptions(plan, caller), async (work) => {
    const making: Making = {caller, work, step, variation: {}};
    const finished = await makeVenv(plan, making);
    const entries = await step('payload', () => soundEntries(plan, {finished, making, further: []}));
    const {prefix} = finished.fields;
    await placeIn(tree, entries, prefix.slice(1)).catch((error) => {
      throw ioError(error, 'writing the virtualenv into the tree');
    });
    const depends = plan.interpreterDepends;
    if (substvars !== undefined) await writeSubstvars(resolve(caller.cwd, substvars), depends);
    const distributions = finished.venv.distributions.map(({name, version}) => ({name, version}));
    const stagedPrefix = join(tree, prefix);
    const {warnings} = caller;
    return {prefix, stagedPrefix, distributions, depends, warnings, ...keptFolder(plan, work)};
  });
}

/** Beside its place first, so that a killed run leaves a hidden folder and no half of a virtualenv. */
async function placeIn(tree: string, entries: readonly Entry[], at: string): Promise<void> {
  await makeFolder(tree);
  await removeLitter(tree);
  const from = await makeWorkFolder(tree);
  try {
    await writeEntries(entries, from);
    await moveInto(entries, {from, to: tree, at});
  } finally {
    await rm(from, {recursive: true, force: true});
  }
}

/** Set our variable and leave the others: debhelper's programs write into the same file. */
async function writeSubstvars(file: string, depends: readonly string[]): Promise<void> {
  try {
    const before = await readFile(file, 'utf8').catch((error) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    });
    const others = before.split('\n').filter((line) => line !== '' && !line.startsWith('mkvenvdeb:Depends='));
    const lines = [...others, `mkvenvdeb:Depends=${depends.join(', ')}`];
    await writeFile(`${file}.new`, lines.map((line) => `${line}\n`).join(''));
    await rename(`${file}.new`, file);
  } catch (error) {
    throw ioError(error, 'writing substitution variables');
  }
}
