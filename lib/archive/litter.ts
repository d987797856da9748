import {createHash} from 'node:crypto';
import {mkdtemp, readdir, readFile, readlink, rm} from 'node:fs/promises';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {ioError} from '../errors.js';
import {isRunning, processStart} from '../processes.js';

/** Work folders beside the output: `.mkvenvdeb-PLACE-BOOT-PID-START-RANDOM`. */
const NAME = /^\.mkvenvdeb-(?<place>[0-9a-f]{8})-(?<boot>[0-9a-f]{8})-(?<pid>\d+)-(?<start>\d+)-\w+$/;

/** Who a work folder belongs to. */
interface Owner {
  /** Machine and process number space: in another container, the same number is another process. */
  readonly place: string;
  /** Since the last start of the machine; no process survives that. */
  readonly boot: string;
  readonly pid: number;
  /** When the process began, in clock ticks since the machine did: numbers are used again. */
  readonly start: string;
}

/** Make a hidden folder on the same file system as the file that will come out of it. */
export async function makeWorkFolder(folder: string): Promise<string> {
  const {place, boot, pid, start} = await ownerOfThis();
  return mkdtemp(join(folder, `.mkvenvdeb-${place}-${boot}-${pid}-${start}-`));
}

/**
 * Remove what processes that were killed left in a folder: temporary outputs of `writeDeb`. What belongs to a
 * process that lives, or to another machine or container that shares the folder, stays.
 *
 * @throws E_IO when the folder cannot be read or changed; a folder that does not exist holds no litter
 */
export async function removeLitter(folder: string): Promise<void> {
  try {
    const self = await ownerOfThis();
    for (const name of await readdir(folder)) {
      const {place = '', boot = '', pid = '', start = ''} = NAME.exec(name)?.groups ?? {};
      if (place !== self.place) continue;
      if (boot === self.boot && (await isRunning(Number(pid), start))) continue;
      await rm(join(folder, name), {recursive: true, force: true});
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw ioError(error, `removing litter from ${folder}`);
  }
}

async function ownerOfThis(): Promise<Owner> {
  const space = await readlink('/proc/self/ns/pid').catch(() => '');
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const start = (await processStart(process.pid)) ?? '0';
  return {place: short(`${hostname()} ${space}`), boot: short(boot), pid: process.pid, start};
}

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
