import {createHash} from 'node:crypto';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readDistribution} from '../../lib/release/read-distribution.js';
import {type UploadTarget, uploadDistribution} from '../../lib/release/upload.js';
import {rejects} from '../helpers/suite.js';
import {type Fault, type UploadIndex, uploadIndex} from '../helpers/upload-index.js';
import {makeSdist, makeWheel} from '../helpers/wheels.js';

const upload = suite('release/upload');
let folder: string;
let index: UploadIndex;
let wheel: string;
let sdist: string;

/** Fields of every kind: those that may come more than once, and those that span lines. */
const METADATA = `Summary: About it
Home-page: https://own.example.org/
Author: Jo Doe
Author-email: jo@example.org
Maintainer: Ann Doe
Maintainer-email: ann@example.org
License: MIT
Keywords: one,two
Project-URL: Source, https://own.example.org/source
Project-URL: Issues, https://own.example.org/issues
Classifier: Programming Language :: Python :: 3
Classifier: Programming Language :: Python :: 3.11
Requires-Dist: first>=1
Requires-Dist: second; extra == "more"
Requires-Python: >=3.9
Provides-Extra: more
Platform: linux
Description-Content-Type: text/x-rst

Umlauts äöü and
lines.
`;

upload.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'upload-'));
  wheel = await makeWheel(folder, {name: 'own-app', version: '26.11.3', metadata: METADATA});
  sdist = await makeSdist(folder, {name: 'own-app', version: '26.11.3'});
});

upload.before.each(async () => {
  index = await uploadIndex();
});

upload.after.each(() => index.close());
upload.after(() => rm(folder, {recursive: true, force: true}));

const target = (): UploadTarget => ({
  uploadUrl: index.uploadUrl,
  indexUrl: index.indexUrl,
  username: '__token__',
  password: 'secret',
  pauses: [1, 1],
});

const send = async (file: string, more: Partial<UploadTarget> = {}) =>
  uploadDistribution(await readDistribution(file), {...target(), ...more});

upload('sdist and wheel arrive as they are, and are not sent again', async () => {
  for (const file of [sdist, wheel]) {
    assert.is(await send(file), 'sent');
    assert.ok(index.files.get(basename(file))?.equals(await readFile(file)));
    assert.is(await send(file), 'there');
  }
  assert.is(index.forms.length, 2);
});

/** What fails, one after the other, and how often the file was sent until it was there. */
for (const [faults, tries] of [
  [['error before'], 2],
  [['busy', 'busy'], 3],
  [['dropped before'], 2],
  // It was stored: the index says so when it is asked, and nothing is sent again.
  [['error after'], 1],
  [['dropped after'], 1],
  [['busy', 'dropped after'], 2],
] as readonly (readonly [readonly Fault[], number])[])
  upload(`after ${faults.join(' and ')} it is there, sent ${tries} times`, async () => {
    index.faults.push(...faults);
    assert.is(await send(wheel), 'sent');
    assert.ok(index.files.get(basename(wheel))?.equals(await readFile(wheel)));
    assert.is(index.forms.length, tries);
  });

upload('an index that stays busy is told after all tries', async () => {
  index.faults.push('busy', 'busy', 'busy');
  await rejects(send(wheel), 'E_PUBLISH', /does not take own_app-26\.11\.3-py3-none-any\.whl: 503/);
  assert.is(index.files.size, 0);
});

upload('a wrong account is told at once, without its password', async () => {
  const error = await rejects(send(wheel, {password: 'hunter2'}), 'E_PUBLISH', /refuses own_app.*403/);
  assert.match(error.hint ?? '', /__token__/);
  assert.not.match(JSON.stringify(error) + error.message, 'hunter2');
  assert.is(index.forms.length, 1);
});

upload('other bytes under the name are refused with both digests, and nothing is sent', async () => {
  await send(wheel);
  const other = await makeWheel(await mkdtemp(join(folder, 'other-')), {
    name: 'own-app',
    version: '26.11.3',
    metadata: 'Summary: Another\n',
  });
  const error = await rejects(send(other), 'E_PUBLISH', /other bytes under this name/);
  const digest = async (file: string) =>
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  assert.equal(error.issues, [`there: sha256 ${await digest(wheel)}`, `here: sha256 ${await digest(other)}`]);
  assert.is(index.forms.length, 1);
});

upload('what is no distribution, or is not named as it says, is not sent', async () => {
  const {file} = {file: join(folder, 'own_app-1.0.exe')};
  await execa('cp', [wheel, file]);
  await rejects(send(file), 'E_FORMAT', /Neither an sdist nor a wheel/);
  for (const name of ['other-26.11.3-py3-none-any.whl', 'own_app-26.11.4-py3-none-any.whl']) {
    const renamed = join(folder, name);
    await execa('cp', [wheel, renamed]);
    await rejects(send(renamed), 'E_FORMAT', /not named as its metadata says/);
  }
});

upload('the form says what twine says', async () => {
  const ours = await uploadIndex();
  try {
    for (const file of [wheel, sdist]) {
      await execa('twine', ['upload', '--non-interactive', '--disable-progress-bar', file], {
        env: {TWINE_REPOSITORY_URL: index.uploadUrl, TWINE_USERNAME: '__token__', TWINE_PASSWORD: 'secret'},
      });
      await send(file, {uploadUrl: ours.uploadUrl, indexUrl: ours.indexUrl});
      // It tells further digests, and empty texts for what is not known.
      const theirs = (index.forms.at(-1) ?? [])
        .map(modern)
        .filter(([name, value]) => !/^(?:md5|blake2_256)_digest$/.test(name) && value !== '');
      assert.equal(sorted(ours.forms.at(-1) ?? []), sorted(theirs));
    }
  } finally {
    ours.close();
  }
});

/** Debian's twine has a name for extras that indexes do not know, and does not say that an sdist is source. */
function modern([name, value]: readonly [string, string]): readonly [string, string] {
  if (name === 'pyversion' && value === '') return [name, 'source'];
  return [name === 'provides_extras' ? 'provides_extra' : name, value];
}

const sorted = (form: readonly (readonly [string, string])[]) =>
  form.map((pair) => pair.join('=').trim()).sort();

upload.run();
