import {existsSync} from 'node:fs';
import {mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {arch, homedir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {cli, inFolder, root, skip} from '../helpers/suite.js';

const versions = suite('node versions');

/** The majors that package.json promises, beside the one that runs this. */
const MAJORS = [20, 22, 24].filter((major) => !process.versions.node.startsWith(`${major}.`));
/** Test files that touch the format of Node's own libraries: zlib, streams, threads, file system. */
const FILES = ['archive/gzip', 'archive/xz', 'archive/zstd', 'archive/tar', 'payload/walk', 'config/load'];

/** Node of another major from the npm registry, which has its binaries as plain packages; kept in the user's cache. */
async function otherNode(major: number): Promise<string | undefined> {
  const folder = join(
    process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
    'mkvenvdeb-test',
    `node-${major}`,
  );
  const name = `node-linux-${arch()}`;
  const executable = join(folder, 'node_modules', name, 'bin', 'node');
  if (existsSync(executable)) return executable;
  await mkdir(folder, {recursive: true});
  await writeFile(join(folder, 'package.json'), '{"private": true}');
  const result = await execa('npm', ['install', '--ignore-scripts', '--no-audit', `${name}@${major}`], {
    cwd: folder,
    reject: false,
  });
  return result.exitCode === 0 && existsSync(executable) ? executable : undefined;
}

async function build(node: string, folder: string): Promise<Buffer> {
  const project = join(folder, 'project');
  await mkdir(project, {recursive: true});
  await writeFile(
    join(project, 'setup.py'),
    'from setuptools import setup\nsetup(name="tiny", version="1.0", py_modules=["tiny"])\n',
  );
  await writeFile(join(project, 'tiny.py'), 'VALUE = {"a", "b"}\n');
  const out = join(folder, 'out');
  const options = [
    '--no-index',
    '--python',
    '/usr/bin/python3',
    '--maintainer',
    'A <a@example.org>',
    '--source-date-epoch',
    '1700000000',
    '--out',
    out,
  ];
  await execa(node, [cli, 'build', project, ...options]);
  const [file = ''] = await readdir(out);
  return readFile(join(out, file));
}

for (const major of MAJORS) {
  versions(`Node ${major} passes the tests of what Node itself has a part in`, async () => {
    const node = await otherNode(major);
    if (node === undefined) return skip(`tests on Node ${major}`, 'the npm registry cannot be reached');
    for (const file of FILES) {
      const {exitCode, all} = await execa(node, [join(root, 'dist', 'test', `${file}.test.js`)], {
        reject: false,
        all: true,
      });
      assert.is(exitCode, 0, all);
      assert.match(all ?? '', /Total: +[1-9]/);
    }
  });

  versions(`Node ${major} builds the same bytes`, async () => {
    const node = await otherNode(major);
    if (node === undefined) return skip(`a build on Node ${major}`, 'the npm registry cannot be reached');
    if (!existsSync('/usr/bin/python3'))
      return skip(`a build on Node ${major}`, 'there is no /usr/bin/python3');
    await inFolder(async (folder) => {
      const [one, other] = [
        await build(process.execPath, join(folder, 'a')),
        await build(node, join(folder, 'b')),
      ];
      assert.ok(one.equals(other));
    });
  });
}

versions.run();
