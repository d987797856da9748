import {copyFile, rename, rm} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {planFor, workOptions} from '../build.js';
import type {Caller} from '../context.js';
import {ioError, MkvenvdebError} from '../errors.js';
import {type BuildEnvironment, buildSdist, buildWheel, prepareBuilds} from '../python/build-wheel.js';
import type {Workspace} from '../python/workspace.js';
import {openBuild} from '../stage.js';
import {makeFolder, withWorkFolder} from '../work.js';
import {type BuildInputs, buildOptionsOf} from './cell-options.js';
import {readDistribution} from './read-distribution.js';
import type {ReleaseStepper} from './stepper.js';
import type {Artifact} from './target.js';

export interface DistributionsRequest extends BuildInputs {
  /** Absolute folder that they go to; what lies there is replaced. */
  readonly out: string;
  /** The version that they have to have (PEP 440, normalised). */
  readonly version: string;
}

/**
 * Make the sdist of a checkout by the back end of the project (PEP 517), and the wheel of that sdist. Both or none are
 * in the folder afterwards.
 *
 * @throws CommandError when the back end fails; E_PUBLISH when it makes another version
 */
export async function makeDistributions(
  request: DistributionsRequest,
  caller: Caller,
  step: ReleaseStepper,
): Promise<readonly Artifact[]> {
  const {out, config} = request;
  const {sdist: wanted, wheel: wantsWheel} = config.release;
  const quiet = {...caller, report: step.quiet('sdist')};
  const plan = await planFor(buildOptionsOf(request), quiet, {needs: []});
  return withWorkFolder(workOptions(plan, caller), async (work) => {
    const {epoch} = request;
    const making = {caller: quiet, work, variation: {}};
    const {workspace, environment, sdist} = await step('sdist', async () => {
      const opened = await openBuild(plan, making);
      const options = {isolation: plan.config.buildIsolation, requires: plan.config.buildRequires};
      const builds = await prepareBuilds(opened, options);
      const path = request.project;
      return {
        workspace: opened,
        environment: builds,
        sdist: await buildSdist(opened, builds, {path, name: 'project', epoch}),
      };
    });
    const wheel = wantsWheel
      ? await step('wheel', () => wheelOf(sdist, workspace, {environment, epoch}))
      : undefined;
    await workspace.logins.close();
    const made = [...(wanted ? [sdist] : []), ...(wheel === undefined ? [] : [wheel])];
    await putInto(out, made);
    return Promise.all(made.map((file) => artifactOf(join(out, basename(file)), request.version)));
  });
}

interface WheelTask {
  readonly environment: BuildEnvironment;
  readonly epoch: number;
}

const wheelOf = (sdist: string, workspace: Workspace, {environment, epoch}: WheelTask): Promise<string> => {
  const name = basename(sdist).replace(/\.(?:tar\.gz|zip|tar\.bz2)$/, '');
  return buildWheel(workspace, environment, {path: sdist, kind: 'sdist', name, epoch});
};

async function putInto(out: string, files: readonly string[]): Promise<void> {
  try {
    await rm(`${out}.new`, {recursive: true, force: true});
    await makeFolder(`${out}.new`);
    for (const file of files) await copyFile(file, join(`${out}.new`, basename(file)));
    await rm(out, {recursive: true, force: true});
    await rename(`${out}.new`, out);
  } catch (error) {
    throw ioError(error, `writing the distributions to ${out}`);
  }
}

async function artifactOf(file: string, wanted: string): Promise<Artifact> {
  const {sha256, size, version, filetype} = await readDistribution(file);
  if (version !== wanted)
    throw new MkvenvdebError(
      'E_PUBLISH',
      `Project makes version ${version}, not ${wanted}: ${basename(file)}`,
      {
        hint: 'Tell with release.version_home where the version is kept',
      },
    );
  return {kind: filetype === 'sdist' ? 'sdist' : 'wheel', file, sha256, size};
}
