import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Test} from 'uvu';
import type {DebFile} from '../../lib/index.js';
import {type Chroot, NoChroot, openChroot} from '../helpers/chroot.js';
import {buildWarehouse} from '../helpers/warehouse.js';
import {cannotBuild, type InterpreterCase} from './interpreters.js';
import {lifecycleTests} from './lifecycle.js';
import {type Builds, packageTests} from './package.js';
import type {Server} from './server.js';

/**
 * Build the example for an interpreter and try it: the file first, then its life on a server that has no compiler.
 * What is missing on this machine makes the tests that need it skip themselves.
 */
export function acceptance(it: Test, what: InterpreterCase): void {
  let folder: string;
  let builds: Builds | string = 'nothing was built';
  let server: Server | string = 'nothing was built';
  let chroot: Chroot | undefined;

  it.before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mkvenvdeb-acceptance-'));
    const missing = await cannotBuild(what);
    if (missing !== undefined) {
      builds = server = missing;
      return;
    }
    const {python} = what;
    const first = await buildWarehouse({folder: join(folder, 'a'), python});
    const second = await elsewhere(folder, () =>
      buildWarehouse({folder: join(folder, 'a folder with a longer name, blänks too'), python}),
    );
    const next = await buildWarehouse({
      folder: join(folder, 'b'),
      python,
      version: '26.11.1',
      build: '5e2c9d1',
    });
    builds = {folder, first, second};
    server = await serverFor(what, {first, next});
    if (typeof server !== 'string') chroot = server.chroot;
  });

  it.after(async () => {
    await chroot?.close();
    await rm(folder, {recursive: true, force: true});
  });

  packageTests(it, what, () => builds);
  lifecycleTests(it, what, () => server);
}

/** What a build must not take over from whoever starts it. */
const FOREIGN = {
  TZ: 'Pacific/Kiritimati',
  LC_ALL: 'ja_JP.UTF-8',
  PYTHONHASHSEED: '12345',
  PYTHONDONTWRITEBYTECODE: '1',
  PYPY_GC_NURSERY: '4M',
  PIP_INDEX_URL: 'http://index.invalid/',
  PIP_NO_BINARY: ':all:',
  CFLAGS: '-O0 -g3',
};

/** Run with another home, umask and environment. */
async function elsewhere<T>(home: string, use: () => Promise<T>): Promise<T> {
  const environment = {...process.env};
  const umask = process.umask(0o077);
  Object.assign(process.env, FOREIGN, {HOME: home});
  try {
    return await use();
  } finally {
    process.umask(umask);
    process.env = environment;
  }
}

async function serverFor(
  what: InterpreterCase,
  debs: {first: DebFile; next: DebFile},
): Promise<Server | string> {
  try {
    return {chroot: await openChroot(what.needs), ...debs};
  } catch (error) {
    if (error instanceof NoChroot) return error.message;
    throw error;
  }
}
