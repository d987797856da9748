import {createHash} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {AR_MAGIC, arHeader, arPadding} from '../../lib/archive/ar.js';
import {packTar} from '../../lib/archive/tar.js';
import {encodeTarHeader, type TarHeader} from '../../lib/archive/tar-header.js';
import type {Entry} from '../../lib/model.js';
import {collected} from './compress-helper.js';
import {controlText, entry, MTIME, parents} from './helper.js';

/** A tar archive of entries, as the library writes it. */
export const tarOf = (entries: readonly Entry[]): Promise<Buffer> =>
  collected(packTar(entries, {mtime: MTIME}));

/** An ar archive of members. */
export const arOf = (...members: readonly (readonly [name: string, content: Buffer])[]): Buffer =>
  Buffer.concat([
    AR_MAGIC,
    ...members.flatMap(([name, content]) => [
      arHeader({name, mtime: MTIME, size: content.length}),
      content,
      arPadding(content.length),
    ]),
  ]);

export const VERSION = Buffer.from('2.0\n');

/** A control archive with the least, and more entries. */
export const controlTar = (more: readonly Entry[] = [], text = controlText()): Promise<Buffer> =>
  tarOf([entry('control', {text}), ...more]);

export interface DebParts {
  readonly control?: Buffer;
  readonly data?: Buffer;
  /** Name of the last member. */
  readonly dataName?: string;
}

/** A package without compression from its archives. */
export async function debOf({control, data, dataName = 'data.tar'}: DebParts = {}): Promise<Buffer> {
  const members = [control ?? (await controlTar()), data ?? (await tarOf([]))] as const;
  return arOf(['debian-binary', VERSION], ['control.tar', members[0]], [dataName, members[1]]);
}

/** Write some bytes as a package, and give back its path. */
export function debFile(folder: string, content: Buffer, name = 'x.deb'): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** A header, some bytes of its last block changed and the checksum made right again. */
export function rawHeader(
  fields: Partial<TarHeader>,
  patches: Readonly<Record<number, string>> = {},
): Buffer {
  const header = {
    name: './f',
    mode: 0o644,
    owner: 'root',
    group: 'root',
    mtime: MTIME,
    size: 0,
    type: 'file',
    ...fields,
  };
  const blocks = encodeTarHeader(header as TarHeader);
  const block = blocks.subarray(-512);
  for (const [offset, text] of Object.entries(patches)) block.write(text, Number(offset), 'latin1');
  withChecksum(block);
  return blocks;
}

/** Make the checksum of a header right, so that what it says is looked at. */
export function withChecksum(header: Buffer): Buffer {
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** Content, padded to whole blocks. */
export const padded = (content: string): Buffer =>
  Buffer.from(content.padEnd(Math.ceil(content.length / 512) * 512, '\0'), 'latin1');

/** The mark at the end of an archive. */
export const END = Buffer.alloc(1024);
/** The header of the root. */
export const ROOT = encodeTarHeader({
  name: './',
  type: 'directory',
  mode: 0o755,
  owner: 'root',
  group: 'root',
  mtime: MTIME,
  size: 0,
});

/** Entries with all their parents. */
export function complete(entries: readonly Entry[]): readonly Entry[] {
  const given = new Set(entries.map(({path}) => path));
  const folders = entries.flatMap(({path}) => parents(path)).filter(({path}) => !given.has(path));
  const all = new Map([...folders, ...entries].map((one) => [one.path, one]));
  const rank = ({type}: Entry) => ['directory', 'file', 'hardlink', 'symlink'].indexOf(type);
  return [...all.values()].sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
}

export interface DebContent {
  readonly entries?: readonly Entry[];
  readonly members?: readonly Entry[];
  readonly fields?: string;
}

/** A package with documents and digests, so that nothing is found but what a test is about. */
export async function debWith(
  folder: string,
  {entries = [], members = [], fields}: DebContent,
): Promise<string> {
  const documents = ['copyright', 'changelog.gz'].map((name) => entry(`usr/share/doc/example/${name}`));
  const all = complete([...documents, ...entries]);
  const sums = all
    .filter(({type}) => type === 'file')
    .map(
      ({path, data}) =>
        `${createHash('md5')
          .update(data as Buffer)
          .digest('hex')}  ${path}\n`,
    );
  const control = await controlTar(
    [entry('md5sums', {text: sums.join('')}), ...members],
    controlText(fields ?? 'Depends: python3, libc6\n'),
  );
  return debFile(folder, await debOf({control, data: await tarOf(all)}));
}
