import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {makeWorkFolder} from '../../lib/archive/litter.js';
import {type Companion, discardDebs, type PendingFile, placeDebs} from '../../lib/archive/place.js';
import {inFolder, rejects} from '../helpers/suite.js';

const place = suite('archive/place');

/** Two packages that have their names not yet, and two files that belong beside them; `c.changes` is there already. */
async function prepare(folder: string): Promise<{debs: PendingFile[]; companions: Companion[]}> {
  const debs: PendingFile[] = [];
  for (const name of ['a.deb', 'b.deb']) {
    const temporaryFile = join(await makeWorkFolder(folder), name);
    writeFileSync(temporaryFile, `new ${name}`);
    debs.push({file: join(folder, name), temporaryFile});
  }
  const companions = ['c.buildinfo', 'c.changes'].map((name) => ({
    file: join(folder, name),
    text: `new ${name}`,
  }));
  return {debs, companions};
}

const OLD = {'b.deb': 'old', 'c.changes': 'old', 'other.deb': 'old'};

function writeOld(folder: string): void {
  for (const [name, text] of Object.entries(OLD)) writeFileSync(join(folder, name), text);
}

/** What lies in the folder, but for our hidden ones. */
const content = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => !name.startsWith('.mkvenvdeb-'))
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );

place('everything takes the place of what was there, and nothing else is left', () =>
  inFolder(async (folder) => {
    writeOld(folder);
    const {debs, companions} = await prepare(folder);
    await placeDebs(debs, companions);
    await discardDebs(debs);
    const names = ['a.deb', 'b.deb', 'c.buildinfo', 'c.changes'];
    assert.equal(content(folder), {
      ...Object.fromEntries(names.map((name) => [name, `new ${name}`])),
      'other.deb': 'old',
    });
    assert.equal(readdirSync(folder).length, 5);
  }),
);

/** What stops it half-way, with what it then says. */
const FAULTS: Readonly<
  Record<string, readonly [(folder: string, debs: readonly PendingFile[]) => void, RegExp]>
> = {
  'the last package is gone': [
    (_folder, debs) => rmSync(debs[1]?.temporaryFile ?? ''),
    /^No such file or folder while writing .*a\.deb, .*b\.deb/,
  ],
  'the first package is gone': [
    (_folder, debs) => rmSync(debs[0]?.temporaryFile ?? ''),
    /^No such file or folder while writing/,
  ],
  'a folder has the name of a file beside them': [
    (folder) => mkdirSync(join(folder, 'c.buildinfo/inside'), {recursive: true}),
    /^Is a folder, not a file while writing .*c\.buildinfo$/m,
  ],
  'a folder has the name of a package': [
    (folder) => mkdirSync(join(folder, 'a.deb/inside'), {recursive: true}),
    /^Is a folder, not a file while writing .*a\.deb/,
  ],
  'a file beside them cannot be written': [
    (_folder, debs) => mkdirSync(join(dirname(debs[0]?.temporaryFile ?? ''), 'c.changes')),
    /^EEXIST while writing .*c\.changes$/m,
  ],
};

for (const [title, [spoil, message]] of Object.entries(FAULTS)) {
  place(`everything stays as it was where ${title}`, () =>
    inFolder(async (folder) => {
      writeOld(folder);
      const {debs, companions} = await prepare(folder);
      spoil(folder, debs);
      const isFolder = (name: string) => existsSync(join(folder, name, 'inside'));
      const folders = ['a.deb', 'c.buildinfo'].filter(isFolder);
      await rejects(placeDebs(debs, companions), 'E_IO', message);
      await discardDebs(debs);
      assert.equal(folders.filter(isFolder), folders, 'a folder was moved away');
      for (const name of folders) rmSync(join(folder, name), {recursive: true});
      assert.equal(content(folder), OLD);
      assert.equal(readdirSync(folder).sort(), Object.keys(OLD));
    }),
  );
}

place('what names the packages goes before the first of them, and comes after the last', () =>
  inFolder(async (folder) => {
    writeOld(folder);
    const {debs, companions} = await prepare(folder);
    const names = ['c.changes', 'a.deb', 'b.deb', 'c.buildinfo', 'c.changes'];
    const seen: (string | null)[] = [];
    const all = new Promise<void>((resolve) => {
      const watcher = watch(folder, (event, name) => {
        if (event === 'rename' && !name?.startsWith('.')) seen.push(name);
        if (seen.length < names.length) return;
        watcher.close();
        resolve();
      });
    });
    await placeDebs(debs, companions);
    await all;
    await discardDebs(debs);
    assert.equal(seen, names);
  }),
);

place.run();
