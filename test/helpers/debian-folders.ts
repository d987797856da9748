import {chmod, cp} from 'node:fs/promises';
import {join} from 'node:path';
import {makeProject} from './projects.js';
import {fixture} from './suite.js';
import {type Files, makeWheel, writeTree} from './wheels.js';

/** A folder of fixtures/debian with a small project in it: `tiny`, which needs `fxdep`; wheels lie in `wheels`. */
export async function debianProject(
  name: 'release' | 'application' | 'split',
  folder: string,
): Promise<string> {
  await makeProject(folder, {requires: ['fxdep']});
  for (const wheel of ['fxdep', 'fxhelper']) await makeWheel(join(folder, 'wheels'), {name: wheel});
  await cp(fixture('debian', name), folder, {recursive: true});
  return folder;
}

const CONTROL = `Source: app
Maintainer: Jo Doe <jo@example.org>
Build-Depends: debhelper-compat (= 13)

Package: app
Architecture: any
Description: an application
`;
const CHANGELOG = `app (1.0-1) unstable; urgency=medium

  * First.

 -- Jo Doe <jo@example.org>  Mon, 01 Mar 2021 10:20:30 +0000
`;
export const RULES = '%:\n\tdh $@ --with python-virtualenv\n';

/** The smallest debian/ folder, with other files or in place of its own; those whose text begins with #! may be run. */
export async function writeDebian(folder: string, files: Files = {}): Promise<string> {
  const all: Files = {
    'debian/control': CONTROL,
    'debian/changelog': CHANGELOG,
    'debian/rules': RULES,
    ...files,
  };
  await writeTree(folder, all);
  for (const [path, text] of Object.entries(all)) {
    if (String(text).startsWith('#!')) await chmod(join(folder, path), 0o755);
  }
  return folder;
}
