import {execa} from 'execa';

/** What is different about the package, depending on the interpreter it was built for. */
export interface InterpreterCase {
  /** On the machine that builds. */
  readonly python: string;
  /** Debian packages that a server needs, as the package declares them. */
  readonly needs: readonly string[];
  /** The dependency on the interpreter and its bound, as relations. */
  readonly depends: readonly RegExp[];
  /** Under their normalised names (PEP 503). */
  readonly distributions: Readonly<Record<string, string>>;
  /** Tags of lintian that only what is compiled for it needs overridden. */
  readonly overridden: readonly string[];
  /** What the hook made belongs to no distribution. */
  readonly made: RegExp;
}

const COMMON = {'fx-dash-dot': '2.0', fxwsgi: '1.2.0', fxyaml: '0.9.1', warehouse: '26.11.0'};

export const pypy: InterpreterCase = {
  python: '/usr/bin/pypy3',
  needs: ['adduser', 'libpq5', 'pypy3'],
  depends: [/^pypy3 \(>= 7\.3\.\d+[^)]*\)$/, /^pypy3 \(<< 7\.[\d.]+~\)$/],
  distributions: {...COMMON, 'fxpq-cffi': '1.1.0', fxverify: '0.3.0'},
  overridden: ['library-not-linked-against-libc'],
  made: /^\/opt\/warehouse\/lib\/pypy3\.\d+\/site-packages\/fxverify\/__pycache__\/_cffi__\w+\.pypy3\S+\.so$/,
};

export const cpython: InterpreterCase = {
  python: '/usr/bin/python3',
  needs: ['adduser', 'libpq5', 'python3'],
  depends: [/^python3 \(>= 3\.\d+~\)$/, /^python3 \(<< 3\.\d+\)$/],
  distributions: {...COMMON, 'fxpq-capi': '1.1.0'},
  overridden: [],
  made: /(?!)/,
};

/** Why the package cannot be built here; undefined when it can. */
export async function cannotBuild({python}: InterpreterCase): Promise<string | undefined> {
  for (const [command, ...args] of [
    [python, '--version'],
    ['gcc', '--version'],
    ['pg_config', '--version'],
  ]) {
    const {failed} = await execa(command ?? '', args, {reject: false});
    if (failed) return `${command} is not installed`;
  }
  return undefined;
}
