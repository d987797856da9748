import fc from 'fast-check';
import {rawHeader, withChecksum} from './deb-helper.js';

/** A member of a tar archive: its header, and its content with padding. */
export interface TarPart {
  readonly header: Buffer;
  readonly content: Buffer;
}

/** Take a tar archive apart; the mark at its end is left out. */
export function tarParts(tar: Buffer): TarPart[] {
  const parts: TarPart[] = [];
  for (let at = 0; at < tar.length && tar[at] !== 0; ) {
    const header = Buffer.from(tar.subarray(at, at + 512));
    const size = Number.parseInt(header.toString('latin1', 124, 135), 8);
    const end = at + 512 + Math.ceil(size / 512) * 512;
    parts.push({header, content: Buffer.from(tar.subarray(at + 512, end))});
    at = end;
  }
  return parts;
}

/** How a tar archive is changed before it is compressed. */
export type TarChange = (parts: TarPart[]) => TarPart[];

type Field =
  | ('name' | 'mode' | 'uid' | 'gid' | 'size' | 'mtime' | 'flag' | 'link' | 'magic' | 'owner' | 'group')
  | ('major' | 'minor' | 'prefix');
const FIELDS: Readonly<Record<Field, readonly [number, number]>> = {
  ...{name: [0, 100], mode: [100, 108], uid: [108, 116], gid: [116, 124], size: [124, 136]},
  ...{mtime: [136, 148], flag: [156, 157], link: [157, 257], magic: [257, 265], owner: [265, 297]},
  ...{group: [297, 329], major: [329, 337], minor: [337, 345], prefix: [345, 500]},
};

const text = (content: string): Buffer => Buffer.from(content, 'utf8');
const base256 =
  (first: number, ...rest: number[]) =>
  (length: number) =>
    Buffer.from([first, ...Array(Math.max(0, length - 1 - rest.length)).fill(0), ...rest]).subarray(
      0,
      length,
    );

/** Numbers as they are never written. */
const NUMBERS: readonly ((length: number) => Buffer)[] = [
  ...['', '0', '1', '777', '-1', '+1', ' 7', '7 7', '8', '0x1F', '1e3', '\0\0\0', '\t1', '٣'].map(
    (one) => () => text(one),
  ),
  (length) => Buffer.alloc(length, '7'),
  (length) => Buffer.alloc(length, ' '),
  (length) => text('10'.padStart(length - 1, '0')),
  (length) => text('1000'.padStart(length, '0')),
  base256(0x80, 5),
  base256(0x80, 2, 0, 0, 0, 0),
  base256(0xff),
  (length) => Buffer.alloc(length, 0xff),
  (length) => Buffer.from([0x80, ...Array(length - 1).fill(0xff)]),
  (length) => Buffer.from([0x81, ...Array(length - 1).fill(0)]),
];

/** Names that lead out, that mean something else to somebody, that paint the screen. Where they may go, only a chroot is a safe place. */
export const NAMES: readonly string[] = [
  ...[
    '',
    '.',
    './',
    '..',
    '/',
    '//',
    './../x',
    '/etc/passwd',
    '../../etc/x',
    './opt/../../x',
    'opt/./a',
    'opt//a',
  ],
  ...[
    './opt/link/x',
    './opt/file/x',
    './opt/file',
    './opt/',
    './opt',
    './x/',
    'C:\\x',
    './a\nb',
    './\u001b[31mred',
    './\u202eabc',
  ],
  ...[
    './é',
    './\u0000b',
    './a ',
    './ ',
    './.dpkg-new',
    './opt/file.dpkg-new',
    `./${'n'.repeat(90)}`,
    'x'.repeat(100),
  ],
];

const nastyName = fc.oneof(
  fc.constantFrom(...NAMES).map(text),
  fc.uint8Array({maxLength: 100}).map((bytes) => Buffer.from(bytes)),
);
const longText = fc.oneof(
  fc.constantFrom(...NAMES, 'n'.repeat(200), `./${'d/'.repeat(300)}x`, 'n'.repeat(70_000), './opt/n'),
);
const records = fc.oneof(
  fc.constantFrom(
    ...[
      'path=../../x',
      'path=./opt/p',
      'linkpath=/etc',
      'size=99999',
      'size=-1',
      'mtime=1e400',
      'uid=-5',
      'path=',
    ],
    ...[
      'GNU.sparse.major=1',
      'GNU.sparse.name=x',
      'comment=size=5',
      'charset=BINARY',
      `path=${'p'.repeat(5000)}`,
      '=',
      'hdrcharset=\0',
    ],
  ),
);

const paxContent = (record: string): Buffer => {
  const length = (size: number): number => {
    const next = Buffer.byteLength(record) + 2 + String(size).length;
    return next === size ? size : length(next);
  };
  return text(`${length(0)} ${record}\n`);
};

const filled = (content: Buffer): Buffer => Buffer.concat([content, Buffer.alloc(-content.length & 511)]);

