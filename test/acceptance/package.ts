import {lstat, readdir, readFile, readlink} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {execa} from 'execa';
import type {Test} from 'uvu';
import * as assert from 'uvu/assert';
import type {DebFile} from '../../lib/index.js';
import {lintian} from '../helpers/lintian.js';
import {theirRelations} from '../helpers/shlibdeps.js';
import {inFolder, long, skip} from '../helpers/suite.js';
import type {InterpreterCase} from './interpreters.js';

/** Two builds of the same source, far apart. */
export interface Builds {
  readonly folder: string;
  readonly first: DebFile;
  /** From another folder with a longer name, under another umask, home, locale, time zone and hash seed. */
  readonly second: DebFile;
}

/** Tags that the package overrides: the first four come with the tool, with the reasons written beside them. */
const OVERRIDDEN = [
  'dir-or-file-in-opt',
  'initial-upload-closes-no-bugs',
  'package-installs-python-pycache-dir',
  'unusual-interpreter',
  // What the example says of itself: packaging/lintian-overrides.
  'non-standard-dir-perm',
];

/** What `-I --pedantic` adds. */
const REMARKS = [
  // Nobody strips or hardens what setuptools compiled: the files are those that were installed and recorded.
  'I binary-has-unneeded-section',
  'I hardening-no-bindnow',
  // Folders of `directories` wait for the files of others; include/ is the venv's, for headers that pip installs.
  'I package-contains-empty-directory',
  // Sysvinit is not served.
  'I package-supports-alternative-init-but-no-init.d-script',
  // The prefix and the package in it have one name.
  'P repeated-path-segment',
];

/** What a command prints. */
const output = async (command: string, args: readonly string[]) => (await execa(command, args)).stdout;

/** What can be said of the file itself, with dpkg's own tools as the judges. */
export function packageTests(it: Test, what: InterpreterCase, builds: () => Builds | string): void {
  const scenario = (title: string, body: (built: Builds) => Promise<void>) =>
    it(title, async () => {
      const built = builds();
      await (typeof built === 'string' ? skip(title, built) : body(built));
    });
  const fieldOf = async ({first}: Builds, name: string) => output('dpkg-deb', ['--field', first.file, name]);

  scenario('the file is named as dpkg would name it', async ({first}) => {
    const architecture = await output('dpkg', ['--print-architecture']);
    assert.is(basename(first.file), `warehouse_26.11.0-1_${architecture}.deb`);
  });

  scenario('the control fields say what an archive wants to know', async (built) => {
    assert.is(await fieldOf(built, 'Package'), 'warehouse');
    assert.is(await fieldOf(built, 'Version'), '26.11.0-1');
    assert.is(await fieldOf(built, 'Section'), 'python');
    assert.is(await fieldOf(built, 'Priority'), 'optional');
    assert.is(await fieldOf(built, 'Maintainer'), 'Warehouse developers <warehouse@example.org>');
    assert.is(await fieldOf(built, 'Homepage'), 'https://warehouse.example.org/');
    assert.match(await fieldOf(built, 'Description'), /^Small index of Python projects\n /);
    assert.ok(Number(await fieldOf(built, 'Installed-Size')) > 0);
  });

  scenario(
    'Depends names the interpreter within bounds, libraries, and what was declared by hand',
    async (built) => {
      const relations = (await fieldOf(built, 'Depends')).split(', ');
      for (const pattern of [...what.depends, /^libpq5 \(>= \d\S*\)$/, /^adduser$/]) {
        assert.ok(
          relations.some((relation) => pattern.test(relation)),
          `${pattern}: ${relations}`,
        );
      }
    },
  );

  scenario('Depends holds what dpkg-shlibdeps says of the files', async (built) =>
    inFolder(async (folder) => {
      const tree = join(folder, 'unpacked');
      await execa('dpkg-deb', ['--raw-extract', built.first.file, tree]);
      const paths = (await readdir(tree, {recursive: true})).filter((path) => path.endsWith('.so'));
      const modules = Object.fromEntries(paths.map((path) => [`/${path}`, join(tree, path)]));
      const {depends} = await theirRelations(modules);
      const ours = (await fieldOf(built, 'Depends')).split(', ');
      assert.ok(depends.length > 0);
      assert.equal(
        depends.filter((relation) => !ours.includes(relation)),
        [],
      );
    }),
  );

  scenario('neither pip nor setuptools is packed', async ({first}) => {
    assert.not.match(
      await output('dpkg-deb', ['--contents', first.file]),
      /site-packages\/(pip|setuptools|wheel)/,
    );
    assert.ok(first.size < 100_000, `${first.size} bytes`);
  });

  scenario('the folder it was built in occurs nowhere', async ({folder, first}) =>
    inFolder(async (unpacked) => {
      await execa('dpkg-deb', ['--raw-extract', first.file, unpacked]);
      assert.equal(await occurrences(unpacked, folder), []);
    }),
  );

  scenario(
    'built elsewhere, under another umask and in another environment, it has the same bytes',
    async ({first, second}) => {
      assert.is(second.sha256, first.sha256);
      assert.ok((await readFile(first.file)).equals(await readFile(second.file)));
    },
  );

  const overridden = [...OVERRIDDEN, ...what.overridden].sort();

  scenario(
    'lintian finds no error and no warning but those that are overridden on purpose',
    async (built) => {
      const findings = await lintian(built.first.file);
      if (!findings) return skip('lintian', 'it is not installed');
      assert.equal(findings, {found: [], overridden, passes: true});
    },
  );

  if (long)
    scenario('lintian -I --pedantic remarks only what there is a reason for', async ({first}) => {
      const findings = await lintian(first.file, ['-I', '--pedantic']);
      if (!findings) return skip('lintian -I --pedantic', 'it is not installed');
      assert.equal(findings, {found: REMARKS, overridden, passes: true});
    });
}

/** Paths below a folder whose name, link target or content holds the text. */
async function occurrences(folder: string, text: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await readdir(folder, {recursive: true})) {
    const path = join(folder, name);
    const status = await lstat(path);
    const link = status.isSymbolicLink() ? await readlink(path) : '';
    const content = status.isFile() ? await readFile(path) : Buffer.alloc(0);
    if (name.includes(text) || link.includes(text) || content.includes(text)) found.push(name);
  }
  return found;
}
