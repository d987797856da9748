import {cp, mkdir, readFile, stat, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {execa} from 'execa';
import type {Entry} from '../../lib/model.js';
import {programsOf} from '../../lib/policy/architecture.js';
import type {LibraryRelations} from '../../lib/policy/library-dependencies.js';
import {type SharedLibraryOptions, sharedLibraryRelations} from '../../lib/policy/shared-libraries.js';
import {inFolder} from './suite.js';

/** Files of a package: path on the server, and where the content lies. */
export type Tree = Readonly<Record<string, string>>;

/** The same as files of this machine where they lie. */
export const asTree = (files: readonly string[]): Tree =>
  Object.fromEntries(files.map((file) => [file, file]));

export const entriesOf = (tree: Tree): Promise<Entry[]> =>
  Promise.all(
    Object.entries(tree).map(async ([path, source]) => ({
      path: path.slice(1),
      type: 'file' as const,
      mode: 0o755,
      owner: 'root',
      group: 'root',
      mtime: 0,
      size: (await stat(source)).size,
      source,
    })),
  );

/** What we compute for a tree. */
export async function ourRelations(
  tree: Tree,
  options: Partial<SharedLibraryOptions> = {},
): Promise<LibraryRelations> {
  const entries = await entriesOf(tree);
  return sharedLibraryRelations(entries, await programsOf(entries), {
    rules: {exclude: [], recommends: []},
    package: 'mkvenvdeb-test',
    architecture: await nativeArchitecture(),
    report: () => {},
    ...options,
  });
}

export const nativeArchitecture = async (): Promise<string> =>
  (await execa('dpkg', ['--print-architecture'])).stdout;

export interface ShlibdepsOptions {
  readonly fieldOf?: (path: string) => 'Depends' | 'Recommends';
  /** Arguments of its own. */
  readonly further?: readonly string[];
}

/** A package tree in the making, as dpkg-shlibdeps wants to see it. */
export async function withPackageTree<T>(tree: Tree, use: (folder: string) => Promise<T>): Promise<T> {
  return inFolder(async (folder) => {
    await mkdir(join(folder, 'debian/x/DEBIAN'), {recursive: true});
    await writeFile(
      join(folder, 'debian/control'),
      'Source: x\nMaintainer: x <x@x>\n\nPackage: x\nArchitecture: any\n',
    );
    for (const [path, source] of Object.entries(tree)) {
      const target = join(folder, 'debian/x', path);
      await mkdir(dirname(target), {recursive: true});
      await cp(source, target, {dereference: true});
    }
    return use(folder);
  });
}

/** What dpkg-shlibdeps says of files in a package tree. */
export async function shlibdeps(
  folder: string,
  paths: readonly string[],
  {fieldOf = () => 'Depends', further = []}: ShlibdepsOptions = {},
): Promise<LibraryRelations> {
  const args = [...further, ...paths.flatMap((path) => [`-d${fieldOf(path)}`, `-edebian/x${path}`])];
  const {stdout} = await execa('dpkg-shlibdeps', ['-O', '--warnings=0', ...args], {
    cwd: folder,
    env: {LC_ALL: 'C'},
  });
  const field = (name: string) => {
    const value = new RegExp(`^shlibs:${name}=(.*)$`, 'm').exec(stdout)?.[1];
    return value === undefined ? [] : value.split(', ').sort();
  };
  return {depends: field('Depends'), recommends: field('Recommends')};
}

export const theirRelations = (tree: Tree): Promise<LibraryRelations> =>
  withPackageTree(tree, (folder) => shlibdeps(folder, Object.keys(tree)));

/** True for a program or shared library. */
export async function isProgram(file: string): Promise<boolean> {
  if (!(await stat(file)).isFile()) return false;
  const start = await readFile(file);
  return start.length > 64 && start.readUInt32BE(0) === 0x7f454c46 && [2, 3].includes(start.readUInt16LE(16));
}