/** A member that extends the next one. */
function extension(flag: string, content: Buffer): TarPart {
  const header = rawHeader({name: '././@LongLink'});
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  header.write(flag, 156, 'latin1');
  return {header: withChecksum(header), content: filled(content)};
}

const place = fc.nat(1000);
const at = <T>(list: readonly T[], index: number): number => (list.length === 0 ? 0 : index % list.length);
const inserted = (parts: TarPart[], index: number, part: TarPart): TarPart[] => [
  ...parts.slice(0, at(parts, index)),
  part,
  ...parts.slice(at(parts, index)),
];
const mapped = (parts: TarPart[], index: number, change: (part: TarPart) => TarPart): TarPart[] =>
  parts.map((part, position) => (position === at(parts, index) ? change(part) : part));

const setField =
  (field: Field, value: (length: number) => Buffer, index: number): TarChange =>
  (parts) =>
    mapped(parts, index, ({header, content}) => {
      const [start, end] = FIELDS[field];
      if (header.length < 512) return {header, content};
      const changed = Buffer.from(header);
      changed.fill(0, start, end).set(value(end - start).subarray(0, end - start), start);
      return {header: withChecksum(changed), content};
    });

/** One change of the structure of a tar archive, checksums made right again. */
export const tarChange: fc.Arbitrary<TarChange> = fc.oneof(
  fc.tuple(place, place).map(
    ([from, to]): TarChange =>
      (parts) =>
        parts.length === 0 ? parts : inserted(parts, to, parts[at(parts, from)] as TarPart),
  ),
  place.map(
    (index): TarChange =>
      (parts) =>
        parts.filter((_, position) => position !== at(parts, index)),
  ),
  fc.tuple(place, place).map(
    ([a, b]): TarChange =>
      (parts) => {
        const next = [...parts];
        [next[at(next, a)], next[at(next, b)]] = [next[at(next, b)], next[at(next, a)]] as [TarPart, TarPart];
        return next.filter(Boolean);
      },
  ),
  fc
    .tuple(
      fc.constantFrom('mode', 'uid', 'gid', 'size', 'mtime', 'major', 'minor', 'size'),
      fc.constantFrom(...NUMBERS),
      place,
    )
    .map(([field, value, index]) => setField(field as 'mode', value, index)),
  fc
    .tuple(fc.constantFrom('name', 'link', 'owner', 'group', 'prefix', 'name', 'link'), nastyName, place)
    .map(([field, value, index]) => setField(field as 'name', () => value, index)),
  fc
    .tuple(fc.constantFrom(...'01234567\0LKxgSDMNVAXaZ '), place)
    .map(([flag, index]) => setField('flag', () => Buffer.from(flag, 'latin1'), index)),
  fc
    .tuple(fc.constantFrom('ustar\x0000', 'ustar  \0', '', 'ustar 00', 'USTAR\x0000'), place)
    .map(([magic, index]) => setField('magic', () => Buffer.from(magic, 'latin1'), index)),
  fc.tuple(fc.constantFrom('L', 'K'), longText, fc.boolean(), place).map(
    ([flag, name, nul, index]): TarChange =>
      (parts) =>
        inserted(parts, index, extension(flag, text(nul ? `${name}\0` : name))),
  ),
  fc.tuple(fc.constantFrom('x', 'g'), fc.array(records, {minLength: 1, maxLength: 3}), place).map(
    ([flag, list, index]): TarChange =>
      (parts) =>
        inserted(parts, index, extension(flag, Buffer.concat(list.map(paxContent)))),
  ),
  fc.tuple(fc.nat(3000), place).map(
    ([length, index]): TarChange =>
      (parts) =>
        mapped(parts, index, ({header, content}) => ({
          header,
          content: Buffer.alloc(length, content.length > 0 ? content : 'x'),
        })),
  ),
  fc.tuple(fc.constantFrom(512, 1024, 100), place).map(
    ([zeros, index]): TarChange =>
      (parts) =>
        inserted(parts, index, {header: Buffer.alloc(0), content: Buffer.alloc(zeros)}),
  ),
  fc.tuple(place, fc.nat(511), fc.nat(255), fc.boolean()).map(
    ([index, offset, byte, mend]): TarChange =>
      (parts) =>
        mapped(parts, index, ({header, content}) => {
          if (header.length < 512) return {header, content};
          const changed = Buffer.from(header);
          changed[offset] = byte;
          return {header: mend ? withChecksum(changed) : changed, content};
        }),
  ),
);

/** How an archive ends. */
export const tarEnd = fc.oneof(
  {weight: 8, arbitrary: fc.constant(Buffer.alloc(1024))},
  fc.constantFrom(
    Buffer.alloc(0),
    Buffer.alloc(512),
    Buffer.alloc(10_240),
    Buffer.alloc(1000),
    Buffer.concat([Buffer.alloc(1024), Buffer.from('tail')]),
  ),
);
