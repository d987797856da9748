import {cp, mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {parse, stringify} from 'yaml';
import type {Difference, VariationName} from '../../lib/index.js';
import {fixture} from './suite.js';

/** What verify has to find in a project of fixtures/irreproducible. */
export interface Irreproducible {
  /** Name of the folder. */
  readonly name: string;
  /** Of the file, below the folder of its own, or below site-packages. */
  readonly file: string;
  /** True for a module. @default false */
  readonly isModule?: true;
  readonly kind: string;
  /** What brings it about, all of them; none: chance. */
  readonly by: readonly VariationName[];
  /** What is told without `explain`; undefined: nothing, from its looks alone. */
  readonly cause?: RegExp;
  /** What is told once it is explained. @default the same */
  readonly explained?: RegExp;
  /** The one interpreter where it differs. @default both */
  readonly only?: 'cpython' | 'pypy';
}

const ELSEWHERE = ['path', 'file-system'] as const;
const DISK = ['file-system', 'folder-order'] as const;

export const IRREPRODUCIBLE: readonly Irreproducible[] = [
  {name: 'path', file: 'path.txt', kind: 'text', by: ELSEWHERE, explained: /path of the build/},
  {name: 'allowed-path', file: 'where.txt', kind: 'text-path', by: ELSEWHERE, cause: /path of the build/},
  {name: 'file-system', file: 'disk.txt', kind: 'text', by: DISK, explained: /kind of file system/},
  {name: 'folder-order', file: 'plugins.txt', kind: 'text-order', by: DISK, cause: /a folder on the disk/},
  {name: 'user', file: 'user.txt', kind: 'text', by: ['user'], cause: /user of the build/},
  {name: 'home', file: 'home.txt', kind: 'text-path', by: ['home'], cause: /HOME/},
  {name: 'hostname', file: 'host.txt', kind: 'text', by: ['hostname'], cause: /name of the host/},
  {name: 'file-name', file: 'of-another-host', kind: 'extra', by: ['hostname'], cause: /name of the host/},
  {name: 'file-name', file: 'current', kind: 'target', by: ['hostname'], cause: /name of the host/},
  {name: 'time-zone', file: 'zone.txt', kind: 'text', by: ['time-zone'], cause: /time zone/},
  {name: 'locale', file: 'locale.txt', kind: 'text', by: ['locale'], cause: /locale/},
  {
    ...{name: 'environment', file: 'environment.txt', kind: 'text', by: ['environment']},
    explained: /Variables of the environment/,
  },
  {
    ...{name: 'hash-seed', file: 'words.txt', kind: 'text-order', by: ['hash-seed'], cause: /of a set/},
    only: 'cpython',
  },
  {
    ...{name: 'pyc-order', file: 'plugin.pyc', kind: 'pyc-order', by: ['hash-seed'], cause: /hash seed/},
    only: 'cpython',
  },
  {
    ...{name: 'pyc-body', file: 'plugin.pyc', kind: 'pyc-body', by: ELSEWHERE},
    ...{cause: /holds the path/, explained: /path of the build/},
  },
  {name: 'pyc-header', file: 'plugin.pyc', kind: 'pyc-header', by: [], cause: /time of the source file/},
  {
    ...{name: 'nursery', file: 'nursery.txt', kind: 'text', by: ['nursery'], explained: /garbage/},
    only: 'pypy',
  },
  {name: 'date', file: 'date.txt', kind: 'text-time', by: ['date'], cause: /time of the build/},
  {name: 'gzip', file: 'data.gz', kind: 'gzip-header', by: ['date'], cause: /gzip stored the time/},
  {name: 'cpus', file: 'jobs.txt', kind: 'text', by: ['cpus'], explained: /number of processors/},
  {
    ...{name: 'chance', file: 'identity.txt', kind: 'text-random', by: [], cause: /Chance/},
    explained: /Chance or the clock/,
  },
  {name: 'elf-build-id', file: 'native.so', kind: 'elf-build-id', by: ELSEWHERE, cause: /build id/},
  {
    ...{name: 'backend', file: 'irreproducible_backend.py', isModule: true},
    ...{kind: 'text-time', by: ['date'], cause: /time of the build/},
  },
  {
    ...{name: 'backend', file: 'identity.txt', kind: 'text-random', by: [], cause: /Chance/},
    explained: /Chance or the clock/,
  },
  {name: 'backend', file: 'plugins.txt', kind: 'text-order', by: DISK, cause: /a folder on the disk/},
  {
    ...{name: 'backend', file: 'words.txt', kind: 'text-order', by: ['hash-seed'], cause: /of a set/},
    only: 'cpython',
  },
] as const;

/** Where the file of one of them lies in a package of that prefix: in a folder of its own, or as a module. */
export function pathOf({name, file, isModule}: Irreproducible, prefix: string, lib: string): string {
  return isModule ? `${prefix}/lib/${lib}/site-packages/${file}` : `${prefix}/share/${name}/${file}`;
}

/** What follows of a module that differs, and of files that a RECORD lists; it is told with the kinds of those. */
export const isConsequence = ({kind, path = ''}: Pick<Difference, 'kind' | 'path'>): boolean =>
  path.includes('/irreproducible_backend') && (kind === 'record' || kind === 'pyc-header');

interface Settings {
  readonly pass_environment?: readonly string[];
  readonly leaks?: {readonly allow: readonly string[]};
}

/** A project of its own, whose back end does it: it becomes that of all. */
export const BACKEND = 'backend';

/** Each in a folder of its own below the prefix, so that none of them is in the way of another. */
const EACH = `for kind in "$MKVENVDEB_SOURCE"/kinds/*; do
  mkdir -p "share/\${kind##*/}" && cd "share/\${kind##*/}" || exit
  MKVENVDEB_SOURCE=$kind ../../bin/python "$kind/$0" || exit
  cd ../..
done`;

/** One project that does what several of them do: building all of them one by one would take minutes. */
export async function collect(
  folder: string,
  script: 'make.py' | 'cured.py',
  names: readonly string[],
): Promise<string> {
  const project = join(folder, script.replace('.py', ''));
  const settings: Settings[] = [];
  for (const name of names) {
    const place = name === BACKEND ? project : join(project, 'kinds', name);
    await cp(fixture('irreproducible', name), place, {recursive: true});
    settings.push(parse(await readFile(fixture('irreproducible', name, 'mkvenvdeb.yaml'), 'utf8')));
  }
  const config = {
    ...{package: 'irreproducible', version: '1.0', maintainer: 'Fixtures <fixtures@example.org>'},
    ...{source_date_epoch: 1_700_000_000, no_index: true},
    skip_install: !names.includes(BACKEND),
    hooks: {after_install: [['sh', '-c', EACH, script]]},
    // A cure may be to pass nothing on, and to allow no leak.
    ...(script === 'cured.py'
      ? {}
      : {
          pass_environment: settings.flatMap((one) => one.pass_environment ?? []),
          leaks: {allow: settings.flatMap((one) => one.leaks?.allow ?? [])},
        }),
  };
  await mkdir(project, {recursive: true});
  await writeFile(join(project, 'mkvenvdeb.yaml'), stringify(config));
  if (names.includes(BACKEND) && script === 'cured.py')
    await cp(join(project, 'cured.py'), join(project, 'make.py'));
  return project;
}

/** Names of all folders. */
export const allKinds = (): Promise<readonly string[]> => readdir(fixture('irreproducible'));
