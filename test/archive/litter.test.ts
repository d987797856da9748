import {spawn} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {makeWorkFolder, removeLitter} from '../../lib/archive/litter.js';
import {writeDeb} from '../../lib/archive/write.js';
import {inFolder, long, rejects} from '../helpers/suite.js';
import {controlText, entry, MTIME} from './helper.js';

const litter = suite('archive/litter');
const self = fileURLToPath(import.meta.url);

/** What the killed process does: it packs two megabytes again and again, until it is stopped. */
async function packForEver(file: string): Promise<never> {
  const entries = [entry('x', {text: 'some text that compresses, '.repeat(80_000)})];
  const control = () => [{name: 'control', data: controlText(), mode: 0o644}];
  for (;;) {
    await writeDeb({file, entries, control, compression: 'xz', level: 3, mtime: MTIME});
    process.stdout.write('.');
  }
}

/** Start it, and kill it some time after it has written its first package. */
async function killedAfter(milliseconds: number, file: string): Promise<void> {
  const child = spawn(process.execPath, [self, '--pack', file], {stdio: ['ignore', 'pipe', 'inherit']});
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await closed;
}

litter('SIGKILL at any moment leaves a whole package, and what else it leaves goes away', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'x.deb');
    let left = 0;
    let first: Buffer | undefined;
    for (let round = 0; round < (long ? 60 : 10); round += 1) {
      await killedAfter(round * 17, file);
      left += readdirSync(folder).length - 1;
      first ??= readFileSync(file);
      assert.ok(readFileSync(file).equals(first), 'the package is whole');
      await removeLitter(folder);
      assert.equal(readdirSync(folder), ['x.deb']);
    }
    assert.ok(left > 0, 'it was never killed while it packed');
  }),
);

litter('what a living process makes stays', () =>
  inFolder(async (folder) => {
    const work = await makeWorkFolder(folder);
    await removeLitter(folder);
    assert.equal(readdirSync(folder), [work.slice(folder.length + 1)]);
  }),
);

const MADE = /^(\.mkvenvdeb)-(?<place>\w+)-(?<boot>\w+)-(?<pid>\d+)-(?<start>\d+)-(?<random>\w+)$/;
type Part = 'place' | 'boot' | 'pid' | 'start';
for (const [title, part, value, stays] of [
  ['a process of the same number that started at another time', 'start', '1', false],
  ['a process that is gone', 'pid', '4999999', false],
  ['the time before the machine started anew', 'boot', '00000000', false],
  ['another machine or container', 'place', '00000000', true],
] as const satisfies readonly (readonly [string, Part, string, boolean])[]) {
  litter(`what comes from ${title} ${stays ? 'stays' : 'goes'}`, () =>
    inFolder(async (folder) => {
      const made = await makeWorkFolder(folder);
      const parts = {...MADE.exec(made.slice(folder.length + 1))?.groups, [part]: value} as Record<
        Part | 'random',
        string
      >;
      const name = `.mkvenvdeb-${parts.place}-${parts.boot}-${parts.pid}-${parts.start}-${parts.random}`;
      renameSync(made, join(folder, name));
      writeFileSync(join(folder, name, 'data'), 'x');
      await removeLitter(folder);
      assert.equal(readdirSync(folder), stays ? [name] : []);
    }),
  );
}

litter('nothing else is touched', () =>
  inFolder(async (folder) => {
    const names = ['.mkvenvdeb-mine', '.mkvenvdeb.yaml', 'mkvenvdeb-0-0-1-1-x', 'x.deb'];
    for (const name of names) mkdirSync(join(folder, name));
    await removeLitter(folder);
    assert.equal(readdirSync(folder).sort(), [...names].sort());
  }),
);

litter('a folder that does not exist holds none, a file is no folder', () =>
  inFolder(async (folder) => {
    await removeLitter(join(folder, 'none'));
    writeFileSync(join(folder, 'file'), '');
    await rejects(
      removeLitter(join(folder, 'file')),
      'E_IO',
      /^Not a folder while removing litter from .*file/,
    );
  }),
);

if (process.argv[2] === '--pack') {
  await packForEver(process.argv[3] as string);
} else {
  litter.run();
}
