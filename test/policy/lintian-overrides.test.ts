import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {gzipDocument} from '../../lib/formats/gzip.js';
import type {Entry} from '../../lib/model.js';
import {addLintianOverrides} from '../../lib/policy/lintian-overrides.js';
import {inFolder, rejects} from '../helpers/suite.js';

const overrides = suite('policy/lintian-overrides');

const PATH = 'usr/share/lintian/overrides/app';
const common = {mode: 0o644, owner: 'root', group: 'root', mtime: 7};
const file = (path: string, text: string | Uint8Array = ''): Entry => {
  const data = Buffer.from(text as string);
  return {...{path, type: 'file'}, ...common, size: data.length, data};
};
const link = (path: string): Entry => ({
  ...{path, type: 'symlink', target: '/usr/bin/x'},
  ...common,
  size: 0,
});
const changelog = (versions: readonly string[], change = 'Version.') => {
  const one = (version: string) =>
    `app (${version}) unstable; urgency=medium\n\n  * ${change}\n\n -- Jo Doe <jo@example.org>  Thu, 01 Jan 1970 00:00:00 +0000\n`;
  return file('usr/share/doc/app/changelog.Debian.gz', gzipDocument(versions.map(one).join('\n')));
};

async function textOf(entries: readonly Entry[], prefix?: string): Promise<string> {
  const result = await addLintianOverrides(entries, {package: 'app', prefix, mtime: 7});
  const found = result.filter(({path}) => path === PATH);
  assert.ok(found.length <= 1, 'one file of overrides');
  const [{data, size} = file('')] = found;
  assert.is(size, data?.length);
  return Buffer.from(data ?? '').toString();
}

/** Lines that are no comment. */
const linesOf = async (...given: Parameters<typeof textOf>) =>
  (await textOf(...given)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

const OPT = 'dir-or-file-in-opt *opt/app/*';
const PYC = file('opt/app/lib/python3.11/site-packages/app/__pycache__/app.cpython-311.pyc');
const PYTHON = link('opt/app/bin/python');
const script = (interpreter: string, path = 'opt/app/bin/app') =>
  file(path, `#!${interpreter}\nimport app\n`);

const CASES: readonly [title: string, entries: readonly Entry[], prefix: string | undefined, string[]][] = [
  ['nothing for a package without virtualenv and history', [file('opt/app/x')], undefined, []],
  ['a prefix in /opt', [], '/opt/app', [OPT]],
  [
    'the folder of the vendor too',
    [file('opt/acme/app/x')],
    '/opt/acme/app',
    ['dir-or-file-in-opt *opt/acme/*'],
  ],
  ['no prefix elsewhere', [file('usr/share/app/x')], '/usr/share/app', []],
  ['characters of globs left open', [], '/opt/a~b', ['dir-or-file-in-opt *opt/a*b/*']],
  ['bytecode', [PYC], '/opt/app', [OPT, 'package-installs-python-pycache-dir *opt/app/*']],
  ['no bytecode of others', [file('usr/lib/x/__pycache__/x.cpython-311.pyc')], '/opt/app', [OPT]],
  ['no __pycache__ that holds something else', [file('opt/app/x/__pycache__/x.so')], '/opt/app', [OPT]],
  [
    'commands that run with the python of the virtualenv',
    [PYTHON, script('/opt/app/bin/python -I')],
    '/opt/app',
    [OPT, 'unusual-interpreter /opt/app/bin/*'],
  ],
  ['no commands of the shell', [PYTHON, script('/bin/sh')], '/opt/app', [OPT]],
  ['no scripts without interpreter', [PYTHON, file('opt/app/bin/activate', '# x')], '/opt/app', [OPT]],
  [
    'no interpreter that is in the package',
    [file('opt/app/bin/python'), script('/opt/app/bin/python')],
    '/opt/app',
    [OPT],
  ],
  ['a first version', [changelog(['1.0-1'])], undefined, ['initial-upload-closes-no-bugs']],
  ['no second revision', [changelog(['1.0-2'])], undefined, []],
  ['no native version', [changelog(['1.0'])], undefined, []],
  ['no second version', [changelog(['2.0-1', '1.0-1'])], undefined, []],
  ['no first version that closes a bug', [changelog(['1.0-1'], 'Closes: #123456')], undefined, []],
];
for (const [title, entries, prefix, wanted] of CASES) {
  overrides(`overridden: ${title}`, async () => assert.equal(await linesOf(entries, prefix), wanted));
}

overrides('each override has a reason on the line above it', async () => {
  const text = await textOf([PYC, PYTHON, script('/opt/app/bin/python'), changelog(['1.0-1'])], '/opt/app');
  const paragraphs = text.split('\n\n');
  assert.is(paragraphs.length, 4);
  for (const paragraph of paragraphs) assert.match(paragraph, /^# [A-Z].*\.\n[a-z-]+[^\n]*\n?$/);
});

overrides('those of the user follow, whole and apart', async () => {
  const own = '# Mine.\nno-manual-page\n';
  assert.match(
    await textOf([file(PATH, own)], '/opt/app'),
    /^# .*\ndir-or-file-in-opt \S+\n\n# Mine\.\nno-manual-page\n$/,
  );
});

const NAMED: readonly string[] = [
  'dir-or-file-in-opt',
  '  dir-or-file-in-opt [opt/app/*]',
  'app: dir-or-file-in-opt *',
  'app binary: dir-or-file-in-opt',
  'app [amd64 arm64] binary: dir-or-file-in-opt',
  '[!armhf]: dir-or-file-in-opt *',
  'binary: dir-or-file-in-opt',
];
for (const line of NAMED) {
  overrides(`a tag that the user names is left to the user: ${line}`, async () =>
    assert.is(await textOf([file(PATH, `no-manual-page\n${line}`)], '/opt/app'), `no-manual-page\n${line}`),
  );
}

overrides('a tag in a comment or in a context is not named', async () => {
  const own = '# dir-or-file-in-opt\nno-manual-page dir-or-file-in-opt: dir-or-file-in-opt\n';
  assert.equal(await linesOf([file(PATH, own)], '/opt/app'), [OPT, own.split('\n')[1] as string]);
});

overrides('a file of the packed folder is read where it lies', async () =>
  inFolder(async (folder) => {
    const source = join(folder, 'overrides');
    const entry: Entry = {...{path: PATH, type: 'file', source}, ...common, size: 14};
    await rejects(addLintianOverrides([entry], {package: 'app', mtime: 7}), 'E_IO', /overrides/);
    await writeFile(source, 'no-manual-page');
    assert.equal(await linesOf([entry], '/opt/app'), [OPT, 'no-manual-page']);
  }),
);

overrides('what is no file in that place stays', async () =>
  assert.equal(await addLintianOverrides([link(PATH)], {package: 'app', prefix: '/opt/app', mtime: 7}), [
    link(PATH),
  ]),
);

overrides('lines of maintscript are overridden where there are some', async () => {
  const lines = async (maintscript: boolean) => {
    const [made] = await addLintianOverrides([], {package: 'app', mtime: 7, maintscript});
    return Buffer.from(made?.data ?? '').toString();
  };
  assert.is(await lines(false), '');
  assert.match(await lines(true), /^# .*\nmaintainer-script-should-not-use-dpkg-maintscript-helper\n$/);
});

overrides.run();
