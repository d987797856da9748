import {execFileSync} from 'node:child_process';
import {chmod, mkdir, readFile, rename, symlink} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {relocate} from '../../lib/relocate/index.js';
import {moveArchive} from '../../lib/relocate/zipapp.js';
import {inFolder} from '../helpers/suite.js';
import {stagedVenv} from './fixtures.js';

const test = suite('zipapps');

/** Two modules, one of them deflated; the archive counts from the start of the file, or from its own (`cat`). */
const making = `
import io, sys, zipfile
file, interpreter, kind = sys.argv[1:]
archive = io.BytesIO()
start = b'#!' + interpreter.encode() + b'\\n'
if kind == 'zipapp': archive.write(start)
with zipfile.ZipFile(archive, 'w', zipfile.ZIP_DEFLATED) as z:
    z.comment = b'PK'
    z.writestr('answer.py', 'ANSWER = 42\\n')
    z.writestr('__main__.py', 'from answer import ANSWER\\nprint(ANSWER)\\n')
with open(file, 'wb') as f: f.write((b'' if kind == 'zipapp' else start) + archive.getvalue())
`;

for (const kind of ['zipapp', 'cat']) {
  for (const [from, to] of [
    ['a/long/stage', 'app'],
    ['s', 'a/final/place/that/is/longer'],
  ] as const) {
    test(`a ${kind} archive staged in ${from} runs in ${to}`, () =>
      inFolder(async (folder) => {
        const prefix = join(folder, to);
        const venv = stagedVenv(join(folder, from), {stagedPrefix: join(folder, from, 'v'), prefix});
        const script = join(venv.stagedPrefix, 'bin/tool');
        await mkdir(join(venv.stagedPrefix, 'bin'), {recursive: true});
        const interpreter = join(venv.stagedPrefix, 'bin/python3');
        execFileSync('/usr/bin/python3', ['-c', making, script, interpreter, kind]);
        await chmod(script, 0o755);
        const {rewritten} = await relocate(venv, {promptName: 'app'});
        assert.equal(rewritten, ['bin/tool']);
        await mkdir(join(prefix, 'bin'), {recursive: true});
        await rename(script, join(prefix, 'bin/tool'));
        await symlink('/usr/bin/python3', join(prefix, 'bin/python'));
        assert.is(execFileSync(join(prefix, 'bin/tool'), {encoding: 'utf8'}), '42\n');
        if (kind === 'cat') return;
        const list = [
          '-c',
          'import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).testzip())',
          join(prefix, 'bin/tool'),
        ];
        assert.is(execFileSync('/usr/bin/python3', list, {encoding: 'utf8'}), 'None\n');
      }));
  }
}

test('what only looks like an archive is not touched', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'x');
    execFileSync('/usr/bin/python3', ['-c', making, file, '/x', 'zipapp']);
    const whole = await readFile(file);
    const end = whole.lastIndexOf('PK\x05\x06');
    // As if the line had been three bytes longer before, with a member that began within it.
    const moved = whole.subarray(3);
    const firstOffset = whole.readUInt32LE(end + 16) - 3 + 42;
    const cases = {
      'no archive': Buffer.from('print(1)\n'),
      'cut off': whole.subarray(0, -1),
      'an end alone': whole.subarray(end),
      'half an end': whole.subarray(0, end + 6),
      'a member before the start': Buffer.from(moved).fill(0, firstOffset, firstOffset + 4),
      'a damaged directory': Buffer.from(whole).fill(0, end - 60, end - 40),
    };
    for (const [title, bytes] of Object.entries(cases)) {
      const content = Buffer.from(bytes);
      moveArchive(content, -3);
      assert.ok(content.equals(bytes), title);
    }
  }));

test.run();
