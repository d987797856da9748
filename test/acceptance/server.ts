import {readdir, readFile, stat, writeFile} from 'node:fs/promises';
import * as assert from 'uvu/assert';
import type {DebFile} from '../../lib/index.js';
import type {Chroot} from '../helpers/chroot.js';

export interface Server {
  readonly chroot: Chroot;
  readonly first: DebFile;
  readonly next: DebFile;
}

/** Adds a test; it skips itself where there is no server. */
export type Scenario = (title: string, body: (server: Server) => Promise<void>) => void;

/** What later tests compare with. */
export interface Life {
  /** Every path that was there before the first install. */
  before: readonly string[];
  /** The configuration file as configuration management wrote it. */
  written?: Awaited<ReturnType<typeof configState>>;
}

export const PREFIX = '/opt/warehouse';
export const CONFIG = `${PREFIX}/etc/config.yml`;
export const COMMAND = `${PREFIX}/bin/warehouse`;
export const PYTHON = `${PREFIX}/bin/python`;
export const WAREHOUSE = {user: 'warehouse'};
/** As Ruby's YAML writer spells it: this file comes from configuration management. */
const CONFIG_TEXT = `---
debug: false
site:
  name: Python Package Index (Preview)
database:
  url: sqlite:////opt/warehouse/var/warehouse.db
security:
  csp:
  - default-src 'self'
`;

/** Where dpkg, the account tools and the loader keep their own state. */
const NOT_OURS = [
  /^\/(proc|sys|dev|run|tmp)\//,
  /^\/var\/(lib\/dpkg|log|cache)\//,
  /^\/etc\/((g?shadow|passwd|group)-|\.pwd\.lock)$/,
];

/** Every path of the chroot that is neither dpkg's nor the account tools' own state, sorted. */
export async function everything(chroot: Chroot): Promise<readonly string[]> {
  const found = (await chroot.ok(['find', '/', '-xdev', '-mindepth', '1'])).split('\n');
  return found.filter((path) => !NOT_OURS.some((pattern) => pattern.test(path))).sort();
}

/** What is there now and was not before, sorted. */
export async function newcomers(chroot: Chroot, before: readonly string[]): Promise<readonly string[]> {
  const known = new Set(before);
  return (await everything(chroot)).filter((path) => !known.has(path));
}

/** What was there is there, and nothing else is; dpkg also removes /opt, which belongs to nobody, with its last folder. */
export async function assertAsBefore(chroot: Chroot, before: readonly string[]): Promise<void> {
  assert.equal(await newcomers(chroot, before), []);
  const now = new Set(await everything(chroot));
  assert.equal(
    before.filter((path) => path !== '/opt' && !now.has(path)),
    [],
  );
}

/** dpkg compares every file with the sum it came with. */
export async function assertVerified(chroot: Chroot): Promise<void> {
  const {exitCode, stdout} = await chroot.dpkg('--verify', 'warehouse');
  assert.is(stdout, '');
  assert.is(exitCode, 0);
}

/** Do what configuration management does: write the file with the owner and the mode that keep the password in it. */
export async function writeConfig(chroot: Chroot) {
  await writeFile(chroot.path(CONFIG), CONFIG_TEXT);
  await chroot.ok(['chown', 'root:warehouse', CONFIG]);
  await chroot.ok(['chmod', '0640', CONFIG]);
  return configState(chroot);
}

export async function configState(chroot: Chroot) {
  const {mode, uid, gid, mtimeMs, ino} = await stat(chroot.path(CONFIG));
  return {mode, uid, gid, mtimeMs, ino, text: await readFile(chroot.path(CONFIG), 'utf8')};
}

/** A bytecode file that no package owns, in a folder that one does. */
export async function litter(chroot: Chroot): Promise<string> {
  const [library = ''] = (await readdir(chroot.path(`${PREFIX}/lib`))).filter((name) => /^py/.test(name));
  return `${PREFIX}/lib/${library}/site-packages/warehouse/__pycache__/old.cpython-27.pyc`;
}

export async function whileServing(chroot: Chroot, use: (url: string) => Promise<void>): Promise<void> {
  const command = [COMMAND, '-c', CONFIG, 'serve', '--host', '127.0.0.1', '--port', '0'];
  await chroot.whileRunning(command, WAREHOUSE, async (line) => {
    const [url] = /http:\S+/.exec(line) ?? [];
    assert.ok(url, `does not say where it serves: ${line}`);
    await use(url);
  });
}
