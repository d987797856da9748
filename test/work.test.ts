import {spawn, spawnSync} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {processTag} from '../lib/processes.js';
import {usableCache, type WorkOptions, withWorkFolder} from '../lib/work.js';
import {inFolder, rejects} from './helpers/suite.js';

const test = suite('work');
const self = fileURLToPath(import.meta.url);

const inside = (parent: string, changes: Partial<WorkOptions> = {}): WorkOptions => ({
  parent,
  candidates: [],
  keep: false,
  ...changes,
});

test('gives an empty folder that everybody may read, and removes it with what was put into it', () =>
  inFolder(async (parent) => {
    const given = await withWorkFolder(inside(parent), async (folder) => {
      assert.is(dirname(folder), parent);
      assert.equal(readdirSync(folder), []);
      assert.is(statSync(folder).mode & 0o7777, 0o755);
      mkdirSync(join(folder, 'a', 'b'), {recursive: true});
      writeFileSync(join(folder, 'a', 'b', 'file'), '');
      return 42;
    });
    assert.is(given, 42);
    assert.equal(readdirSync(parent), []);
  }));

for (const [title, failure] of [
  ['a failure', new Error('it failed')],
  ['an abort', new DOMException('stopped', 'AbortError')],
] as const) {
  test(`removes it after ${title}, which is passed on as it is`, () =>
    inFolder(async (parent) => {
      const use = async (folder: string) => {
        writeFileSync(join(folder, 'file'), '');
        throw failure;
      };
      assert.is(await withWorkFolder(inside(parent), use).catch((error) => error), failure);
      assert.equal(readdirSync(parent), []);
    }));
}

test('two at once have a folder each', () =>
  inFolder(async (parent) => {
    await withWorkFolder(inside(parent), (one) =>
      withWorkFolder(inside(parent), async (two) => {
        assert.is.not(one, two);
        assert.is(readdirSync(parent).length, 2);
      }),
    );
    assert.equal(readdirSync(parent), []);
  }));

for (const [title, fails] of [
  ['', false],
  [' also after a failure', true],
] as const) {
  test(`a folder that is to be kept stays${title}, and no later build takes it for litter`, () =>
    inFolder(async (parent) => {
      let kept = '';
      const use = async (folder: string) => {
        kept = folder;
        if (fails) throw new Error('it failed');
      };
      await withWorkFolder(inside(parent, {keep: true}), use).catch(() => {});
      assert.ok(existsSync(kept));
      await withWorkFolder(inside(parent), async () => {});
      assert.equal(readdirSync(parent), [basename(kept)]);
    }));
}

/** Start a process that holds a work folder; gives the folder and how to kill the process. */
async function holder(parent: string) {
  const child = spawn(process.execPath, [self, '--hold', parent], {stdio: ['ignore', 'pipe', 'inherit']});
  const folder = String(await new Promise((resolve) => child.stdout.once('data', resolve))).trim();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const kill = () => {
    child.kill('SIGKILL');
    return ended;
  };
  return {folder, kill};
}

test('what a killed build left is removed by the next one, what a living one uses is not', () =>
  inFolder(async (parent) => {
    const {folder, kill} = await holder(parent);
    assert.ok(existsSync(join(folder, 'file')));
    await withWorkFolder(inside(parent), async () => {});
    assert.ok(existsSync(join(folder, 'file')), 'it was in use');
    await kill();
    assert.ok(existsSync(folder));
    await withWorkFolder(inside(parent), async () => assert.not.ok(existsSync(folder)));
    assert.equal(readdirSync(parent), []);
  }));

test('what looks like ours but is not, or belongs to another machine, stays', () =>
  inFolder(async (parent) => {
    const [, ...rest] = (await processTag()).split('-');
    const names = ['mkvenvdeb-1-2-x', 'mkvenvdeb-mine', `mkvenvdeb-00000000-${rest.join('-')}-x`];
    for (const name of names) mkdirSync(join(parent, name));
    await withWorkFolder(inside(parent), async () => {});
    assert.equal(readdirSync(parent).sort(), names.sort());
  }));

/** Without the rights of root, for which no folder is read-only. */
const unprivileged = (...args: string[]) => {
  const setpriv = ['--bounding-set=-all', '--inh-caps=-all', process.execPath];
  const [command = '', ...before] = process.getuid?.() === 0 ? ['setpriv', ...setpriv] : [process.execPath];
  return spawnSync(command, [...before, self, ...args], {encoding: 'utf8'});
};

