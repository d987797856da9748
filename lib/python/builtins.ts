import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {normalizeName} from '../formats/names.js';
import {run} from '../run.js';
import {script} from './interpreter.js';
import {inside, type Workspace} from './workspace.js';

/** How pip is made to see what the interpreter brings. */
export interface BuiltinStubs {
  /** Names of the stand-ins; they are never installed. */
  readonly files: ReadonlySet<string>;
  readonly args: readonly string[];
  /** Requirements with hashes of all of them, for a file in which everything needs one. */
  readonly lines: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Make stand-ins for the distributions that are built into the interpreter, and hold pip to their versions, in its own
 * resolution and in the isolated builds it starts. A distribution that the user names is left to pip.
 */
export async function stubBuiltins(workspace: Workspace, named: ReadonlySet<string>): Promise<BuiltinStubs> {
  const {interpreter, folders} = workspace;
  const builtin = interpreter.builtinDistributions.filter(({name}) => !named.has(normalizeName(name)));
  if (builtin.length === 0) return {files: new Set(), args: [], lines: [], env: {}};
  const folder = join(folders.tmp, 'builtin');
  const constraints = join(folders.tmp, 'builtin.txt');
  await mkdir(folder, {recursive: true});
  const args = ['-s', script('stub_wheels.py'), folder, JSON.stringify(builtin)];
  const {stdout} = await run(interpreter.executable, args, {
    ...inside(workspace),
    cwd: folders.root,
    label: 'stub_wheels',
  });
  const lines = stdout.split('\n');
  await writeFile(constraints, builtin.map(({name, version}) => `${name}==${version}\n`).join(''));
  // pip splits these variables at blanks: as a URL a path has none. Newer ones read the second for isolated builds.
  const url = pathToFileURL(constraints).href;
  return {
    files: new Set(await readdir(folder)),
    args: ['--find-links', folder, '--constraint', constraints],
    lines,
    env: {PIP_CONSTRAINT: url, PIP_BUILD_CONSTRAINT: url},
  };
}
