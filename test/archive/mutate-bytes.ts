import {gzipSync} from 'node:zlib';
import fc from 'fast-check';
import {AR_MAGIC} from '../../lib/archive/ar.js';
import {compressed} from './compress-helper.js';

const place = fc.nat(1000);
const at = (list: readonly unknown[], index: number): number => (list.length === 0 ? 0 : index % list.length);

/** One change of bytes that have no structure any more. */
export const byteChange: fc.Arbitrary<(bytes: Buffer) => Buffer> = fc.oneof(
  fc.tuple(fc.double({min: 0, max: 1, noNaN: true}), fc.nat(7)).map(([where, bit]) => (bytes: Buffer) => {
    const changed = Buffer.from(bytes);
    const index = Math.min(bytes.length - 1, Math.floor(where * bytes.length));
    if (index >= 0) changed[index] = (changed[index] as number) ^ (1 << bit);
    return changed;
  }),
  fc
    .double({min: 0, max: 1, noNaN: true})
    .map((where) => (bytes: Buffer) => bytes.subarray(0, Math.floor(where * bytes.length))),
  fc.constant((bytes: Buffer) => Buffer.concat([bytes, bytes])),
  fc.uint8Array({minLength: 1, maxLength: 30}).map((more) => (bytes: Buffer) => Buffer.concat([bytes, more])),
  fc
    .tuple(fc.double({min: 0, max: 1, noNaN: true}), fc.uint8Array({minLength: 1, maxLength: 8}))
    .map(([where, more]) => (bytes: Buffer) => {
      const changed = Buffer.from(bytes);
      changed.set(
        more.subarray(0, bytes.length),
        Math.max(0, Math.floor(where * (bytes.length - more.length))),
      );
      return changed;
    }),
);

export const METHODS = ['none', 'gzip', 'zstd', 'xz'] as const;
export const SUFFIX = {xz: '.xz', gzip: '.gz', zstd: '.zst', none: ''} as const;
export type Method = (typeof METHODS)[number];

export const compressWith = async (method: Method, tar: Buffer): Promise<Buffer> =>
  method === 'none' ? tar : method === 'gzip' ? gzipSync(tar, {level: 1}) : compressed(method, tar);

/** A member of an ar archive; its header is text, so that a change can write anything. */
export interface ArPart {
  readonly header: string;
  readonly content: Buffer;
}

export const arPart = (name: string, content: Buffer): ArPart => ({
  header: `${name.padEnd(16)}${'1700000000'.padEnd(12)}0     0     100644  ${String(content.length).padEnd(10)}\`\n`,
  content,
});

export const arJoined = (parts: readonly ArPart[]): Buffer =>
  Buffer.concat([
    AR_MAGIC,
    ...parts.flatMap(({header, content}) => [
      Buffer.from(header, 'latin1'),
      content,
      Buffer.alloc(content.length % 2, '\n'),
    ]),
  ]);

const AR_FIELDS = [
  [0, 16],
  [16, 28],
  [28, 34],
  [34, 40],
  [40, 48],
  [48, 58],
  [58, 60],
] as const;
const AR_TEXTS = [
  '',
  '0',
  '-1',
  '9999999999',
  '4',
  '1e9',
  '0x10',
  '//',
  '/',
  '/0',
  '_x',
  'data.tar',
  'data.tar.xz',
  'data.tar.lzma',
  'control.tar',
  'control.tar.bz2',
  'debian-binary',
  'debian-binary/',
  '\u001b[31m',
  '#1/20',
  '`\n',
  '\n\n',
  ' 12',
];

/** One change of the structure of an ar archive. */
export const arChange: fc.Arbitrary<(parts: ArPart[]) => ArPart[]> = fc.oneof(
  fc.tuple(place, fc.constantFrom(...AR_FIELDS), fc.constantFrom(...AR_TEXTS)).map(
    ([index, [start, end], value]) =>
      (parts: ArPart[]) =>
        parts.map((part, position) => {
          if (position !== at(parts, index)) return part;
          const field = value.padEnd(end - start).slice(0, end - start);
          return {...part, header: part.header.slice(0, start) + field + part.header.slice(end)};
        }),
  ),
  fc.tuple(place, place).map(
    ([from, to]) =>
      (parts: ArPart[]) =>
        parts.length === 0
          ? parts
          : [
              ...parts.slice(0, at(parts, to)),
              parts[at(parts, from)] as ArPart,
              ...parts.slice(at(parts, to)),
            ],
  ),
  place.map((index) => (parts: ArPart[]) => parts.filter((_, position) => position !== at(parts, index))),
  fc
    .tuple(place, fc.constantFrom('_extra', 'extra', 'control.tar', 'data.tar', '_gpgorigin'))
    .map(([index, name]) => (parts: ArPart[]) => [
      ...parts.slice(0, at(parts, index)),
      arPart(name, Buffer.from('more')),
      ...parts.slice(at(parts, index)),
    ]),
  fc.constant((parts: ArPart[]) => [...parts].reverse()),
);
