import {createHash} from 'node:crypto';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {execa} from 'execa';
import {crc32} from '../../lib/formats/crc32.js';

/** Paths and contents. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Write files below a folder, with the folders they need. */
export async function writeTree(folder: string, files: Files): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), {recursive: true});
    await writeFile(join(folder, path), content);
  }
  return folder;
}

export interface DistributionOptions {
  readonly name: string;
  /** @default '1.0' */
  readonly version?: string;
  /** Requirements of the distribution (Requires-Dist). */
  readonly requires?: readonly string[];
  /** Console scripts: name, and `module:function`. */
  readonly commands?: Readonly<Record<string, string>>;
  /** Beside a module of its name, or in place of it. */
  readonly files?: Files;
}

export interface WheelOptions extends DistributionOptions {
  /** @default 'py3-none-any' */
  readonly tag?: string;
  /** Further fields of METADATA. */
  readonly metadata?: string;
  /** Year that its members are dated. @default 2020 */
  readonly year?: number;
}

const underscored = (name: string) => name.replaceAll(/[-_.]+/g, '_');

/** Core metadata; `extra`: further fields. */
export const metadataOf = ({name, version = '1.0', requires = []}: DistributionOptions, extra = ''): string =>
  [
    'Metadata-Version: 2.1',
    `Name: ${name}`,
    `Version: ${version}`,
    ...requires.map((one) => `Requires-Dist: ${one}`),
  ]
    .map((line) => `${line}\n`)
    .join('') + extra;

/** A module that says its name, and a function to call. */
export const moduleOf = ({name, version = '1.0'}: DistributionOptions): Files => ({
  [`${underscored(name)}/__init__.py`]: [
    '"""Made by a test."""',
    '',
    `__version__ = "${version}"`,
    '',
    '',
    'def main():',
    `    print("${name}", __version__)`,
    '',
  ].join('\n'),
});

/** The members of a wheel (PyPA, binary distribution format), RECORD last. */
function wheelMembers(options: WheelOptions): [string, Buffer][] {
  const {name, version = '1.0', commands = {}, tag = 'py3-none-any'} = options;
  const info = `${underscored(name)}-${version}.dist-info`;
  const lines = Object.entries(commands).map(([command, target]) => `${command} = ${target}\n`);
  const texts: Files = {
    ...moduleOf(options),
    ...options.files,
    [`${info}/METADATA`]: metadataOf(options, options.metadata),
    [`${info}/WHEEL`]: `Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: ${tag}\n`,
    ...(lines.length > 0 ? {[`${info}/entry_points.txt`]: `[console_scripts]\n${lines.join('')}`} : {}),
  };
  const members = Object.entries(texts).map(([path, data]): [string, Buffer] => [path, Buffer.from(data)]);
  const rows = members.map(([path, data]) => {
    const hash = createHash('sha256').update(data).digest('base64url');
    return `${path},sha256=${hash},${data.length}\n`;
  });
  return [...members, [`${info}/RECORD`, Buffer.from(`${rows.join('')}${info}/RECORD,,\n`)]];
}

/** Make a wheel in a folder; gives its path. */
export async function makeWheel(folder: string, options: WheelOptions): Promise<string> {
  const {name, version = '1.0', tag = 'py3-none-any', year = 2020} = options;
  const file = join(folder, `${underscored(name)}-${version}-${tag}.whl`);
  await mkdir(folder, {recursive: true});
  await writeFile(file, storedZip(wheelMembers(options), ((year - 1980) << 9) | (1 << 5) | 1));
  return file;
}

/** A zip archive without compression (APPNOTE 4.3). */
function storedZip(members: readonly (readonly [string, Buffer])[], dosDate: number): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, data] of members) {
    const name = Buffer.from(path);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2); // names are UTF-8
    common.writeUInt16LE(dosDate, 8);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const central = Buffer.alloc(16);
    central.writeUInt32LE(0o100644 * 0x10000, 8);
    central.writeUInt32LE(offset, 12);
    directory.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, central.subarray(2), name);
    parts.push(Buffer.from('PK\x03\x04'), common, name, data);
    offset += 30 + name.length + data.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

/** Make an sdist of a setuptools project in a folder; gives its path. `setup` are arguments of `setup()`. */
export async function makeSdist(
  folder: string,
  {setup = '', ...options}: DistributionOptions & {readonly setup?: string},
): Promise<string> {
  const {name, version = '1.0', requires = [], files} = options;
  const full = `${name}-${version}`;
  const work = await mkdtemp(join(tmpdir(), 'sdist-'));
  try {
    const needs = JSON.stringify(requires);
    await writeTree(join(work, full), {
      'PKG-INFO': metadataOf(options),
      'setup.py': `from setuptools import Extension, setup\n\nsetup(name="${name}", version="${version}", packages=["${underscored(name)}"], install_requires=${needs}, ${setup})\n`,
      ...moduleOf(options),
      ...files,
    });
    await mkdir(folder, {recursive: true});
    const file = join(folder, `${full}.tar.gz`);
    const fixed = ['--sort=name', '--mtime=@1500000000', '--owner=0', '--group=0', '--numeric-owner'];
    await execa('tar', [...fixed, '-czf', file, '-C', work, full], {env: {GZIP: '-n'}});
    return file;
  } finally {
    await rm(work, {recursive: true, force: true});
  }
}
