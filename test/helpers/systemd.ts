import {chmod, mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {Chroot} from './chroot.js';

const LOG = '/var/log/systemd-calls';
const COMMANDS = ['deb-systemd-invoke', 'systemctl', 'systemd-tmpfiles', 'systemd-sysusers'];

/**
 * Make a chroot look as if systemd ran in it: its folder below /run, and in front of its commands ones that write
 * down how they are called.
 */
export async function pretendSystemd(chroot: Chroot): Promise<void> {
  await mkdir(chroot.path('/run/systemd/system'), {recursive: true});
  for (const command of COMMANDS) {
    const file = chroot.path(`/usr/local/sbin/${command}`);
    await mkdir(dirname(file), {recursive: true});
    await writeFile(file, `#!/bin/sh\necho "${command} $*" >>${LOG}\n`);
    await chmod(file, 0o755);
  }
}

/** Make invoke-rc.d believe that init runs, in the runlevel of every day: without one it starts nothing. */
export async function pretendInit(chroot: Chroot): Promise<void> {
  await mkdir(chroot.path('/usr/local/sbin'), {recursive: true});
  for (const [file, lines] of [
    ['/usr/sbin/policy-rc.d', 'exit 0'],
    ['/usr/local/sbin/runlevel', 'echo N 2'],
  ] as const) {
    await writeFile(chroot.path(file), `#!/bin/sh\n${lines}\n`);
    await chmod(chroot.path(file), 0o755);
  }
}

export async function stopPretending(chroot: Chroot): Promise<void> {
  await rm(chroot.path('/run/systemd'), {recursive: true, force: true});
  for (const command of COMMANDS) await rm(chroot.path(`/usr/local/sbin/${command}`), {force: true});
  await rm(chroot.path(LOG), {force: true});
}

/** The calls since the last time this was asked, without daemon-reload, which nobody counts. */
export async function systemdCalls(chroot: Chroot): Promise<readonly string[]> {
  const text = await readFile(chroot.path(LOG), 'utf8').catch(() => '');
  await writeFile(chroot.path(LOG), '');
  return text.split('\n').filter((line) => line !== '' && !line.endsWith('daemon-reload'));
}
