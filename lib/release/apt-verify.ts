import {join} from 'node:path';
import type {SuiteFacts} from '../apt/release-file.js';
import {type Repository, suiteOf} from '../apt/repository.js';
import {MkvenvdebError} from '../errors.js';
import {digestFile} from '../formats/digests.js';
import {type Given, isSame, type Place, packagesOf, readPackages, suiteFor, within} from './apt-place.js';
import {askApt} from './apt-view.js';
import type {Release} from './target.js';

/** Listed by its digest, in the pool as it is listed, and offered by apt, which believes the signature. */
export async function verifyApt(release: Release, place: Place): Promise<void> {
  const debs = await readPackages(release, place.caller);
  await within(place, async (repository) => {
    const problems: string[] = [];
    for (const given of debs) problems.push(...(await problemsOf(given, repository, place)));
    if (problems.length === 0) return;
    throw new MkvenvdebError('E_PUBLISH', `Apt repository has not all of the release: ${repository.root}`, {
      issues: problems,
      hint: 'Resume the release; mkvenvdeb repo check tells what is wrong with a repository',
    });
  });
}

async function problemsOf(given: Given, repository: Repository, place: Place): Promise<readonly string[]> {
  const facts = suiteOf(repository.settings, suiteFor(given.artifact, place.options));
  const name = `${given.package} ${given.version} (${given.architecture}) in suite ${facts.suite}`;
  const {sha256, size} = given.artifact;
  const found = (await packagesOf(repository, facts)).find((one) => isSame(given, one));
  if (found === undefined) return [`${name}: not there`];
  if (found.sha256 !== sha256) return [`${name}: listed as sha256 ${found.sha256}, built as ${sha256}`];
  const lying = await digestFile(join(repository.root, found.filename)).catch(() => undefined);
  if (lying?.sha256 !== sha256 || lying.size !== size)
    return [`${name}: damaged or missing: ${found.filename}`];
  return (await isOffered(given, repository, {facts, place})) ? [] : [`${name}: apt does not offer it`];
}

async function isOffered(
  {artifact, ...given}: Given,
  {root, signer}: Repository,
  {facts, place}: {readonly facts: SuiteFacts; readonly place: Place},
): Promise<boolean> {
  const source = {
    uri: `file:${encodeURI(root)}`,
    suite: facts.suite,
    component: place.options.component ?? facts.components[0] ?? 'main',
    architecture: given.architecture === 'all' ? (facts.architectures[0] ?? 'amd64') : given.architecture,
    publicKeys: await (await signer()).publicKeys(),
  };
  const offers = await askApt(source, [given.package], place.caller);
  if (offers === undefined) {
    place.caller.report({
      type: 'warning',
      code: 'no-apt',
      message: 'There is no apt here to look at the repository as a client',
    });
    return true;
  }
  return offers.some(({version, sha256}) => version === given.version && sha256 === artifact.sha256);
}
