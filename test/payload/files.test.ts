import {chmod, mkdir, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {collectFiles, commandLinks, linkEntries} from '../../lib/payload/files.js';
import {inFolder, rejects, throws} from '../helpers/suite.js';

const files = suite('payload/files');

const withTree = (use: (folder: string) => Promise<void>) =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'conf/sub'), {recursive: true});
    await writeFile(join(folder, 'conf/a.yml'), 'a');
    await writeFile(join(folder, 'conf/sub/run'), 'run');
    await chmod(join(folder, 'conf/sub/run'), 0o700);
    await symlink('a.yml', join(folder, 'conf/b.yml'));
    await use(folder);
  });

files('a folder becomes its target, with everything below it', () =>
  withTree(async (folder) => {
    const entries = await collectFiles([{source: join(folder, 'conf'), target: '/etc/app'}], {mtime: 7});
    assert.equal(
      entries.map(({path, type, mode, mtime, target}) => [path, type, mode, mtime, target]),
      [
        ['etc/app', 'directory', 0o755, 7, undefined],
        ['etc/app/a.yml', 'file', 0o644, 7, undefined],
        ['etc/app/b.yml', 'symlink', 0o777, 7, 'a.yml'],
        ['etc/app/sub', 'directory', 0o755, 7, undefined],
        ['etc/app/sub/run', 'file', 0o755, 7, undefined],
      ],
    );
  }),
);

files('a mode is for files only', () =>
  withTree(async (folder) => {
    const entries = await collectFiles([{source: join(folder, 'conf'), target: '/etc/app', mode: 0o640}], {
      mtime: 7,
    });
    assert.equal(
      entries.map(({mode}) => mode),
      [0o755, 0o640, 0o777, 0o755, 0o640],
    );
  }),
);

files('a symlink that is named itself is followed', () =>
  withTree(async (folder) => {
    const [entry] = await collectFiles([{source: join(folder, 'conf/b.yml'), target: '/etc/x'}], {mtime: 7});
    assert.equal([entry?.path, entry?.type, entry?.size], ['etc/x', 'file', 1]);
  }),
);

files('every source that is not there is named', () =>
  withTree(async (folder) => {
    await symlink('nowhere', join(folder, 'dangling'));
    const list = ['none', 'dangling', 'conf'].map((name) => ({
      source: join(folder, name),
      target: `/x/${name}`,
    }));
    const error = await rejects(
      collectFiles(list, {mtime: 7}),
      'E_PAYLOAD',
      /does not exist: .*dangling \(and 1 more/,
    );
    assert.is(error.issues.length, 2);
  }),
);

for (const [path, target, wanted] of [
  ['/usr/bin/x', '/opt/app/bin/x', '/opt/app/bin/x'],
  ['/opt/app/x', '/opt/app/bin/x', 'bin/x'],
  ['/opt/a/x', '/opt/b/y', '../b/y'],
  ['/usr/share/x', '../../opt/y', '/opt/y'],
  ['/usr/share/x', 'y', 'y'],
  ['/usr/share/x', './y/../z', 'z'],
  ['/opt/app/self', '/opt/app', '.'],
] as const) {
  files(`the link ${path} to ${target} is written as ${wanted} (Policy 10.5)`, () => {
    const [entry] = linkEntries({[path]: target}, {mtime: 7});
    assert.equal(entry, {
      ...{path: path.slice(1), type: 'symlink', mode: 0o777, owner: 'root', group: 'root'},
      ...{mtime: 7, size: 0, target: wanted},
    });
  });
}

const options = {
  commands: ['warehouse', 'admin'],
  available: ['warehouse', 'admin', 'flask'],
  prefix: '/opt/w',
  mtime: 7,
};
for (const [title, bin, wanted] of [
  ['true links every command of the project', true, ['usr/bin/warehouse', 'usr/bin/admin']],
  ['false links none', false, []],
  ['a list links those named, also one that a dependency brought', ['flask'], ['usr/bin/flask']],
] as const) {
  files(title, () => {
    const entries = commandLinks({...options, bin});
    assert.equal(
      entries.map(({path}) => path),
      wanted,
    );
    assert.ok(entries.every(({path, target}) => target === path.replace('usr/bin', '/opt/w/bin')));
  });
}

files('a command that is not there is refused with those that are', () => {
  throws(
    () => commandLinks({...options, bin: ['flask', 'nope']}),
    'E_OPTION',
    /virtualenv: nope\n.*admin, warehouse/s,
  );
});

files.run();
