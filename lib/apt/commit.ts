import {createHash} from 'node:crypto';
import {MkvenvdebError} from '../errors.js';
import {clearText} from './openpgp-armor.js';
import {type ListedFile, parseRelease, type ReleaseFile} from './release-file.js';
import type {Signer} from './sign.js';
import type {Snapshot, Storage} from './storage.js';

/** A file below `dists/SUITE` that is to be published. */
export interface NewFile {
  readonly listed: ListedFile;
  readonly pieces: readonly Uint8Array[];
}

export const newFile = (path: string, pieces: readonly Uint8Array[]): NewFile => ({
  listed: {path, size: pieces.reduce((sum, {length}) => sum + length, 0), sha256: sha256(pieces)},
  pieces,
});

export function sha256(pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

/** Where the copy lies that is named by its digest. */
export const byHash = (folder: string, {path, sha256: digest}: ListedFile): string =>
  `${folder}/${path.slice(0, path.lastIndexOf('/'))}/by-hash/SHA256/${digest}`;

/** Somebody else published a suite after we had read it: what is to be done has to be done again, with that. */
export class LostRace extends MkvenvdebError {
  constructor(suite: string) {
    super('E_PUBLISH', `Another writer was quicker: ${suite}`, {hint: 'Run it again'});
  }
}

/** A publication whose files lie there by their digests. */
export interface Commit {
  readonly release: ReleaseFile;
  /** Of Release, which InRelease has with its signature around it. */
  readonly text: string;
  readonly inRelease: Uint8Array;
  /** Release.gpg. */
  readonly detached: Uint8Array;
  readonly files: readonly NewFile[];
  readonly kept: readonly ListedFile[];
  /** What was published when it began. */
  readonly before:
    | {readonly release: ReleaseFile; readonly mtime: number; readonly version?: string | undefined}
    | undefined;
  readonly mtime: number;
}

/**
 * Let a publication take effect: in one step, if still that is published which was when it began. Who reads by digest,
 * as apt does, sees it whole; files with a name are for others. Where writers take turns, those are written before;
 * where they do not, after it, until they are those of what is published.
 *
 * @throws LostRace when somebody else was quicker; E_IO
 */
export async function commitSuite(storage: Storage, signer: Signer, commit: Commit): Promise<void> {
  if (storage.takesTurns) {
    await writeNames(storage, commit);
    await swapInRelease(storage, commit);
  } else {
    await swapInRelease(storage, commit);
    await settleNames(storage, signer, commit);
  }
}

async function swapInRelease(storage: Storage, {release, inRelease, before, mtime}: Commit): Promise<void> {
  const {suite} = release.facts;
  const path = `dists/${suite}/InRelease`;
  if (before && before.version === undefined) return storage.replace(path, inRelease, mtime);
  try {
    if (await storage.swap(path, inRelease, {before: before?.version, mtime})) return;
  } catch (error) {
    // Perhaps only the answer was lost.
    const found = await storage.snapshot(path);
    if (found?.bytes.equals(inRelease)) return;
    if (found?.version === before?.version) throw error;
  }
  throw new LostRace(suite);
}

async function writeNames(storage: Storage, commit: Commit): Promise<void> {
  const {release, text, detached, files, kept, before, mtime} = commit;
  const folder = `dists/${release.facts.suite}`;
  for (const {listed, pieces} of files) await storage.replace(`${folder}/${listed.path}`, pieces, mtime);
  // Those that stay may be of a publication that was broken off before it took effect.
  for (const listed of kept) {
    const found = await storage.stat(`${folder}/${listed.path}`);
    if (before && found?.size === listed.size && found.mtime <= before.mtime) continue;
    await restoreName(storage, folder, listed, before?.mtime);
  }
  await storage.replace(`${folder}/Release`, Buffer.from(text), mtime);
  await storage.replace(`${folder}/Release.gpg`, detached, mtime);
}

async function restoreName(
  storage: Storage,
  folder: string,
  listed: ListedFile,
  mtime: number | undefined,
): Promise<void> {
  const bytes = await storage.read(byHash(folder, listed));
  if (bytes !== undefined && sha256([bytes]) === listed.sha256)
    await storage.replace(`${folder}/${listed.path}`, bytes, mtime);
}

/** More often nobody is overtaken; what is left behind, the next publication puts right. */
const ROUNDS = 20;

/** Whoever writes names last has seen then what is published: so they end as those of that. */
async function settleNames(storage: Storage, signer: Signer, commit: Commit): Promise<void> {
  const {suite} = commit.release.facts;
  const folder = `dists/${suite}`;
  const read = () => storage.snapshot(`${folder}/InRelease`);
  await writeNames(storage, commit);
  let seen: Snapshot | undefined;
  for (let round = 0; round < ROUNDS; round += 1) {
    const found = await read();
    if (found === undefined || found.version === seen?.version || found.bytes.equals(commit.inRelease))
      return;
    const text = clearText(found.bytes.toString(), `${folder}/InRelease`);
    const release = parseRelease(text, folder);
    for (const listed of release.files) await restoreName(storage, folder, listed, found.mtime);
    await storage.replace(`${folder}/Release`, Buffer.from(text), found.mtime);
    await storage.replace(`${folder}/Release.gpg`, await signer.detach(text), found.mtime);
    seen = found;
  }
}
