import {join} from 'node:path';
import type {Caller} from '../context.js';
import type {BuildInputs} from './cell-options.js';
import {checkOut} from './checkout.js';
import type {ReleasePlan} from './plan-release.js';
import {writeVersion} from './write-version.js';

/**
 * Check out what a release is made of, with its version written where the project keeps it and its tag on the commit.
 *
 * @param target absolute folder; what lies there is removed first
 * @throws as `checkOut` and `writeVersion`
 */
export async function prepareCheckout(
  plan: ReleasePlan,
  target: string,
  caller: Caller,
): Promise<BuildInputs> {
  const {repository, commit, tag, spelled, version, config, configFile, facts} = plan;
  await checkOut({repository, commit, target, tag}, caller);
  const project = join(target, repository.prefix).replace(/\/$/, '');
  const names = {version: spelled, build: commit.slice(0, ABBREVIATED)};
  const given = config.release.versionHome;
  const {environment} = await writeVersion({folder: target, caller}, project, {names, given});
  return {project, config, configFile, version, epoch: facts.time, environment};
}

/** Digits of a commit's hash, as git shows it. */
const ABBREVIATED = 7;
