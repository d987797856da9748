import {posix} from 'node:path';
import type {Issue} from '../model.js';
import {SCRIPT_NAMES} from '../policy/scripts.js';
import {issueOf} from './check-codes.js';
import type {Facts} from './check-facts.js';
import {follow} from './check-links.js';
import {BUILD_PLACE} from './check-places.js';
import {relatedPackages} from './check-policy.js';
import type {DebContents} from './read.js';
import type {DebEntry} from './read-tar.js';

/** Folders whose programs belong to Debian packages. */
const PROGRAMS = /^\/(?:usr\/)?(?:s?bin|games|lib|libexec)\/./;
/** Bytes after `#!` that every Linux reads: BINPRM_BUF_SIZE was 128 before 5.1. */
const LONGEST_SHEBANG = 127;

/** What is run: maintainer scripts, scripts of the package, programs that units start. */
export function* checkPrograms(contents: DebContents, facts: Facts): Generator<Issue> {
  yield* checkMaintainerScripts(contents);
  yield* checkEntryPrograms(contents, facts);
}

/** Of these, what the package installs. */
export function* checkEntryPrograms({entries}: DebContents, facts: Facts): Generator<Issue> {
  const tree = new Map(entries.map((entry) => [entry.path, entry]));
  for (const entry of entries) {
    yield* scriptIssues(entry, facts.get(entry.path)?.shebang, tree);
    yield* unitIssues(entry, facts.get(entry.path)?.text, tree);
  }
}

/** Interpreters that are there whenever a maintainer script runs: essential packages, perl-base with them. */
const ALWAYS = new Set([
  '/bin/sh',
  '/bin/bash',
  '/bin/dash',
  '/usr/bin/perl',
  '/usr/bin/sh',
  '/usr/bin/bash',
]);

const SCRIPTS: readonly string[] = [...SCRIPT_NAMES, 'config'];

/** Of these, what dpkg runs. */
export function* checkMaintainerScripts({members, control}: DebContents): Generator<Issue> {
  for (const {path, data} of members) {
    if (!SCRIPTS.includes(path) || data.toString('latin1', 0, 2) !== '#!') continue;
    const text = data.toString();
    const [first = ''] = text.split('\n');
    const issue = (code: Parameters<typeof issueOf>[0], message: string) =>
      issueOf(code, {file: path, message});
    if (first.endsWith('\r')) yield issue('script-line-breaks', 'Its first line ends in CR LF');
    if (/^[ \t]*#DEBHELPER#/m.test(text)) yield issue('debhelper-token', 'It has #DEBHELPER# left');
    const [, interpreter = '', flags = ''] = /^#![ \t]*(\S*)(.*)$/s.exec(first) ?? [];
    if (!ALWAYS.has(interpreter) && !isRelated(interpreter, control))
      yield issue('script-interpreter', `It is run by ${interpreter || 'nothing'}`);
    if (/\/(?:ba|da)?sh$/.test(interpreter) && !/(?:^| )-\w*e/.test(flags) && !SET_E.test(text))
      yield issue('script-set-e', 'It has no set -e');
  }
}

const SET_E =
  /^[ \t]*(?:set[ \t]+(?:-o[ \t]+\w+[ \t]+)*-\w*e|set[ \t].*-o[ \t]+errexit|.*[;&][ \t]*set[ \t]+-\w*e)/m;

/** The package depends on one of the interpreter's name: `/usr/bin/python3`, `/usr/bin/debconf`. */
const isRelated = (interpreter: string, control: DebContents['control']): boolean => {
  const name = posix.basename(interpreter);
  return [...relatedPackages(control)].some((one) => one === name || one.startsWith(`${name}-`));
};

const BIN = /(?:^|\/)s?bin\/[^/]+$/;
/** What a virtualenv calls its interpreter. */
const VENV_PYTHON = /\/bin\/(?:python|pypy)[\d.]*$/;

function* scriptIssues(
  {path, mode}: DebEntry,
  shebang: string | undefined,
  tree: ReadonlyMap<string, DebEntry>,
): Generator<Issue> {
  if (shebang === undefined) return;
  const isRun = (mode & 0o111) !== 0;
  if (!isRun && BIN.test(path) && !path.startsWith('usr/share/'))
    yield issueOf('bin-mode', {file: path, message: `Its mode is ${mode.toString(8)}`});
  if (!isRun) return;
  if (Buffer.byteLength(shebang) + 2 > LONGEST_SHEBANG)
    yield issueOf('shebang-length', {
      file: path,
      message: `Its first line has ${Buffer.byteLength(shebang) + 2} bytes`,
    });
  const [interpreter = ''] = shebang.trim().split(/\s+/);
  if (PROGRAMS.test(interpreter) || isThere(interpreter, tree)) return;
  const isLeft = (VENV_PYTHON.test(interpreter) && BIN.test(path)) || BUILD_PLACE.test(interpreter);
  const severity = isLeft ? 'error' : 'warning';
  yield issueOf('shebang-interpreter', {
    file: path,
    message: `It is run by ${interpreter || 'nothing'}`,
    severity,
  });
}

/** The package has it, or a link of the package leads to it. */
function isThere(path: string, tree: ReadonlyMap<string, DebEntry>): boolean {
  if (!path.startsWith('/')) return false;
  const end = follow(posix.normalize(path).slice(1), tree);
  return end !== undefined && (tree.has(end) || (end !== path.slice(1) && PROGRAMS.test(`/${end}`)));
}

const EXEC =
  /^Exec(?:Start|StartPre|StartPost|Stop|StopPost|Reload|Condition)\s*=\s*[-@:+!|]*("?)([^\s"]+)\1/gm;

const CONDITION = /^Condition(?:FileIsExecutable|PathExists)=(\S+)$/m;

function* unitIssues(
  {path}: DebEntry,
  text: string | undefined,
  tree: ReadonlyMap<string, DebEntry>,
): Generator<Issue> {
  if (text === undefined || !path.endsWith('.service')) return;
  for (const [, , program = ''] of text.matchAll(EXEC)) {
    // Without a slash it is looked for in the folders for programs; % and $ are filled in on the server.
    if (!program.startsWith('/') || /[%$]/.test(program)) continue;
    // A unit that runs only where the administrator wrote the program.
    if (CONDITION.exec(text)?.[1] === program) continue;
    if (!PROGRAMS.test(program) && !isThere(program, tree))
      yield issueOf('unit-program', {file: path, message: `It starts ${program}`});
  }
}
