import {createHash} from 'node:crypto';
import fc from 'fast-check';
import {controlTar, tarOf, VERSION, withChecksum} from './deb-helper.js';
import {controlText, entry} from './helper.js';
import {
  type ArPart,
  arChange,
  arJoined,
  arPart,
  byteChange,
  compressWith,
  METHODS,
  type Method,
  SUFFIX,
} from './mutate-bytes.js';
import {type TarChange, type TarPart, tarChange, tarEnd, tarParts} from './mutate-tar.js';

const files = {'opt/file': 'hello '.repeat(200), [`opt/${'n'.repeat(150)}`]: 'x', 'etc/conf': 'a=b\n'};
const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const DATA = tarParts(
  await tarOf([
    entry('etc', {type: 'directory'}),
    entry('opt', {type: 'directory'}),
    ...Object.entries(files).map(([path, text]) => entry(path, {text})),
    entry('opt/empty'),
    entry('opt/peer', {type: 'hardlink', target: 'opt/file'}),
    entry('opt/link', {type: 'symlink', target: 't'.repeat(150)}),
    entry('opt/out', {type: 'symlink', target: '/etc'}),
  ]),
);
const sums = `${Object.entries(files)
  .filter(([path]) => !path.startsWith('etc'))
  .map(([path, text]) => `${md5(text)}  ${path}\n`)
  .join('')}${md5('')}  opt/empty\n${md5(files['opt/file'] as string)}  opt/peer\n`;
const CONTROL = tarParts(
  await controlTar([
    entry('md5sums', {text: sums}),
    entry('conffiles', {text: '/etc/conf\n'}),
    entry('postinst', {text: '#!/bin/sh\nset -e\n', mode: 0o755}),
  ]),
);

/** What is said in the control archive, as nobody says it. */
const TEXTS: readonly (readonly [file: string, text: string])[] = [
  ...[
    '',
    '\n',
    'Package example\n',
    `${controlText()}\n${controlText()}`,
    `${controlText()}Package: twice\n`,
    '\0',
  ].map((text) => ['control', text] as const),
  ...[
    'Pre-Depends: a (>= 1',
    'Depends: ,,|',
    'Essential: maybe',
    'X\u001b: \u001b[2J',
    'Version:',
    `X: ${'y'.repeat(9000)}`,
  ].map((line) => ['control', controlText(`${line}\n`)] as const),
  ...[
    '',
    'etc/conf\n',
    '/etc/conf',
    '/etc/none\n',
    '/etc/conf \n',
    '\n\n',
    '/etc/conf\n/etc/conf\n',
    '/opt\n',
    'remove-on-upgrade /x\n',
  ].map((text) => ['conffiles', text] as const),
  ...['', 'x', `${'0'.repeat(32)}  opt/file\n`, `${'0'.repeat(32)}  ../../etc/passwd\n`, '\u001b[31m'].map(
    (text) => ['md5sums', text] as const,
  ),
  ...['', 'no interpreter', '#!/bin/sh\n\u001b]0;title\u0007\u202e'].map(
    (text) => ['postinst', text] as const,
  ),
];

/** Everything that is done to one package. */
export interface Mutation {
  readonly data: readonly TarChange[];
  readonly control: readonly TarChange[];
  readonly text?: (typeof TEXTS)[number] | undefined;
  readonly end: Buffer;
  readonly method: Method;
  readonly tarBytes: readonly ((bytes: Buffer) => Buffer)[];
  readonly packedBytes: readonly ((bytes: Buffer) => Buffer)[];
  readonly ar: readonly ((parts: ArPart[]) => ArPart[])[];
  readonly fileBytes: readonly ((bytes: Buffer) => Buffer)[];
}

const rarely = <T>(arbitrary: fc.Arbitrary<T>, most = 1): fc.Arbitrary<readonly T[]> =>
  fc.oneof({weight: 9, arbitrary: fc.constant([])}, fc.array(arbitrary, {minLength: 1, maxLength: most}));

/** Changes on every level: most of them leave the levels around them whole, so that they get deep. */
export const mutation: fc.Arbitrary<Mutation> = fc.record({
  data: fc.array(tarChange, {maxLength: 4}),
  control: rarely(tarChange, 2),
  text: fc.oneof({weight: 6, arbitrary: fc.constant(undefined)}, fc.constantFrom(...TEXTS)),
  end: tarEnd,
  method: fc.oneof(
    {weight: 6, arbitrary: fc.constant<Method>('none')},
    {weight: 3, arbitrary: fc.constant<Method>('gzip')},
    {weight: 1, arbitrary: fc.constantFrom(...METHODS)},
  ),
  tarBytes: rarely(byteChange),
  packedBytes: rarely(byteChange),
  ar: rarely(arChange, 3),
  fileBytes: rarely(byteChange, 2),
});

const all = <T>(value: T, changes: readonly ((value: T) => T)[]): T =>
  changes.reduce((changed, change) => change(changed), value);

/** A package after all that. */
export async function mutatedDeb(mutation: Mutation): Promise<Buffer> {
  const {method, end} = mutation;
  const join = (parts: readonly TarPart[]) =>
    Buffer.concat(parts.flatMap(({header, content}) => [header, content]));
  const data = all(Buffer.concat([join(all(DATA, mutation.data)), end]), mutation.tarBytes);
  const control = Buffer.concat([
    join(all(withText(CONTROL, mutation.text), mutation.control)),
    Buffer.alloc(1024),
  ]);
  const parts = [
    arPart('debian-binary', VERSION),
    arPart('control.tar', control),
    arPart(`data.tar${SUFFIX[method]}`, all(await compressWith(method, data), mutation.packedBytes)),
  ];
  return all(arJoined(all(parts, mutation.ar)), mutation.fileBytes);
}

/** Another text in a file of the control archive. */
function withText(parts: TarPart[], text: Mutation['text']): TarPart[] {
  if (text === undefined) return parts;
  return parts.map((part) => {
    if (part.header.toString('latin1', 2, 2 + text[0].length + 1) !== `${text[0]}\0`) return part;
    const content = Buffer.from(text[1]);
    const header = Buffer.from(part.header);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
    return {
      header: withChecksum(header),
      content: Buffer.concat([content, Buffer.alloc(-content.length & 511)]),
    };
  });
}
