import {chmod, lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {shellQuote} from '../../lib/formats/quoting.js';
import type {Interpreter, StagedVenv} from '../../lib/model.js';

/** Ways in which the stage may be called, from plain to nasty; each is tried with every fixture. */
export const stageNames: Readonly<Record<string, string>> = {
  plain: 'plain',
  'with a space': 'a folder/work',
  'with a quote and a dollar sign': `it's "the" $HOME`,
  'not ASCII': 'grün/日本',
  'of over 127 characters': `long/${'abcdefghij/'.repeat(13)}work`,
};

export const interpreter: Interpreter = {
  implementation: 'pypy',
  executable: '/usr/bin/pypy3.9',
  pythonVersion: '3.9.16',
  implementationVersion: '7.3.11',
  cacheTag: 'pypy39',
  sitePackages: 'lib/pypy3.9/site-packages',
  target: '/usr/bin/pypy3.9',
  builtinDistributions: [],
};

/** A virtualenv that is to live in /opt/app, below a stage of that name. */
export function stagedVenv(stage: string, changes: Partial<StagedVenv> = {}): StagedVenv {
  const prefix = changes.prefix ?? '/opt/app';
  return {stage, stagedPrefix: join(stage, prefix), prefix, interpreter, distributions: [], ...changes};
}

/** What the placeholders of a fixture's files and links stand for. */
function placeholders(staged: string): readonly (readonly [string, string])[] {
  const name = staged.split('/').at(-1) ?? '';
  const repr = staged.replace(/[\\']/g, '\\$&');
  return [
    ['@STAGED:sh@', shellQuote(staged)],
    ['@STAGED:uv@', staged.replaceAll("'", `'"'"'`)],
    ['@STAGED:posix@', staged.replaceAll("'", "'\\''")],
    ['@STAGED:repr@', `'${repr}'`],
    ['@STAGED:inrepr@', repr],
    ['@STAGED:csv@', staged.replaceAll('"', '""')],
    ['@STAGED@', staged],
    ['@NAME:sh@', shellQuote(name)],
    ['@NAME:inner@', name.replaceAll("'", `'"'"'`)],
    ['@NAME@', name],
    ['@INTERPRETER@', '/usr/bin/pypy3'],
    ['@VERSIONED@', '/usr/bin/pypy3.9'],
  ];
}

/** Copy a fixture's input, placeholders filled in. */
export async function stageFixture(input: string, staged: string): Promise<void> {
  const fill = (text: string) =>
    placeholders(staged).reduce((filled, [mark, value]) => {
      const bytes = Buffer.from(value).toString('latin1');
      return filled.replaceAll(mark, () => bytes);
    }, text);
  for (const path of await filesBelow(input)) {
    const from = join(input, path);
    const to = join(staged, path);
    await mkdir(dirname(to), {recursive: true});
    const found = await lstat(from);
    if (found.isSymbolicLink()) {
      await symlink(Buffer.from(fill(await readlink(from, 'latin1')), 'latin1'), to);
    } else {
      await writeFile(to, Buffer.from(fill(await readFile(from, 'latin1')), 'latin1'));
      await chmod(to, found.mode);
    }
  }
}

/** Every file and symlink below a folder, sorted. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, {recursive: true, withFileTypes: true});
  return found
    .filter((one) => !one.isDirectory())
    .map((one) => join(one.parentPath, one.name).slice(folder.length + 1))
    .sort();
}

/** What is left of the staged path becomes its placeholder again: the rest is the same for every stage. */
const withoutStage = (text: string, staged: string): string =>
  text.replaceAll(Buffer.from(staged).toString('latin1'), '@STAGED@');

/** A tree as one text that can be compared: kind, path and content of each file. */
export async function describeTree(folder: string): Promise<string> {
  const lines: string[] = [];
  for (const path of await filesBelow(folder)) {
    const found = await lstat(join(folder, path));
    if (found.isSymbolicLink()) lines.push(`${path} -> ${await readlink(join(folder, path))}\n`);
    else {
      const kind = (found.mode & 0o111) === 0 ? 'file' : 'program';
      lines.push(`${path} (${kind})\n${await readFile(join(folder, path), 'latin1')}\n`);
    }
  }
  return withoutStage(lines.join(''), folder);
}

/** Make a staged tree the expected one of a fixture: for `UPDATE=1`. */
export async function updateFixture(staged: string, to: string): Promise<void> {
  await rm(to, {recursive: true, force: true});
  for (const path of await filesBelow(staged)) {
    await mkdir(dirname(join(to, path)), {recursive: true});
    const found = await lstat(join(staged, path));
    if (found.isSymbolicLink()) await symlink(await readlink(join(staged, path)), join(to, path));
    else {
      const text = withoutStage(await readFile(join(staged, path), 'latin1'), staged);
      await writeFile(join(to, path), Buffer.from(text, 'latin1'));
      await chmod(join(to, path), (found.mode & 0o111) === 0 ? 0o644 : 0o755);
    }
  }
}
