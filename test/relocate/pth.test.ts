import {mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {relocate} from '../../lib/relocate/index.js';
import {inFolder, rejects} from '../helpers/suite.js';
import {interpreter, stagedVenv} from './fixtures.js';

const test = suite('editable installs');

/** Files in site-packages, and what the error says. */
const refused: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  [
    'setup.py develop',
    {'easy-install.pth': '/home/jo/foo/src\n', 'foo.egg-link': '/home/jo/foo/src\n../'},
    /^Editable install: foo\nfoo is installed from \/home\/jo\/foo\/src/,
  ],
  [
    'an easy-install.pth alone',
    {'easy-install.pth': 'import sys\n/home/jo/foo\n'},
    /^Editable install: easy-install\.pth\n/,
  ],
  [
    'a path file of setuptools',
    {'__editable__.foo_bar-1.0.pth': '/home/jo/foo/src\n'},
    /^Editable install: foo_bar\n/,
  ],
  [
    'a finder of setuptools',
    {'__editable___foo_1_0_finder.py': `MAPPING: dict[str, str] = {'foo': '/home/jo/it\\'s/foo'}\n`},
    /^Editable install: __editable___foo_1_0_finder\.py\n.*\/home\/jo\/it's\/foo/,
  ],
  [
    'any other backend, which PEP 610 tells',
    {'foo-1.0.dist-info/direct_url.json': '{"dir_info": {"editable": true}, "url": "file:///home/jo/a%20b"}'},
    /^Editable install: foo\nfoo is installed from \/home\/jo\/a b\n/,
  ],
  [
    'two of them, in one error',
    {
      'foo-1.0.dist-info/direct_url.json': '{"dir_info": {"editable": true}, "url": "file:///home/jo/foo"}',
      'bar.egg-link': '/home/jo/bar\n',
    },
    /^Editable install: bar, foo\nbar is .*\nfoo is /,
  ],
];

for (const [title, files, message] of refused) {
  test(`refuses ${title}, before anything is changed`, () =>
    inFolder(async (folder) => {
      const venv = stagedVenv(join(folder, 'stage'));
      await mkdir(join(venv.stagedPrefix, 'bin'), {recursive: true});
      for (const [name, text] of Object.entries(files)) {
        const file = join(venv.stagedPrefix, interpreter.sitePackages, name);
        await mkdir(dirname(file), {recursive: true});
        await writeFile(file, text);
      }
      const error = await rejects(relocate(venv, {promptName: 'app'}), 'E_OPTION', message);
      assert.match(error.hint ?? '', /without -e/);
    }));
}

const accepted: Readonly<Record<string, string>> = {
  'distutils-precedence.pth': "import os; enabled = os.environ.get('/x', 'local') == 'local'\n",
  'extra.pth': '/usr/share/extra\n',
  'easy-install.pth': './foo-1.0-py3.9.egg\n',
  'foo-1.0.dist-info/direct_url.json': '{"dir_info": {"editable": false}, "url": "file:///home/jo/foo"}',
};

test('leaves other path files alone', () =>
  inFolder(async (folder) => {
    const venv = stagedVenv(join(folder, 'stage'));
    for (const [name, text] of Object.entries(accepted)) {
      const file = join(venv.stagedPrefix, interpreter.sitePackages, name);
      await mkdir(dirname(file), {recursive: true});
      await writeFile(file, text);
    }
    const {rewritten} = await relocate(venv, {promptName: 'app'});
    assert.equal(rewritten, [`${interpreter.sitePackages}/foo-1.0.dist-info/direct_url.json`]);
  }));

test.run();
