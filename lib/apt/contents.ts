import {promisify} from 'node:util';
import {gzip} from 'node:zlib';
import {forAll} from './at-once.js';
import {type NewFile, newFile} from './commit.js';
import {spliceContents} from './contents-lines.js';
import {fileListOf} from './file-lists.js';
import {unlessDamaged} from './generations.js';
import type {IndexedPackage} from './packages-index.js';
import type {ReleaseFile} from './release-file.js';
import type {Repository} from './repository.js';
import {readListed} from './suite.js';

/** Name of the index of files of a component and architecture: `main/Contents-amd64`. */
export const contentsName = (component: string, architecture: string): string =>
  `${component}/Contents-${architecture}`;

/** An index whose packages changed. */
export interface ChangedIndex {
  readonly component: string;
  readonly architecture: string;
  /** What it holds now. */
  readonly packages: readonly IndexedPackage[];
  /** Of those and of those before: what came or went. */
  readonly changed: readonly IndexedPackage[];
}

/** Packages whose lists are held at the same time. */
const BATCH = 500;
const zip = promisify<Uint8Array, {level: number}, Buffer>(gzip);

/**
 * The Contents index that belongs to an index of packages, those for all architectures among them as there: of the
 * one before, with what came and went.
 *
 * @param release lists the one before; where it does not, or that one is damaged, it is made of all packages
 */
export async function changeContents(
  repository: Repository,
  release: ReleaseFile | undefined,
  {component, architecture, packages, changed}: ChangedIndex,
): Promise<readonly NewFile[]> {
  const name = contentsName(component, architecture);
  const old = release && (await unlessDamaged(readListed(repository.storage, release, name)));
  if (old === undefined) return makeContents(repository, {component, architecture, packages});
  const stays = new Set(packages);
  const gone = changed.filter((one) => !stays.has(one));
  const remove = await linesOf(repository, gone);
  // What it held, nobody knows any more.
  if (!remove.isWhole) return makeContents(repository, {component, architecture, packages});
  const names = new Set(gone.map((one) => one.package));
  const versions = names.size === 0 ? [] : packages.filter((one) => names.has(one.package));
  // What another version of the package holds as well, the package still holds.
  for (const [path, kept] of (await linesOf(repository, versions)).lines)
    for (const label of kept) remove.lines.get(path)?.delete(label);
  const rest = joined(spliceContents(old, {add: new Map(), remove: remove.lines}));
  const fresh = changed.filter((one) => stays.has(one));
  return filesOf(name, (await addAll(repository, fresh, {old: rest})).bytes);
}

/** The Contents index of packages, made anew; one that cannot be read holds nothing. */
export async function makeContents(
  repository: Repository,
  {component, architecture, packages}: Omit<ChangedIndex, 'changed'>,
): Promise<readonly NewFile[]> {
  const {bytes} = await addAll(repository, packages, {});
  return filesOf(contentsName(component, architecture), bytes);
}

/**
 * What the Contents index of packages has to be; nothing is written for it.
 *
 * @returns undefined where a package cannot be read
 */
export async function expectedContents(
  repository: Repository,
  packages: readonly IndexedPackage[],
): Promise<Buffer | undefined> {
  const {bytes, isWhole} = await addAll(repository, packages, {keep: false});
  return isWhole ? bytes : undefined;
}

/** Add what packages hold. */
async function addAll(
  repository: Repository,
  packages: readonly IndexedPackage[],
  {old = Buffer.alloc(0), keep = true}: {readonly old?: Buffer; readonly keep?: boolean},
): Promise<{readonly bytes: Buffer; readonly isWhole: boolean}> {
  let [bytes, all] = [old, true];
  for (let next = 0; next < packages.length; next += BATCH) {
    const {lines, isWhole} = await linesOf(repository, packages.slice(next, next + BATCH), keep);
    bytes = joined(spliceContents(bytes, {add: lines, remove: new Map()}));
    all &&= isWhole;
  }
  return {bytes, isWhole: all};
}

const joined = (pieces: readonly Buffer[]): Buffer =>
  pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);

async function filesOf(name: string, bytes: Buffer): Promise<readonly NewFile[]> {
  return [newFile(name, [bytes]), newFile(`${name}.gz`, [await zip(bytes, {level: 6})])];
}

interface Lines {
  readonly lines: Map<string, Set<string>>;
  /** Every package could be read. */
  readonly isWhole: boolean;
}

async function linesOf(
  repository: Repository,
  packages: readonly IndexedPackage[],
  keep = true,
): Promise<Lines> {
  const lines = new Map<string, Set<string>>();
  const lists = await forAll(packages, (one) => fileListOf(repository, one, keep));
  for (const [index, one] of packages.entries()) {
    const label = labelOf(one);
    for (const path of lists[index] ?? []) {
      const names = lines.get(path);
      if (names === undefined) lines.set(path, new Set([label]));
      else names.add(label);
    }
  }
  return {lines, isWhole: !lists.includes(undefined)};
}

/** `python/warehouse`, or the name alone of a package without a section. */
function labelOf({package: name, bytes}: IndexedPackage): string {
  const [, section] = /^Section: ([\x21-\x2b\x2d-\x7e]+)$/m.exec(bytes.toString('latin1')) ?? [];
  return section === undefined ? name : `${section}/${name}`;
}
