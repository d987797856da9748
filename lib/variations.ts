import {readdir, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {Planned} from './build.js';
import type {Variation} from './stage.js';

/** One thing that may differ between two builds. */
export interface VariationReport {
  readonly name: string;
  /** What it was for the second build; undefined when it could not be varied. */
  readonly value?: string;
  /** Why it was not varied. */
  readonly why?: string;
}

/** How the second build differs from the first. */
export interface Varied {
  readonly reports: readonly VariationReport[];
  /** Of the folder that everything of the second build lies in: long enough for pip to write trampolines. */
  readonly folderName: string;
  readonly umask: number;
  /** Of the process: what we have to scrub. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of what is put in after scrubbing. */
  readonly variation: Variation;
  readonly user?: {readonly uid: number; readonly gid: number};
}

const NOBODY = {uid: 65534, gid: 65534};
const BIG = 100 * 1024;
const DAYS = 400;

export interface VariationOptions {
  readonly plans: readonly Planned[];
  /** Folder that both builds lie in. */
  readonly folder: string;
}

/** Decide what can be varied on this machine, and say what cannot. */
export async function chooseVariations(options: VariationOptions): Promise<Varied> {
  const {plans} = options;
  const isPypy = plans.some((plan) => 'interpreter' in plan && plan.interpreter.implementation === 'pypy');
  const folderName = `another-and-much-longer-path-${'x'.repeat(110)}`;
  const scrubbed = {
    TZ: 'Pacific/Kiritimati',
    LANG: 'et_EE.UTF-8',
    LC_ALL: 'et_EE.UTF-8',
    PYTHONPATH: '/nonexistent',
    PIP_INDEX_URL: 'http://127.0.0.1:9/',
    PIP_NO_COMPILE: '0',
  };
  const nursery: Record<string, string> = isPypy ? {PYPY_GC_NURSERY: '5M'} : {};
  const date = await otherDate(plans);
  const user = await otherUser(options);
  const injected = {
    PYTHONHASHSEED: '12345',
    MKVENVDEB_PADDING: 'x'.repeat(BIG),
    ...nursery,
    ...date.environment,
  };
  const fixed: VariationReport[] = [
    {name: 'path', value: 'project, work and output folder lie deeper, over 127 characters'},
    {name: 'umask', value: '0077'},
    {name: 'time zone', value: scrubbed.TZ},
    {name: 'locale', value: scrubbed.LC_ALL},
    {name: 'home', value: 'an empty folder'},
    {name: 'order of folders', value: 'reversed'},
    {name: 'hash seed', value: injected.PYTHONHASHSEED},
    isPypy
      ? {name: 'PyPy nursery', value: '5 MB'}
      : {name: 'PyPy nursery', why: 'the interpreter is CPython'},
    {name: 'environment', value: '100 KB more'},
  ];
  return {
    reports: [...fixed, date.report, user.report],
    folderName,
    umask: 0o077,
    environment: scrubbed,
    variation: {environment: injected, reverse: true},
    ...(user.ids ? {user: user.ids} : {}),
  };
}

async function otherDate(
  plans: readonly Planned[],
): Promise<{report: VariationReport; environment: Record<string, string>}> {
  const name = 'date';
  const environment = {};
  if (plans.some((plan) => 'interpreter' in plan && !plan.config.noIndex))
    return {environment, report: {name, why: 'an index is asked, whose certificate would have expired'}};
  const library = await findFaketime();
  if (!library) return {environment, report: {name, why: 'libfaketime is not installed'}};
  return {
    environment: {LD_PRELOAD: library, FAKETIME: `+${DAYS}d`, FAKETIME_DONT_FAKE_MONOTONIC: '1'},
    report: {name, value: `${DAYS} days later`},
  };
}

async function findFaketime(): Promise<string | undefined> {
  for (const triplet of await readdir('/usr/lib').catch(() => [])) {
    const file = join('/usr/lib', triplet, 'faketime', 'libfaketime.so.1');
    if (
      await stat(file).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  return undefined;
}

async function otherUser({
  folder,
  plans,
}: VariationOptions): Promise<{report: VariationReport; ids?: typeof NOBODY}> {
  const name = 'user';
  if (process.getuid?.() !== 0) return {report: {name, why: 'only root can run a build as somebody else'}};
  const read = plans.flatMap(({config}) => filesOf(config));
  for (const path of [dirname(folder), process.execPath, fileURLToPath(import.meta.url), ...read]) {
    const closed = await closedFolder(path);
    if (closed) return {report: {name, why: `other users cannot read ${closed}`}};
  }
  return {ids: NOBODY, report: {name, value: `uid ${NOBODY.uid}`}};
}

/** What a build of this configuration reads. */
function filesOf({
  configFiles,
  requirements,
  constraints,
  scripts,
  files,
  source,
  project,
}: Planned['config']) {
  const sources = files.map((file) => file.source);
  const folder = 'path' in source ? source.path : project;
  return [folder, ...configFiles, ...requirements, ...constraints, ...Object.values(scripts), ...sources];
}

/** The first folder on the way that others may not enter, or the file itself when they may not read it. */
async function closedFolder(path: string): Promise<string | undefined> {
  for (let folder = path; ; folder = dirname(folder)) {
    const found = await stat(folder);
    if ((found.mode & (found.isDirectory() ? 0o001 : 0o004)) === 0) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}
