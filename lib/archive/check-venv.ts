import {posix} from 'node:path';
import type {Issue} from '../model.js';
import {issueOf} from './check-codes.js';
import type {Facts} from './check-facts.js';
import {follow} from './check-links.js';
import {relatedPackages} from './check-policy.js';
import type {DebContents} from './read.js';
import type {DebEntry} from './read-tar.js';

/** Whether each virtualenv names the folder that it lies in, and an interpreter that will be there. */
export function* checkVenvs(contents: DebContents, facts: Facts): Generator<Issue> {
  const tree = new Map(contents.entries.map((entry) => [entry.path, entry]));
  for (const {path} of contents.entries) {
    if (posix.basename(path) !== 'pyvenv.cfg') continue;
    const venv = {prefix: posix.dirname(path), tree, facts};
    yield* activationIssues(venv);
    yield* interpreterIssues(venv, contents);
  }
  yield* editableIssues(contents.entries, facts, tree);
}

interface Venv {
  readonly prefix: string;
  readonly tree: ReadonlyMap<string, DebEntry>;
  readonly facts: Facts;
}

/** `VIRTUAL_ENV=/opt/app`, `setenv VIRTUAL_ENV "/opt/app"`, `set -gx VIRTUAL_ENV '/opt/app'`. */
const VIRTUAL_ENV =
  /^[ \t]*(?:export |setenv |set -gx |set(?:env)? |\$)?(?:env[.:])?VIRTUAL_ENV[= ][ \t]*["']?(\/[^"'\n]*)(?:["'][ \t\r]*)?$/m;

function* activationIssues({prefix, facts}: Venv): Generator<Issue> {
  for (const name of ['activate', 'activate.csh', 'activate.fish']) {
    const file = `${prefix}/bin/${name}`;
    const found = VIRTUAL_ENV.exec(facts.get(file)?.text ?? '')?.[1]?.trimEnd();
    if (found !== undefined && found !== `/${prefix}`)
      yield issueOf('venv-prefix', {file, message: `It names ${found}`});
  }
}

/** Folders in which Debian's interpreters lie. */
const DEBIAN_PYTHON = /^usr\/bin\/((?:python|pypy)3?[\d.]*)$/;

function* interpreterIssues({prefix, tree}: Venv, {control}: DebContents): Generator<Issue> {
  const file = `${prefix}/bin/python`;
  if (!tree.has(file)) return;
  const end = follow(file, tree);
  // Copied, or brought by the package; a circle is told by another check.
  if (end === undefined || tree.has(end) || end.startsWith(`${prefix}/`)) return;
  const [, name] = DEBIAN_PYTHON.exec(end) ?? [];
  if (name === undefined) return yield issueOf('foreign-interpreter', {file, message: `It is /${end}`});
  const series = /^(python|pypy)(3\.\d+)$/.exec(name)?.[0];
  const folders = [...tree.keys()].flatMap((path) =>
    path.startsWith(`${prefix}/lib/`)
      ? (/^[^/]+(?=\/site-packages$)/.exec(path.slice(prefix.length + 5)) ?? [])
      : [],
  );
  const [first] = folders;
  if (series !== undefined && first !== undefined && !folders.includes(series))
    yield issueOf('interpreter-series', {file, message: `It is /${end}, the modules are in lib/${first}`});
  const family = name.startsWith('pypy') ? 'pypy3' : 'python3';
  if (![...relatedPackages(control)].some((one) => one.startsWith(family) || one.startsWith(`lib${family}`)))
    yield issueOf('interpreter-depends', {file, message: `It is /${end}`});
}

function* editableIssues(
  entries: readonly DebEntry[],
  facts: Facts,
  tree: ReadonlyMap<string, DebEntry>,
): Generator<Issue> {
  for (const {path} of entries) {
    if (!/\/(?:site|dist)-packages\//.test(path)) continue;
    const name = posix.basename(path);
    const text = facts.get(path)?.text;
    if (/^__editable__|\.egg-link$/.test(name))
      yield issueOf('editable', {file: path, message: 'It is a link to sources'});
    else if (name === 'direct_url.json' && /"editable"\s*:\s*true/.test(text ?? ''))
      yield issueOf('editable', {file: path, message: 'It was installed with -e'});
    else if (name.endsWith('.pth')) {
      for (const line of (text ?? '').split(/\r?\n/)) {
        const folder = line.trim();
        if (folder.startsWith('/') && !tree.has(posix.normalize(folder).slice(1).replace(/\/$/, '')))
          yield issueOf('pth-path', {file: path, message: `It adds ${folder}`});
      }
    }
  }
}
