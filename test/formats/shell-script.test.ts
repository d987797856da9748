import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseShellScript} from '../../lib/formats/shell-script.js';
import {skip} from '../helpers/suite.js';

const script = suite('formats/shell-script');
const DATABASE = '/var/lib/dpkg/info';

script('every maintainer script of this machine that dash takes is understood', async () => {
  const names = readdirSync(DATABASE).filter((name) => /\.(?:pre|post)(?:inst|rm)$/.test(name));
  const texts = names.map((name) => [name, readFileSync(join(DATABASE, name), 'utf8')] as const);
  const shells = texts.filter(([, text]) => /^#!\s*\/bin\/sh/.test(text));
  if (shells.length < 20) return skip('maintainer scripts of the machine', 'it has less than 20');
  const odd = shells.filter(([, text]) => parseShellScript(text) === undefined).map(([name]) => name);
  assert.ok(odd.length <= shells.length / 50, `not understood: ${odd.join(', ')}`);
});

for (const text of [
  'if true; then',
  'case x in a) echo',
  'echo "open',
  "echo 'open",
  'for x in a; do echo',
  'if true; fi; then',
  'x() ',
  'echo $(open',
]) {
  script(`what dash refuses is no script: ${JSON.stringify(text)}`, async () => {
    const {exitCode} = await execa('dash', ['-n', '-c', text], {reject: false});
    assert.is.not(exitCode, 0, 'dash takes it');
    assert.is(parseShellScript(text), undefined);
  });
}

script('a backslash that ends a script within quotes ends the reading as well', () => {
  assert.is(parseShellScript('echo "\\'), undefined);
});

script('a script as deep as memory is no script of a person', () => {
  assert.is(parseShellScript('('.repeat(100_000)), undefined);
  assert.is(parseShellScript('! '.repeat(100_000)), undefined);
  assert.is(parseShellScript('a()'.repeat(100_000)), undefined);
  assert.is(parseShellScript(`${'a && '.repeat(100_000)}a`), undefined);
  assert.is(parseShellScript('"$('.repeat(100_000)), undefined);
});

script.run();
