import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {relocateActivation} from '../../lib/relocate/activate.js';
import {relocateScript} from '../../lib/relocate/shebangs.js';
import {root} from '../helpers/suite.js';
import {EXPECTATIONS} from './dh-virtualenv-expectations.js';

/** What dh-virtualenv's own tests expect, one by one; the table says where the others are tested. */
const expectations = suite('integration/dh-virtualenv-expectations');

expectations('each of the 37 is there, once, and its test as well', () => {
  const numbers = EXPECTATIONS.flatMap((one) => one.numbers).filter((one) => typeof one === 'number');
  assert.equal(
    numbers,
    Array.from({length: 37}, (_, index) => index + 1),
  );
  for (const {
    numbers: [number],
    tests,
  } of EXPECTATIONS) {
    assert.ok(tests.length > 0, String(number));
    for (const [file, text] of tests) {
      assert.ok(existsSync(join(root, file)), `${number}: ${file}`);
      assert.ok(
        readFileSync(join(root, file), 'utf8').includes(text),
        `${number}: ${text} is not in ${file}`,
      );
    }
  }
});

expectations('the documentation names every difference', () => {
  const page = readFileSync(join(root, 'docs', 'from-dh-virtualenv.md'), 'utf8');
  const section = page.slice(page.indexOf('## Its own tests'));
  const rows = [...section.matchAll(/^\| (\d+): (.*?) \| (.*?) \|$/gm)].map(([, number, says, different]) => [
    Number(number),
    says,
    different,
  ]);
  assert.equal(
    rows,
    EXPECTATIONS.filter(({different}) => different).map((one) => [one.numbers[0], one.says, one.different]),
  );
});

const STAGED = '/build/debian/test/opt/venvs/test';

for (const prefix of ['/opt/venvs/test', '/foo/test', '/some-directory:with/special_chars/test']) {
  const change = {spellings: [STAGED], prefix};
  for (const name of ['python', 'pypy', 'ipy', 'jython']) {
    const title = '14: first lines that name the virtualenv become its Python, those of others stay';
    expectations(`${title} (${name}, ${prefix})`, () => {
      const wanted = name === 'python' || name === 'pypy' ? 'python' : name;
      const staged = `${STAGED}/bin/${name}`;
      for (const line of [`#!${staged}`, `#!/usr/bin/env ${staged}`, `#!"${staged}"`]) {
        assert.is(relocateScript(`${line}\nx\n`, 'bin/x', change), `#!${prefix}/bin/${wanted}\nx\n`, line);
      }
      for (const line of [
        `#!/usr/bin/${name}`,
        `#!/usr/bin/env ${name}`,
        `#!${name}`,
        `#!"/usr/bin/${name}"`,
      ]) {
        assert.is(relocateScript(`${line}\nx\n`, 'bin/x', change) ?? `${line}\nx\n`, `${line}\nx\n`);
      }
    });
  }
}

expectations('15: a line for exec stays one', () => {
  const script = (prefix: string) => `#!/bin/sh\n'''exec' ${prefix}/bin/python "$0" "$@"\n' '''\nimport x\n`;
  const prefix = `/${'p'.repeat(127)}/test`;
  assert.is(relocateScript(script(STAGED), 'bin/x', {spellings: [STAGED], prefix}), script(prefix));
});

expectations('36: of activate only the line with the folder changes, and nothing is left behind it', () => {
  const text = (folder: string) =>
    `deactivate () {\n    unset VIRTUAL_ENV\n}\n\nVIRTUAL_ENV=${folder}\nexport VIRTUAL_ENV\n\nPATH="$VIRTUAL_ENV/bin:$PATH"\nexport PATH\n`;
  const paths = {spellings: [STAGED], prefix: '/opt/venvs/test', stagedName: 'test', promptName: 'test'};
  for (const quote of ['"', "'", '']) {
    const given = text(`${quote}${STAGED}${quote}`);
    assert.is(relocateActivation(given, 'activate', paths), text('/opt/venvs/test'));
  }
});

expectations.run();
