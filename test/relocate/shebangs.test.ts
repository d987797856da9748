import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {chmod, mkdir, readFile, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {MkvenvdebError} from '../../lib/errors.js';
import {relocateScript} from '../../lib/relocate/shebangs.js';
import {inFolder, skip} from '../helpers/suite.js';

const test = suite('shebangs');

const STAGED = '/build/opt/app';
const change = (prefix: string) => ({spellings: [STAGED], prefix});
/** A prefix with which `#!PREFIX/bin/python` has that many bytes. */
const prefixFor = (bytes: number) => `/opt/${'x'.repeat(bytes - '#!/opt//bin/python'.length)}`;

const trampoline = (interpreter: string, args = '') =>
  `#!/bin/sh\n'''exec' ${interpreter}${args} "$0" "$@"\n' '''\n`;

/** What the first line becomes for other prefixes than the usual short one. */
const cases: readonly (readonly [string, string, string, string])[] = [
  [
    'a line of 126 bytes is plain',
    prefixFor(126),
    `#!${STAGED}/bin/python3\n`,
    `#!${prefixFor(126)}/bin/python\n`,
  ],
  [
    'a longer one is a trampoline',
    prefixFor(127),
    `#!${STAGED}/bin/python3\n`,
    trampoline(`${prefixFor(127)}/bin/python`),
  ],
  [
    'arguments count',
    prefixFor(123),
    `#!${STAGED}/bin/python3 -sE\n`,
    trampoline(`${prefixFor(123)}/bin/python`, ' -sE'),
  ],
  [
    'a prefix with a space makes a trampoline',
    '/opt/a b',
    `#!${STAGED}/bin/python3\n`,
    trampoline("'/opt/a b/bin/python'"),
  ],
  [
    'a trampoline stays one, with another path',
    "/opt/it's a b",
    trampoline(`${STAGED}/bin/python`, ' -u'),
    trampoline(`'/opt/it'"'"'s a b/bin/python'`, ' -u'),
  ],
  [
    'env -S with several arguments quotes a space',
    '/opt/a b',
    `#!/usr/bin/env -S ${STAGED}/bin/python -u -b\n`,
    '#!/usr/bin/env -S "/opt/a b/bin/python" -u -b\n',
  ],
  [
    'bytes are counted, not characters',
    `/opt/${'ü'.repeat(60)}`,
    `#!${STAGED}/bin/python\n`,
    trampoline(`'/opt/${'ü'.repeat(60)}/bin/python'`),
  ],
];

for (const [title, prefix, given, wanted] of cases) {
  test(title, () => {
    const result = relocateScript(given, 'bin/x', change(prefix)) ?? '';
    assert.is(Buffer.from(result, 'latin1').toString(), wanted);
  });
}

test('a program of another kind cannot have a trampoline', () => {
  for (const prefix of [prefixFor(127), '/opt/a b']) {
    assert.throws(
      () => relocateScript(`#!${STAGED}/bin/ipython3\n`, 'bin/x', change(prefix)),
      (error: unknown) =>
        error instanceof MkvenvdebError && error.code === 'E_RELOCATE' && error.message.endsWith(': bin/x'),
    );
  }
});

test('what is no script is left alone', () => {
  for (const text of ['', '#', '#!', `# !${STAGED}/bin/python\n`, `x\n#!${STAGED}/bin/python\n`]) {
    const result = relocateScript(text, 'bin/x', change('/opt/app'));
    assert.ok(result === undefined || result === text, JSON.stringify(text));
  }
});

/** Prefixes that need trampolines of every kind. */
const runnable: readonly string[] = ['app', 'a b', "it's", 'grün', 'x'.repeat(120), `a b'"c`];

for (const python of ['/usr/bin/python3', '/usr/bin/pypy3']) {
  test(`scripts run with ${python}, also from a prefix that needs a trampoline`, () => {
    if (!existsSync(python)) return skip('running scripts', `${python} is missing`);
    return inFolder(async (folder) => {
      for (const name of runnable) {
        const prefix = join(folder, name);
        await mkdir(join(prefix, 'bin'), {recursive: true});
        await symlink(python, join(prefix, 'bin/python'));
        const script = join(prefix, 'bin/tool');
        const text = `#!${STAGED}/bin/pypy3 -E\nimport sys\nprint(sys.flags.ignore_environment, *sys.argv[1:])\n`;
        const relocated = relocateScript(text, 'bin/tool', change(prefix)) ?? '';
        await writeFile(script, Buffer.from(relocated, 'latin1'));
        await chmod(script, 0o755);
        // PyPy 3.9 reads a path that is not ASCII in a UTF-8 locale only.
        const options = {encoding: 'utf8', env: {...process.env, LC_ALL: 'C.UTF-8'}} as const;
        assert.is(execFileSync(script, ['a b', '$x'], options), '1 a b $x\n', name);
        // A second relocation, from here to a short prefix, gives the plain line back.
        const back = relocateScript(await readFile(script, 'latin1'), 'bin/tool', {
          spellings: [dirname(dirname(script))],
          prefix: '/opt/app',
        });
        assert.is(back, text.replace(`${STAGED}/bin/pypy3`, '/opt/app/bin/python'), name);
      }
    });
  });
}

test.run();
