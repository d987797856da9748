import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {type FileHandle, open} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type ControlMember, type WriteDebOptions, writeDeb} from '../../lib/archive/write.js';
import {MkvenvdebError} from '../../lib/errors.js';
import type {Entry} from '../../lib/model.js';
import type {ReportEvent} from '../../lib/report.js';
import {inFolder, rejects, skip} from '../helpers/suite.js';
import {makeDpkgRoot} from './dpkg-root.js';
import {deep, hard} from './hard-tree.js';
import {controlText, entry, MTIME, someMd5sums} from './helper.js';

const write = suite('archive/write');
const METHODS = ['xz', 'gzip', 'zstd', 'none'] as const;
const SUFFIX = {xz: '.xz', gzip: '.gz', zstd: '.zst', none: ''} as const;

const control: WriteDebOptions['control'] = (digests) => [
  {name: 'control', data: controlText(), mode: 0o644},
  {name: 'md5sums', data: someMd5sums(digests), mode: 0o644},
  {name: 'postinst', data: '#!/bin/sh\nset -e\n', mode: 0o755},
];

function pack(file: string, entries: readonly Entry[], more: Partial<WriteDebOptions> = {}) {
  const level = more.compression === 'none' ? undefined : 1;
  return writeDeb({file, entries, control, compression: 'gzip', level, mtime: MTIME, ...more});
}

for (const compression of METHODS) {
  write(`${compression}: dpkg unpacks long and foreign names, links and modes as they were given`, () =>
    inFolder(async (folder) => {
      const file = join(folder, 'x.deb');
      await pack(file, hard, {compression});
      const root = makeDpkgRoot(folder);
      await root.dpkg('--unpack', file);
      for (const one of hard) {
        const path = join(root.folder, one.path);
        const found = lstatSync(path);
        // dpkg changes a directory after it has set its time, by what it puts into it.
        if (one.type !== 'directory') assert.is(found.mtimeMs, MTIME * 1000, `time of ${one.path}`);
        if (one.type === 'symlink') assert.is(readlinkSync(path), one.target);
        else assert.is(found.mode & 0o7777, one.mode, `mode of ${one.path}`);
        if (one.type === 'file') assert.equal(readFileSync(path), Buffer.from(one.data ?? ''), one.path);
        if (one.type === 'hardlink') assert.is(found.ino, lstatSync(join(root.folder, one.target ?? '')).ino);
      }
      assert.is(await root.dpkg('--verify', 'example'), '');
      writeFileSync(join(root.folder, deep), 'touched');
      assert.match(await root.dpkg('--verify', 'example').catch((error) => error.stdout), /5.*\/file/);
    }),
  );

  write(`${compression}: dpkg-deb, ar, apt and Python read it`, () =>
    inFolder(async (folder) => {
      const file = join(folder, 'x.deb');
      const {size, sha256} = await pack(file, hard, {compression});
      assert.is(size, statSync(file).size);
      assert.is(sha256, createHash('sha256').update(readFileSync(file)).digest('hex'));
      const tool = (name: string, ...args: string[]) =>
        execFileSync(name, args, {encoding: 'utf8', stdio: 'pipe', cwd: folder});
      assert.equal(tool('ar', 't', file).trim().split('\n'), [
        'debian-binary',
        `control.tar${SUFFIX[compression]}`,
        `data.tar${SUFFIX[compression]}`,
      ]);
      assert.match(tool('dpkg-deb', '-I', file), /Package: example/);
      assert.match(tool('dpkg-deb', '-c', file), /^drwxr-xr-x root\/root +0 2023-11-14 \d\d:\d\d \.\/$/m);
      assert.is(tool('dpkg-deb', '-f', file, 'Version').trim(), '1.0-1');
      assert.match(tool('apt-ftparchive', 'packages', folder), /^Filename: .*x\.deb$/m);
      assert.match(tool('apt-ftparchive', 'contents', folder), /^opt\/app\/plain\s+.*example$/m);
      const names = tool(
        '/usr/bin/python3',
        '-c',
        'import apt_inst,sys; apt_inst.DebFile(sys.argv[1]).data.go(lambda m, d: print(m.name))',
        file,
      );
      assert.is(names.trim().split('\n').length, hard.length + 1);
      const stdout = execFileSync('dpkg-deb', ['--fsys-tarfile', file], {maxBuffer: 1e8});
      const formats =
        'import tarfile,sys,io; print(sorted({m.type for m in tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()))}), tarfile.open)';
      assert.match(
        execFileSync('/usr/bin/python3', ['-c', formats], {input: stdout, encoding: 'utf8'}),
        /\[b'0', b'1', b'2', b'5'\]/,
      );
    }),
  );

  write(`${compression}: the same again, with any number of workers`, () =>
    inFolder(async (folder) => {
      const text = 'some text that compresses, '.repeat(40_000);
      const entries = Array.from({length: 20}, (_, index) =>
        entry(`f${index}`, {text: `${index}${text}`, distribution: `d${index >> 3}`}),
      );
      const sums: string[] = [];
      for (const workers of [1, 2, 3]) {
        const {sha256} = await pack(join(folder, `${workers}.deb`), entries, {compression, workers});
        sums.push(sha256);
      }
      assert.is(new Set(sums).size, 1);
    }),
  );
}

