import {readFileSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import fc from 'fast-check';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {examineDeb} from '../../lib/archive/check.js';
import {sharedLzma} from '../../lib/archive/lzma.js';
import {readDeb} from '../../lib/archive/read.js';
import {examineSmallDeb, readSmallDeb} from '../../lib/archive/small-deb.js';
import {writeSmallDebs} from '../bench/small-debs.js';
import {hold} from '../helpers/fuzz.js';
import {inFolder, long} from '../helpers/suite.js';
import {controlTar, debFile, debOf, tarOf, VERSION} from './deb-helper.js';
import {entry} from './helper.js';
import {arChange, arJoined, arPart, byteChange, compressWith, SUFFIX} from './mutate-bytes.js';
import {tarChange, tarEnd, tarParts} from './mutate-tar.js';
import {mutatedDeb, mutation} from './mutated-deb.js';

/** The quick reader against the thorough one: it may decline, and never says anything else. */
const small = suite('archive/small-deb');
const lzma = await sharedLzma();
const options = {lzma, limits: {}, exceptions: [], scope: 'all' as const};

/** @returns whether it was read at all */
async function agrees(folder: string, bytes: Buffer): Promise<boolean> {
  const quick = examineSmallDeb(bytes, options);
  if (quick === undefined) return false;
  const {contents, issues} = await examineDeb(debFile(folder, bytes));
  assert.ok(contents, 'the thorough reader does not read it');
  assert.equal([...quick.control], [...contents.control]);
  assert.equal(quick.issues, issues);
  assert.equal(
    examineSmallDeb(bytes, {...options, scope: 'errors'})?.issues,
    issues.filter(({severity}) => severity === 'error'),
  );
  return true;
}

small('packages as dpkg-deb makes them are read, and as the other reader reads them', () =>
  inFolder(async (folder) => {
    for (const compression of ['xz', 'gzip'] as const) {
      const debs = join(folder, compression);
      await writeSmallDebs(debs, [0, 5], compression);
      for (const name of await readdir(debs)) {
        const bytes = readFileSync(join(debs, name));
        assert.ok(await agrees(folder, bytes), name);
        const quick = readSmallDeb(bytes, lzma, {})?.contents;
        const {tars, ...rest} = await readDeb(join(debs, name), {digests: false});
        assert.equal({...quick, tars: undefined}, {...rest, tars: undefined});
        assert.equal(quick?.tars.data.entries, tars.data.entries);
        assert.is(quick?.tars.data.length, tars.data.length);
      }
    }
  }),
);

const DATA = tarParts(
  await tarOf([
    entry('opt', {type: 'directory'}),
    entry('opt/file', {text: 'hello '.repeat(200)}),
    entry('opt/empty'),
    entry('opt/peer', {type: 'hardlink', target: 'opt/file'}),
    entry('opt/link', {type: 'symlink', target: '/etc/größe'}),
  ]),
);
const CONTROL = await controlTar([entry('postinst', {text: '#!/bin/sh\nset -e\n', mode: 0o755})]);
const seldom = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> =>
  fc.oneof(
    {weight: 12, arbitrary: fc.constant<readonly T[]>([])},
    fc.array(one, {minLength: 1, maxLength: 1}),
  );
const plainMutation = fc.record({
  data: fc.array(tarChange, {maxLength: 2}),
  end: fc.oneof({weight: 3, arbitrary: fc.constant(Buffer.alloc(1024))}, tarEnd),
  method: fc.constantFrom('none' as const, 'gzip' as const, 'xz' as const),
  packed: seldom(byteChange),
  ar: seldom(arChange),
  whole: seldom(byteChange),
});

small('whatever is changed in a plain package, both say the same of it, or the quick one nothing', () =>
  inFolder(async (folder) => {
    let read = 0;
    let cases = 0;
    await hold(plainMutation, long ? 20_000 : 600, async ({data, end, method, packed, ar, whole}) => {
      const parts = data.reduce((changed, change) => change(changed), DATA);
      const tar = Buffer.concat([...parts.flatMap(({header, content}) => [header, content]), end]);
      const name = `data.tar${SUFFIX[method]}`;
      const content = packed.reduce((bytes, change) => change(bytes), await compressWith(method, tar));
      const members = [
        arPart('debian-binary', VERSION),
        arPart('control.tar', CONTROL),
        arPart(name, content),
      ];
      const bytes = arJoined(ar.reduce((changed, change) => change(changed), members));
      cases += 1;
      read += Number(
        await agrees(
          folder,
          whole.reduce((changed, change) => change(changed), bytes),
        ),
      );
    });
    assert.ok(read > cases / 5 && read < cases, `${read} of ${cases}`);
  }),
);

small('and of packages that were never plain', () =>
  inFolder(async (folder) => {
    await hold(mutation, 200, async (change) => void (await agrees(folder, await mutatedDeb(change))));
  }),
);

small('a limit that is passed is for the other reader to tell', async () => {
  const bytes = await debOf({data: await tarOf([entry('opt/file', {text: 'x'.repeat(5000)})])});
  assert.ok(examineSmallDeb(bytes, options));
  for (const limits of [{unpackedSize: 4000}, {controlSize: 100}, {members: 1}])
    assert.is(examineSmallDeb(bytes, {...options, limits}), undefined, JSON.stringify(limits));
});

small.run();
