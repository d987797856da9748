import {mkdir, symlink} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {execa} from 'execa';
import {multiarchTriplet} from '../../lib/policy/architectures.js';
import {nativeArchitecture} from './shlibdeps.js';
import {inFolder} from './suite.js';
import {writeTree} from './wheels.js';

/** A package of a machine that does not exist. */
export interface FakePackage {
  /** What its files are, by path: names of libraries in `FakeRoot.libraries`, or a link's target after an arrow. */
  readonly files: readonly string[];
  readonly symbols?: string;
  readonly shlibs?: string;
}

export interface FakeRoot {
  readonly folder: string;
  readonly admin: string;
  /** Where the libraries of this architecture lie on it: `/usr/lib/x86_64-linux-gnu`. */
  readonly libraries: string;
}

/** Compile a shared library that needs nothing but what it is told to. */
export async function compile(file: string, source: string, flags: readonly string[] = []): Promise<string> {
  await mkdir(dirname(file), {recursive: true});
  const fixed = ['-shared', '-fPIC', '-nostdlib', '-o', file, '-x', 'c', '-', '-x', 'none'];
  await execa('gcc', [...fixed, '-Wl,--no-as-needed', ...flags], {input: source});
  return file;
}

/** Run with a folder that stands for / of a machine with these packages, which other files may be added to. */
export async function withFakeRoot<T>(
  packages: Readonly<Record<string, FakePackage>>,
  use: (root: FakeRoot) => Promise<T>,
): Promise<T> {
  const architecture = await nativeArchitecture();
  const libraries = `/usr/lib/${multiarchTriplet(architecture)}`;
  return inFolder(async (folder) => {
    const admin = join(folder, 'var/lib/dpkg');
    await writeTree(folder, {
      'etc/ld.so.conf': 'include /etc/ld.so.conf.d/*.conf\n',
      'etc/ld.so.conf.d/here.conf': `# Multiarch support\n/usr/local/lib\n${libraries}\n`,
      // With it, names of files have the architecture.
      'var/lib/dpkg/info/format': '1\n',
      'var/lib/dpkg/status': Object.keys(packages)
        .map(
          (name) =>
            `Package: ${name}\nStatus: install ok installed\nArchitecture: ${architecture}\nMulti-Arch: same\n` +
            `Version: 1\nMaintainer: x <x@x>\nDescription: x\n`,
        )
        .join('\n'),
    });
    await mkdir(join(folder, libraries), {recursive: true});
    await mkdir(join(admin, 'updates'));
    for (const [name, {files, symbols, shlibs}] of Object.entries(packages)) {
      const paths = files.map((file) => (file.startsWith('/') ? file : `${libraries}/${file}`));
      const info = join('var/lib/dpkg/info', `${name}:${architecture}`);
      // dpkg-shlibdeps is told where the libraries lie, and finds them by their whole path.
      const list = ['/.', ...paths, ...paths.map((path) => join(folder, path))].map((path) => `${path}\n`);
      await writeTree(folder, {
        [`${info}.list`]: list.join(''),
        ...(symbols === undefined ? {} : {[`${info}.symbols`]: symbols}),
        ...(shlibs === undefined ? {} : {[`${info}.shlibs`]: shlibs}),
      });
    }
    return use({folder, admin, libraries});
  });
}

/** Make a link, with the folders it needs. */
export async function link(path: string, target: string): Promise<void> {
  await mkdir(dirname(path), {recursive: true});
  await symlink(target, path);
}
