import {mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openFolder} from '../../lib/apt/folder-storage.js';
import {type Stage, stageFile} from '../../lib/apt/staging.js';
import type {Storage} from '../../lib/apt/storage.js';
import {inFolder} from '../helpers/suite.js';

const staging = suite('apt/staging');

async function open(root: string): Promise<{storage: Storage; stage: Stage}> {
  const storage = openFolder(root, async () => {});
  return {storage, stage: {root, folder: (await storage.staging?.open()) ?? ''}};
}

const put = (root: string, path: string, text: string): void => {
  mkdirSync(join(root, path, '..'), {recursive: true});
  writeFileSync(join(root, path), text);
};
const text = (root: string, path: string): string => readFileSync(join(root, path), 'utf8');

staging('what is staged has its name once it is adopted, beside what was there', () =>
  inFolder(async (root) => {
    put(root, 'pool/main/a/a/1/a.deb', 'there');
    const {storage, stage} = await open(root);
    const paths = [
      'pool/main/a/a/2/a.deb',
      'pool/main/a/ab/1/ab.deb',
      'pool/main/b/b/1/b.deb',
      'pool/extra/c/c/1/c.deb',
    ];
    for (const path of paths) assert.is(stageFile(stage, path, Buffer.from(path)), true);
    assert.not(paths.some((path) => readdirSync(root, {recursive: true, encoding: 'utf8'}).includes(path)));
    await storage.staging?.adopt(paths);
    await storage.close();
    for (const path of paths) {
      assert.is(text(root, path), path);
      assert.is(statSync(join(root, path)).mode & 0o777, 0o644);
    }
    assert.is(text(root, 'pool/main/a/a/1/a.deb'), 'there');
    assert.equal(readdirSync(join(root, 'pool')).sort(), ['extra', 'main']);
  }),
);

staging('a file that has its name stays, whether it came before or meanwhile', () =>
  inFolder(async (root) => {
    put(root, 'pool/main/a/a/1/a.deb', 'before');
    const {storage, stage} = await open(root);
    assert.is(stageFile(stage, 'pool/main/a/a/1/a.deb', Buffer.from('other')), false);
    assert.is(stageFile(stage, 'pool/main/b/b/1/b.deb', Buffer.from('other')), true);
    put(root, 'pool/main/b/b/1/b.deb', 'meanwhile');
    await storage.staging?.adopt(['pool/main/b/b/1/b.deb']);
    await storage.close();
    assert.is(text(root, 'pool/main/a/a/1/a.deb'), 'before');
    assert.is(text(root, 'pool/main/b/b/1/b.deb'), 'meanwhile');
  }),
);

staging('the same file may be staged twice, and what is not adopted goes', () =>
  inFolder(async (root) => {
    const {storage, stage} = await open(root);
    for (let times = 0; times < 2; times += 1)
      assert.is(stageFile(stage, 'pool/main/a/a/1/a.deb', Buffer.from('a')), true);
    await storage.close();
    assert.equal(readdirSync(join(root, 'pool')), []);
  }),
);

staging.run();
