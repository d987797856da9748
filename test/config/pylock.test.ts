import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {isPylock} from '../../lib/config/pylock.js';
import {readRequirements} from '../../lib/config/requirements.js';
import {inFolder, rejects} from '../helpers/suite.js';

const pylock = suite('config/pylock');

const SHA = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);

const read = (text: string) =>
  inFolder(async (folder) => {
    const file = join(folder, 'pylock.toml');
    await writeFile(file, text);
    return (await readRequirements({requirements: [file], constraints: []})).map((line) => line.text);
  });

const HEAD = 'lock-version = "1.0"\ncreated-by = "test"\n';

for (const [title, text, wanted] of [
  [
    'a package with a wheel and an sdist becomes a version with both hashes',
    `[[packages]]\nname = "flask"\nversion = "2.3.3"\n[[packages.wheels]]\nname = "f.whl"\nurl = "https://i.example/f.whl"\nhashes = {sha256 = "${OTHER}"}\n[packages.sdist]\nname = "f.tar.gz"\nurl = "https://i.example/f.tar.gz"\nhashes = {sha256 = "${SHA}"}\n`,
    [`flask==2.3.3 --hash=sha256:${SHA} --hash=sha256:${OTHER}`],
  ],
  [
    'a marker stays',
    `[[packages]]\nname = "colorama"\nversion = "0.4"\nmarker = "sys_platform == 'win32'"\n`,
    ["colorama==0.4 ; sys_platform == 'win32'"],
  ],
  [
    'files beside the lock are found',
    `[[packages]]\nname = "x"\nversion = "1"\n[[packages.wheels]]\nname = "x-1-py3-none-any.whl"\npath = "wheels/x-1-py3-none-any.whl"\nhashes = {sha256 = "${SHA}"}\n`,
    ['--find-links ./wheels', `x==1 --hash=sha256:${SHA}`],
  ],
  [
    'a commit is named',
    '[[packages]]\nname = "x"\nvcs = {type = "git", url = "https://g.example/x", commit-id = "abc", subdirectory = "py"}\n',
    ['x @ git+https://g.example/x@abc#subdirectory=py'],
  ],
  [
    'an archive is taken from its address',
    `[[packages]]\nname = "x"\narchive = {url = "https://i.example/x.zip", hashes = {sha256 = "${SHA}"}}\n`,
    [`x @ https://i.example/x.zip --hash=sha256:${SHA}`],
  ],
  ['a folder is a folder', '[[packages]]\nname = "x"\ndirectory = {path = "vendor/x"}\n', ['./vendor/x']],
] as const) {
  pylock(title, async () => assert.equal(await read(HEAD + text), wanted));
}

pylock('an editable folder is refused', async () => {
  const text = `${HEAD}[[packages]]\nname = "x"\ndirectory = {path = "vendor/x", editable = true}\n`;
  await rejects(read(text), 'E_OPTION', /Editable requirement: x/);
});

pylock('a choice of extras is refused with the name of the package', async () => {
  const text = `${HEAD}[[packages]]\nname = "x"\nversion = "1"\nmarker = "'tls' in extras"\n`;
  await rejects(read(text), 'E_OPTION', /choice of extras or groups: x/);
});

for (const text of ['', 'lock-version = "2.0"\npackages = []\n', 'lock-version = "1.0"\n']) {
  pylock(`what is no lock is refused: ${JSON.stringify(text)}`, async () => {
    await rejects(read(text), 'E_OPTION', /Not a lock that can be read/);
  });
}

for (const text of ['name = 1', 'name = "x"\nwheels = [1]', 'name = "x"\ndirectory = {}', 'version = "1"']) {
  pylock(`what PEP 751 does not have is refused: ${JSON.stringify(text)}`, async () => {
    await rejects(
      read(`${HEAD}[[packages]]\n${text}\n`),
      'E_OPTION',
      /Not a lock that can be read: .*: packages\.0\./,
    );
  });
}

pylock('the file name tells a lock', () => {
  assert.equal(['pylock.toml', 'pylock.prod.toml', 'pylock.a.b.toml', 'requirements.txt'].map(isPylock), [
    true,
    true,
    false,
    false,
  ]);
});

pylock.run();
