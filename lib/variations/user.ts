import {stat} from 'node:fs/promises';
import {dirname} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {Planned} from '../build.js';
import type {Facts, Turn} from './turn.js';

const NOBODY = {uid: 65534, gid: 65534};

/** Somebody else, who has to be able to read everything that takes part. */
export async function otherUser({folder, plans}: Facts): Promise<Turn> {
  if (process.getuid?.() !== 0) return {why: 'only root can run a build as somebody else'};
  const read = plans.flatMap(({config}) => filesOf(config));
  for (const path of [dirname(folder), process.execPath, fileURLToPath(import.meta.url), ...read]) {
    const closed = await closedFolder(path);
    if (closed) return {why: `other users cannot read ${closed}`};
  }
  return {user: NOBODY, value: `uid ${NOBODY.uid}`};
}

/** What a build of this configuration reads. */
function filesOf({
  configFiles,
  requirements,
  constraints,
  scripts,
  files,
  source,
  project,
}: Planned['config']) {
  const sources = files.map((file) => file.source);
  const folder = 'path' in source ? source.path : project;
  return [folder, ...configFiles, ...requirements, ...constraints, ...Object.values(scripts), ...sources];
}

/** The first folder on the way that others may not enter, or the file itself when they may not read it. */
async function closedFolder(path: string): Promise<string | undefined> {
  for (let folder = path; ; folder = dirname(folder)) {
    const found = await stat(folder);
    if ((found.mode & (found.isDirectory() ? 0o001 : 0o004)) === 0) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}