test('folders without write permission are removed too, and do not hide why a build failed', () =>
  inFolder(async (parent) => {
    for (const [how, wanted] of [
      ['succeed', 'done'],
      ['fail', 'it failed'],
    ] as const) {
      const {stdout, stderr} = unprivileged('--readonly', parent, how);
      assert.is(stdout.trim(), wanted, stderr);
      assert.equal(readdirSync(parent), []);
    }
  }));

test('a parent that cannot be written to is named', () =>
  inFolder(async (parent) => {
    chmodSync(parent, 0o555);
    const {stdout, stderr} = unprivileged('--readonly', parent, 'succeed');
    assert.match(stdout, /^Permission denied while making a work folder in/, stderr);
    assert.ok(stdout.includes(parent), stdout);
  }));

/** What exists below the test's folder, candidates, the one that is taken. */
for (const [title, candidates, wanted] of [
  ['the first that exists', ['none', 'a', 'b'], 'a'],
  ['a plain one before one with a blank', ['a b', 'b'], 'b'],
  ['a plain one before one that is not ASCII', ['ä', 'b'], 'b'],
  ['a short one before a long one', ['x'.repeat(99), 'b'], 'b'],
  ['one with a blank before none', ['none', 'file', 'a b'], 'a b'],
] as const) {
  test(`is made in ${title}`, () =>
    inFolder(async (folder) => {
      for (const name of ['a', 'b', 'a b', 'ä', 'x'.repeat(99)]) mkdirSync(join(folder, name));
      writeFileSync(join(folder, 'file'), '');
      const options = {
        parent: undefined,
        candidates: candidates.map((name) => join(folder, name)),
        keep: false,
      };
      const made = await withWorkFolder(options, async (path) => path);
      assert.is(dirname(made), join(folder, wanted));
    }));
}

test('is made in the folder that the user chose, whatever its name', () =>
  inFolder(async (folder) => {
    const parent = join(folder, 'ä b');
    mkdirSync(parent);
    const made = await withWorkFolder(inside(parent, {candidates: [folder]}), async (path) => path);
    assert.is(dirname(made), parent);
  }));

test('without any folder to choose from the candidates are named', async () => {
  const options = {parent: undefined, candidates: ['/no/such', '/nor/this'], keep: false};
  await rejects(
    withWorkFolder(options, async () => {}),
    'E_IO',
    /^No temporary folder: \/no\/such, \/nor\/this\n.*work_dir/s,
  );
});

test('a chosen folder that does not exist is named', async () => {
  const promise = withWorkFolder(inside('/no/such'), async () => {});
  await rejects(promise, 'E_IO', /making a work folder in \/no\/such/);
});

test('keeps a cache that can be written and takes the work folder where none can', () =>
  inFolder(async (parent) => {
    const cache = join(parent, 'new', 'cache');
    assert.is(await usableCache(cache, '/work'), cache);
    assert.ok(existsSync(cache));
    writeFileSync(join(parent, 'file'), '');
    assert.is(await usableCache(join(parent, 'file', 'cache'), '/work'), '/work/cache');
    rmSync(join(cache, 'unpacked'), {recursive: true});
    writeFileSync(join(cache, 'unpacked'), '');
    assert.is(await usableCache(cache, '/work'), '/work/cache');
  }));

async function hold(parent: string): Promise<void> {
  await withWorkFolder(inside(parent), async (folder) => {
    writeFileSync(join(folder, 'file'), '');
    process.stdout.write(`${folder}\n`);
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  });
}

/** Leaves folders behind that the build itself could not have written into any more. */
async function leaveReadOnly(parent: string, how: string): Promise<void> {
  const use = async (folder: string) => {
    mkdirSync(join(folder, 'a', 'b'), {recursive: true});
    writeFileSync(join(folder, 'a', 'b', 'file'), '');
    for (const path of ['a/b', 'a']) chmodSync(join(folder, path), 0o500);
    if (how === 'fail') throw new Error('it failed');
    return 'done';
  };
  const said = await withWorkFolder(inside(parent), use).catch((error) => error.message);
  process.stdout.write(`${said}\n`);
}

const [, , mode, parent = '', how = ''] = process.argv;
if (mode === '--hold') {
  await hold(parent);
} else if (mode === '--readonly') {
  await leaveReadOnly(parent, how);
} else {
  test.run();
}
