import {join} from 'node:path';
import {parseStanzas} from '../formats/stanza.js';
import type {Issue} from '../model.js';
import {compareDebianVersions} from '../policy/version.js';
import {forAll} from './at-once.js';
import {aptIssue} from './check-codes.js';
import type {FoundIndex} from './check-indexes.js';
import {unlessDamaged} from './generations.js';
import type {IndexedPackage} from './packages-index.js';
import {readIndexed} from './read-package.js';
import type {Repository} from './repository.js';
import {slotsOf} from './slots.js';

interface Occurrence {
  readonly index: FoundIndex;
  readonly one: IndexedPackage;
}

/** What is wrong with what the indexes name. @param quick only look whether it is there, in its size */
export async function checkPackages(
  repository: Repository,
  indexes: readonly FoundIndex[],
  {quick, signal}: {readonly quick: boolean; readonly signal?: AbortSignal | undefined},
): Promise<readonly Issue[]> {
  const occurrences = new Map<string, Occurrence[]>();
  for (const index of indexes)
    for (const one of index.packages) {
      const others = occurrences.get(one.filename);
      if (others === undefined) occurrences.set(one.filename, [{index, one}]);
      else others.push({index, one});
    }
  const found = await forAll([...occurrences], ([filename, all]) => {
    signal?.throwIfAborted();
    return checkPackage(repository, filename, {all, quick});
  });
  return [...indexes.flatMap(duplicates), ...found.flat()];
}

function duplicates({file, packages}: FoundIndex): readonly Issue[] {
  return slotsOf(packages).flatMap((versions) =>
    versions.flatMap((one, index) => {
      const next = versions[index + 1];
      if (next === undefined || compareDebianVersions(one.version, next.version) !== 0) return [];
      const message = `${one.package} is there as ${one.version} and ${next.version} (${one.architecture})`;
      return [aptIssue('duplicate-version', {file, message})];
    }),
  );
}

async function checkPackage(
  {storage, root}: Repository,
  filename: string,
  {all, quick}: {readonly all: readonly Occurrence[]; readonly quick: boolean},
): Promise<readonly Issue[]> {
  const sizes = new Set(all.map(({one}) => one.size));
  const stored = await storage.stat(filename);
  const by = `named by ${all.map(({index}) => index.file).join(', ')}`;
  if (stored === undefined)
    return [aptIssue('missing-package', {file: filename, message: `It is not there, ${by}`})];
  const damaged = (why: string) => [aptIssue('damaged-package', {file: filename, message: `${why}, ${by}`})];
  const wrong = [...sizes].find((size) => size !== stored.size);
  if (wrong !== undefined) return damaged(`It has ${stored.size} bytes, not ${wrong}`);
  if (quick) return [];
  const {component = ''} = all[0]?.index ?? {};
  const given = await unlessDamaged(readIndexed(join(root, filename), component));
  if (given === undefined) return damaged('It cannot be read as a package');
  if (all.some(({one}) => one.sha256 !== given.sha256)) return damaged(`Its sha256 is ${given.sha256}`);
  return all.flatMap(({index, one}) => {
    const fields = differing(one, given);
    if (fields.length === 0) return [];
    const message = `${one.package} ${one.version}: not as in the package: ${fields.join(', ')}`;
    return [aptIssue('other-fields', {file: index.file, message})];
  });
}

/** Names of the fields that an index and a package have otherwise; where it lies, only the index knows. */
function differing(one: IndexedPackage, given: IndexedPackage): readonly string[] {
  const [listed, own] = [one, given].map(
    ({bytes}) => parseStanzas(Buffer.from(bytes).toString(), one.filename)[0] ?? new Map<string, string>(),
  ) as [ReadonlyMap<string, string>, ReadonlyMap<string, string>];
  const names = new Set([...listed.keys(), ...own.keys()]);
  names.delete('Filename');
  return [...names].filter((name) => listed.get(name) !== own.get(name));
}