write('two packages at the same time, one over an older file', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'x.deb');
    writeFileSync(file, 'old');
    const written = await Promise.all([pack(file, hard), pack(join(folder, 'y.deb'), hard)]);
    assert.equal(written[0], written[1]);
    assert.equal(readdirSync(folder).sort(), ['x.deb', 'y.deb']);
    assert.ok(readFileSync(file).equals(readFileSync(join(folder, 'y.deb'))));
  }),
);

write('checks the finished file before it has its name', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'x.deb');
    let checked = '';
    await pack(file, hard, {
      check: async (temporary) => {
        assert.not(existsSync(file));
        checked = execFileSync('dpkg-deb', ['-f', temporary, 'Package'], {encoding: 'utf8'});
      },
    });
    assert.is(checked, 'example\n');
  }),
);

write('gives the control archive the digests of the files', () =>
  inFolder(async (folder) => {
    const seen: string[] = [];
    const members: ControlMember[] = [{name: 'control', data: Buffer.from(controlText()), mode: 0o644}];
    await pack(join(folder, 'x.deb'), hard, {
      control: (digests) => {
        seen.push(...digests.map(({path}) => path));
        return members;
      },
    });
    assert.equal(
      seen,
      hard.filter(({type}) => type === 'file' || type === 'hardlink').map(({path}) => path),
    );
  }),
);

write('reports progress up to the end', () =>
  inFolder(async (folder) => {
    const events: ReportEvent[] = [];
    await pack(join(folder, 'x.deb'), hard, {report: (event) => events.push(event)});
    const progress = events.filter((event) => event.type === 'progress');
    assert.ok(progress.length > 5);
    const last = progress.at(-1);
    assert.ok(last && last.done === last.total);
  }),
);

write('syncs the package before it has its name, and the folder after', () =>
  inFolder(async (folder) => {
    const handle = await open(folder);
    const prototype = Object.getPrototypeOf(handle);
    await handle.close();
    const {sync} = prototype;
    const synced: string[] = [];
    prototype.sync = function (this: FileHandle) {
      synced.push(readlinkSync(`/proc/self/fd/${this.fd}`).replace(/\.mkvenvdeb-[^/]+/, 'WORK'));
      return sync.call(this);
    };
    try {
      await pack(join(folder, 'x.deb'), hard);
    } finally {
      prototype.sync = sync;
    }
    assert.equal(synced, [`${folder}/WORK/x.deb`, folder]);
  }),
);

/** Packing fails, and the folder is as it was: the old package and nothing else. */
async function leavesNothing(folder: string, packing: (file: string) => Promise<unknown>): Promise<unknown> {
  const file = join(folder, 'x.deb');
  writeFileSync(file, 'old');
  let error: unknown;
  try {
    await packing(file);
  } catch (caught) {
    error = caught;
  }
  assert.ok(error !== undefined, 'it did not fail');
  assert.equal(readdirSync(folder), ['x.deb']);
  assert.is(readFileSync(file, 'utf8'), 'old');
  return error;
}

const isError = (error: unknown, code: string, message: RegExp) => {
  if (!(error instanceof MkvenvdebError)) throw error;
  assert.is(error.code, code);
  assert.match(error.message, message);
};

const large = Array.from({length: 30}, (_, index) => entry(`f${index}`, {text: `${index}`.repeat(500_000)}));

write('leaves nothing when the check refuses', () =>
  inFolder(async (folder) => {
    const refusal = new Error('no');
    const error = await leavesNothing(folder, (file) =>
      pack(file, hard, {check: () => Promise.reject(refusal)}),
    );
    assert.is(error, refusal);
  }),
);

write('leaves nothing when a file is gone', () =>
  inFolder(async (folder) => {
    const entries = [...large, entry('opt/gone', {source: '/nowhere', size: 1})];
    isError(
      await leavesNothing(folder, (file) => pack(file, entries, {compression: 'xz'})),
      'E_IO',
      /\/nowhere$/,
    );
  }),
);

