import {readFileSync} from 'node:fs';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Config} from '../config/types.js';
import {MkvenvdebError} from '../errors.js';
import {placeIn} from './checkout.js';
import {findVersionHome, type ReleaseNames, type VersionHome, withVersion} from './version-home.js';
import {type GitPlace, git, runGit} from './work-tree.js';

/** Where the configuration says that a version is kept. */
type GivenHome = Config['release']['versionHome'];

/** What a build has to know of a version that was written. */
export interface WrittenVersion {
  /** Variables that its back end reads; empty where a file tells. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where it stands, for people; undefined where only the tag tells it. */
  readonly where: string | undefined;
}

/**
 * Write a version where a project keeps it, in a checkout of its own. The file counts as tracked there from then on,
 * also where the project has git ignore it.
 *
 * @param project folder of the project in the checkout
 * @throws E_OPTION where the version does not stand where it should
 */
export async function writeVersion(
  place: GitPlace,
  project: string,
  {names, given}: {readonly names: ReleaseNames; readonly given: GivenHome},
): Promise<WrittenVersion> {
  const home = given ? givenHome(given) : await foundHome(place, project);
  if (home === undefined) return {environment: {}, where: undefined};
  if (home.kind === 'variable')
    return {environment: {[home.name]: names.version}, where: `variable ${home.name}`};
  const from = home.kind === 'template' ? home.template : home.file;
  const source = await placeIn(place.folder, project, from);
  const target = await placeIn(place.folder, project, home.file);
  const text = await readFile(source, 'utf8').catch((cause) => {
    if (home.kind === 'whole' && cause.code === 'ENOENT') return '';
    throw notThere(from, cause);
  });
  const written = withVersion(home, text, names);
  if (written === undefined) throw notThere(from);
  await writeFile(target, written);
  await runGit({...place, folder: project}, ['add', '--force', '--', `:(literal)${home.file}`]);
  return {environment: {}, where: home.file};
}

const notThere = (file: string, cause?: unknown): MkvenvdebError =>
  new MkvenvdebError('E_OPTION', `Version does not stand where it should: ${file}`, {
    hint: 'Name its place with release.version_home',
    cause,
  });

async function foundHome(place: GitPlace, project: string): Promise<VersionHome | undefined> {
  const listed = await git({...place, folder: project}, 'ls-files', '-z', '--cached');
  const read = (path: string): string | undefined => {
    try {
      return readFileSync(join(project, path), 'utf8');
    } catch {
      return undefined; // a folder, a link to nowhere, or nothing
    }
  };
  return findVersionHome({paths: listed.split('\0').filter((path) => path !== ''), read});
}

/** @throws E_OPTION for a map that says too little or too much */
function givenHome({file, name, template, variable}: NonNullable<GivenHome>): VersionHome {
  if (variable !== undefined && file === undefined && name === undefined && template === undefined)
    return {kind: 'variable', name: variable};
  if (file === undefined || variable !== undefined || (name !== undefined && template !== undefined))
    throw new MkvenvdebError('E_OPTION', 'Option "release.version_home" has the wrong form', {
      hint: 'Use {file}, {file, name}, {file, template} or {variable}',
    });
  if (template !== undefined) return {kind: 'template', template, file};
  if (name === undefined) return {kind: 'whole', file};
  const dot = name.lastIndexOf('.');
  const [table, key] = [name.slice(0, Math.max(dot, 0)), name.slice(dot + 1)];
  if (file.endsWith('.toml')) return {kind: 'toml', file, table, key};
  if (file.endsWith('.cfg')) return {kind: 'ini', file, section: table, key};
  return {kind: 'assignment', file, name};
}
