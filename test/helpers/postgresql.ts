import {mkdir, writeFile} from 'node:fs/promises';
import * as assert from 'uvu/assert';
import {type Chroot, openUnpacked} from './chroot.js';
import {freePort} from './free-port.js';

const PROGRAMS = '/usr/lib/postgresql/15/bin';
const DATA = '/var/lib/postgresql/data';
const ACCOUNT = {user: 'postgres'};

export interface Postgresql {
  /** Its database, which is empty at first. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Start Debian's PostgreSQL, unpacked into a folder of its own. It listens on this machine only and asks nobody for a
 * password.
 *
 * @throws NoChroot where the machine cannot have one
 */
export async function openPostgresql(): Promise<Postgresql> {
  const port = await freePort();
  const chroot = await openUnpacked(['coreutils', 'dash', 'postgresql-15'], 'bookworm');
  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  await makeCluster(chroot);
  const running = await new Promise<{readonly end: Promise<void>}>((resolve, reject) => {
    const end = chroot.whileRunning(serverOn(port), ACCOUNT, async () => {
      await answer(chroot, port);
      resolve({end});
      await stopped;
    });
    end.catch(reject);
  });
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    async close() {
      stop();
      await running.end;
      await chroot.close();
    },
  };
}

/** It says what it does on standard error. */
function serverOn(port: number): readonly string[] {
  const options = ['-D', DATA, '-p', String(port), '-c', 'fsync=off', '-c', 'unix_socket_directories='];
  const server = [`${PROGRAMS}/postgres`, ...options, '-c', 'listen_addresses=127.0.0.1'];
  return ['sh', '-c', 'exec "$@" 2>&1', 'sh', ...server];
}

async function makeCluster(chroot: Chroot): Promise<void> {
  const files = {passwd: 'postgres:x:999:999::/:/bin/sh\n', group: 'postgres:x:999:\n'};
  for (const [name, text] of Object.entries(files)) await writeFile(chroot.path(`/etc/${name}`), text);
  for (const folder of ['/proc', '/tmp', DATA]) await mkdir(chroot.path(folder), {recursive: true});
  await chroot.ok(['chown', '999:999', DATA]);
  const options = ['--auth=trust', '--no-sync', '--encoding=UTF8', '--no-locale'];
  await chroot.ok([`${PROGRAMS}/initdb`, ...options, DATA], ACCOUNT);
}

async function answer(chroot: Chroot, port: number): Promise<void> {
  const ask = [`${PROGRAMS}/pg_isready`, '--timeout=1', '-h', '127.0.0.1', '-p', String(port)];
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await chroot.run(ask, ACCOUNT)).exitCode === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.unreachable('PostgreSQL does not answer');
}
