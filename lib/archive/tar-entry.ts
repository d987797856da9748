import {MkvenvdebError} from '../errors.js';

/** How the header of a member is written. */
export type TarFormat = 'gnu' | 'ustar' | 'v7' | 'pax';

/** A member of the data archive as it was read. */
export interface DebEntry {
  /** Without leading `./` or slash and without trailing slash; empty for the root. */
  readonly path: string;
  /** As it is written: `./opt/app/`. Bytes that are not UTF-8 are U+FFFD here and in `path`. */
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'character-device' | 'block-device' | 'fifo';
  /** Permission bits. */
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Bytes of content. */
  readonly size: number;
  /** Of a symlink: as it is written. Of a hard link: the `path` of what it links to. */
  readonly target?: string;
  readonly format: TarFormat;
}

/** What the header of a member says. */
export interface TarFields {
  readonly name: string;
  /** In the words of tar-stream: `link` is a hard link. */
  readonly type: string | null | undefined;
  readonly linkname: string | null | undefined;
  readonly mode: number;
  readonly uname: string;
  readonly gname: string;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

const TYPES: Readonly<Record<string, DebEntry['type']>> = {
  file: 'file',
  directory: 'directory',
  symlink: 'symlink',
  link: 'hardlink',
  'character-device': 'character-device',
  'block-device': 'block-device',
  fifo: 'fifo',
};

const ASCII = /^[\0-\x7f]*$/;

/**
 * What is told of a member, by its header.
 *
 * @param header its name and link in Latin-1, so that no byte of them is lost
 * @throws E_FORMAT for what dpkg and tar understand differently
 */
export function toEntry(header: TarFields, format: TarFormat): DebEntry {
  const decode = (text: string) =>
    format === 'pax' || ASCII.test(text) ? text : Buffer.from(text, 'latin1').toString();
  const name = decode(header.name);
  const type = TYPES[header.type ?? ''];
  if (type === undefined) throw broken(`a member has an unknown type: ${JSON.stringify(name)}`);
  if (type === 'file' && name.endsWith('/')) {
    throw broken(`a member is a file to dpkg and a folder to tar: ${JSON.stringify(name)}`);
  }
  const path = plainPath(name);
  if (type !== 'directory' && path === '') throw broken(`its root is a ${type}`);
  const entry = {
    path,
    name,
    type,
    mode: header.mode & 0o7777,
    owner: header.uname,
    group: header.gname,
    uid: header.uid,
    gid: header.gid,
    mtime: header.mtime,
    size: header.size,
  };
  if (type !== 'symlink' && type !== 'hardlink') return {...entry, format};
  const target = header.linkname ? decode(header.linkname) : '';
  return {...entry, target: type === 'symlink' ? target : plainPath(target), format};
}

/** `./opt//app/` and `/opt/./app` are both `opt/app`; `..` stays, for a check to find. */
function plainPath(name: string): string {
  // As nearly all are written.
  const plain = name.slice(name.startsWith('./') ? 2 : 0, name.endsWith('/') ? -1 : undefined);
  if (name.length > 2 && !ODD.test(plain)) return plain;
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/** A part that is empty or a dot. */
const ODD = /^\.?(?:\/|$)|\/\.?(?:\/|$)/;

const broken = (why: string): MkvenvdebError =>
  new MkvenvdebError('E_FORMAT', `Not a usable tar archive: ${why}`);
