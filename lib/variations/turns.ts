import {usualWorkers} from '../archive/compress.js';
import type {Planned} from '../build.js';
import {otherDate} from './date.js';
import {otherFileSystem} from './file-system.js';
import {fewerCpus, foldersBackwards, otherHostname} from './launchers.js';
import type {VariationName} from './names.js';
import {type Changes, type Facts, hasVenv, type Turn} from './turn.js';
import {otherUser} from './user.js';

const BIG = 100 * 1024;
/** Deep enough for pip to write trampolines: a first line that names an interpreter ends at 127 bytes. */
const LONG = `another-and-much-longer-path-${'x'.repeat(110)}`;
const NO_VENV = 'no interpreter takes part';

/** Nothing is varied. */
export const NOTHING: Changes = {};

/** How each thing is varied, and what it takes. */
export const TURNS: Readonly<Record<VariationName, (facts: Facts) => Turn | Promise<Turn>>> = {
  path: () => ({
    folderName: LONG,
    value: 'project, work and output folder lie deeper, over 127 characters',
  }),
  'file-system': otherFileSystem,
  'folder-order': foldersBackwards,
  user: otherUser,
  umask: () => ({umask: 0o077, value: '0077'}),
  home: () => ({newHome: true, value: 'an empty folder'}),
  hostname: otherHostname,
  'time-zone': () => scrubbed({TZ: 'Pacific/Kiritimati'}, 'Pacific/Kiritimati'),
  locale: () => scrubbed({LANG: 'et_EE.UTF-8', LC_ALL: 'et_EE.UTF-8'}, 'et_EE.UTF-8'),
  environment: () => ({
    environment: {PYTHONPATH: '/nonexistent', PIP_INDEX_URL: 'http://127.0.0.1:9/', PIP_NO_COMPILE: '0'},
    injected: {MKVENVDEB_PADDING: 'x'.repeat(BIG)},
    value: '100 KB more, PYTHONPATH and PIP_* of the caller',
  }),
  'hash-seed': ({plans}) =>
    hasVenv(plans) ? {injected: {PYTHONHASHSEED: '12345'}, value: '12345'} : {why: NO_VENV},
  nursery: ({plans}) =>
    plans.some(isPypy)
      ? {injected: {PYPY_GC_NURSERY: '5M'}, value: '5 MB'}
      : {why: hasVenv(plans) ? 'the interpreter is CPython' : NO_VENV},
  date: otherDate,
  threads: () => {
    const workers = usualWorkers() + 2;
    return {workers, value: `${workers} that compress, in place of ${usualWorkers()}`};
  },
  cpus: fewerCpus,
};

const scrubbed = (environment: Readonly<Record<string, string>>, value: string): Turn => ({
  environment,
  value,
});

const isPypy = (plan: Planned): boolean =>
  'interpreter' in plan && plan.interpreter.implementation === 'pypy';