write('leaves nothing when the control archive cannot be made', () =>
  inFolder(async (folder) => {
    const refusal = new Error('no');
    const control = () => {
      throw refusal;
    };
    assert.is(await leavesNothing(folder, (file) => pack(file, hard, {control})), refusal);
  }),
);

for (const compression of METHODS) {
  write(`${compression}: leaves nothing when aborted, at once and later`, () =>
    inFolder(async (folder) => {
      for (const delay of [0, 30, 150]) {
        const reason = new Error('enough');
        const controller = new AbortController();
        if (delay === 0) controller.abort(reason);
        else setTimeout(() => controller.abort(reason), delay);
        // A check that never ends by itself: whatever comes first, packing does not finish.
        const check = () =>
          new Promise<void>((resolve) => controller.signal.addEventListener('abort', () => resolve()));
        const error = await leavesNothing(folder, (file) =>
          pack(file, large, {compression, signal: controller.signal, check}),
        );
        assert.is(error, reason);
      }
    }),
  );
}

for (const [compression, level] of [
  ['xz', 10],
  ['xz', -1],
  ['gzip', 0],
  ['zstd', 23],
  ['none', 1],
  ['gzip', 1.5],
] as const) {
  write(`refuses level ${level} for ${compression}`, () =>
    inFolder(async (folder) => {
      await rejects(
        pack(join(folder, 'x.deb'), hard, {compression, level}),
        'E_OPTION',
        new RegExp(`${level}`),
      );
      assert.equal(readdirSync(folder), []);
    }),
  );
}

write('names the package when the folder does not exist or is a file', () =>
  inFolder(async (folder) => {
    await rejects(
      pack(join(folder, 'no/x.deb'), hard),
      'E_IO',
      /^No such file or folder while writing .*no\/x\.deb/,
    );
    writeFileSync(join(folder, 'file'), '');
    await rejects(
      pack(join(folder, 'file/x.deb'), hard),
      'E_IO',
      /^Not a folder while writing .*file\/x\.deb/,
    );
  }),
);

write('names the package when a folder is in its place', () =>
  inFolder(async (folder) => {
    mkdirSync(join(folder, 'x.deb'));
    await rejects(
      pack(join(folder, 'x.deb'), hard),
      'E_IO',
      /^Is a folder, not a file while writing .*x\.deb/,
    );
    assert.equal(readdirSync(folder), ['x.deb']);
  }),
);

write('names the package when the folder cannot be written', () =>
  inFolder(async (folder) => {
    if (process.getuid?.() !== 0) {
      chmodSync(folder, 0o555);
      await rejects(pack(join(folder, 'x.deb'), hard), 'E_IO', /^Permission denied while writing .*x\.deb/);
      return;
    }
    // Permissions do not stop root; a file system that is read-only does.
    await onTmpfs(folder, 'ro', async (mount) => {
      await rejects(
        pack(join(mount, 'x.deb'), hard),
        'E_IO',
        /^Read-only file system while writing .*x\.deb/,
      );
    });
  }),
);

write('names the package when the disk is full, and leaves nothing', () =>
  inFolder(async (folder) => {
    await onTmpfs(folder, 'size=4m', async (mount) => {
      for (const compression of METHODS) {
        const source = join(folder, 'noise');
        writeFileSync(source, execFileSync('head', ['-c', '6000000', '/dev/urandom'], {maxBuffer: 1e8}));
        const entries = [entry('noise', {source, size: 6_000_000})];
        const error = await leavesNothing(mount, (file) => pack(file, entries, {compression}));
        isError(error, 'E_IO', /^No space left while writing .*x\.deb/);
        // The data archive alone fits, the package beside it does not.
        const half = [entry('noise', {data: readFileSync(source).subarray(0, 3_000_000), size: 3_000_000})];
        isError(
          await leavesNothing(mount, (file) => pack(file, half, {compression})),
          'E_IO',
          /^No space left/,
        );
        rmSync(join(mount, 'x.deb'));
      }
    });
  }),
);

async function onTmpfs(
  folder: string,
  options: string,
  use: (mount: string) => Promise<void>,
): Promise<void> {
  const mount = join(folder, 'mount');
  mkdirSync(mount);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', mount], {stdio: 'pipe'});
  } catch {
    return skip(`a file system of our own (${options})`, 'mounting needs root');
  }
  try {
    await use(mount);
  } finally {
    execFileSync('umount', [mount]);
  }
}

write.run();
