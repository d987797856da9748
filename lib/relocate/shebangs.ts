import {closeSync, openSync, readSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {MkvenvdebError} from '../errors.js';
import {quotedForms, shellQuote} from '../formats/quoting.js';
import {asLatin1, type PathChange, type Relocation, replaceFile, replaceStaged} from './tree.js';
import {moveArchive} from './zipapp.js';

/** Bytes of a first line that every Linux reads, with `#!` and the newline (BINPRM_BUF_SIZE was 128 until 5.1). */
const LONGEST_LINE = 127;
/** Bytes looked at: no path is longer than 4096, and a trampoline names one. */
const HEAD = 16_384;

/** The names under which a venv links its one interpreter; `ipython3` and the like are programs of their own. */
const INTERPRETER = /^\/bin\/(?:python|pypy)w?(?:\d+(?:\.\d+)*)?[dtm]?$/;

/** `#!/bin/sh`, then a line that is a command for sh and the start of a string for Python: distlib and uv. */
const TRAMPOLINE = /^#! ?\/bin\/sh\r?\n'''exec' ([^\n]+) "\$0" "\$@"\r?\n' '''\r?(?:\n|$)/;
/** uv's relocatable trampoline: the interpreter beside the script. */
const BESIDE = /^"\$\(dirname -- "\$\(realpath -- "\$0"\)"\)"\/'([^'\s]+)'/;
const ENV = /^(?:\/usr)?\/bin\/env\s+((?:-S|--split-string=)\s*)?/;

/** An interpreter line that names the staged virtualenv. */
interface Command {
  /** `/usr/bin/env -S `, or empty. */
  readonly env: string;
  /** Below the prefix: `/bin/python3`. */
  readonly program: string;
  /** What follows, with its leading blank, or empty. */
  readonly args: string;
  /** It stood in a trampoline, where sh split the arguments. */
  readonly fromShell: boolean;
}

/**
 * Make a script's interpreter that of the final path: line 1, or the trampoline in its place, and nothing else. Text
 * and result are Latin-1, byte by byte; `undefined` when the text has no interpreter line.
 *
 * @param path of the script, relative to the prefix
 * @throws E_RELOCATE when the line must be a trampoline and the interpreter is no Python
 */
export function relocateScript(text: string, path: string, change: PathChange): string | undefined {
  const trampoline = TRAMPOLINE.exec(text);
  if (trampoline) {
    const [whole, line = ''] = trampoline;
    const command = besideScript(line, path) ?? parseCommand(line, change.spellings, true);
    return command && emit(command, whole, {path, prefix: change.prefix}) + text.slice(whole.length);
  }
  const [whole, line = ''] = /^#!([^\n\0]*)(?:\n|$)/.exec(text) ?? [''];
  if (whole === '') return undefined;
  const command = parseCommand(line.replace(/^[ \t]+/, ''), change.spellings, false);
  // `#!/usr/bin/awk -f STAGED/lib/x.awk`: another interpreter, whose argument is ours.
  const first = command ? emit(command, whole, {path, prefix: change.prefix}) : replaceStaged(whole, change);
  return first + text.slice(whole.length);
}

function besideScript(line: string, path: string): Command | undefined {
  const match = BESIDE.exec(line);
  if (!match) return undefined;
  return {
    env: '',
    program: `/${dirname(path)}/${match[1]}`,
    args: line.slice(match[0].length),
    fromShell: true,
  };
}

/** The staged *directory* decides, never the interpreter's name: `#!/opt/other/bin/python3` is none of ours. */
function parseCommand(line: string, spellings: readonly string[], fromShell: boolean): Command | undefined {
  const [env = ''] = ENV.exec(line) ?? [];
  const rest = line.slice(env.length);
  for (const form of spellings.flatMap((spelling) => quotedForms(asLatin1(spelling)))) {
    const start = form.open + form.inner;
    if (!rest.startsWith(`${start}/`)) continue;
    const program = /^\/[^\s"']+/.exec(rest.slice(start.length))?.[0] ?? '';
    const args = rest.slice(start.length + program.length);
    if (program === '' || !args.startsWith(form.close)) continue;
    const after = args.slice(form.close.length);
    if (/^(?:\s|$)/.test(after)) return {env, program, args: after.trimEnd(), fromShell};
  }
  return undefined;
}

interface Script {
  readonly path: string;
  readonly prefix: string;
}

function emit({env, program, args, fromShell}: Command, old: string, {prefix, path}: Script): string {
  const isPython = INTERPRETER.test(program);
  const interpreter = asLatin1(prefix) + (isPython ? '/bin/python' : program);
  const end = old.endsWith('\n') ? '\n' : '';
  // The kernel hands over everything behind the interpreter as one argument: only env -S and sh can give several.
  const several = /\S\s+\S|["'\\$]/.test(args);
  const envSplits = several && /\s(?:-S|--split-string=)/.test(env);
  const plain = `#!${envSplits ? env + quoteForEnv(interpreter) : interpreter}${args}`;
  const works = envSplits || !(/\s/.test(interpreter) || (several && fromShell));
  if (works && plain.length < LONGEST_LINE) return plain + end;
  if (!isPython) {
    throw new MkvenvdebError(
      'E_RELOCATE',
      `Interpreter does not fit into the first line of a script: ${path}`,
      {
        hint: 'Choose a shorter prefix, without blanks',
      },
    );
  }
  return `#!/bin/sh\n'''exec' ${shellQuote(interpreter)}${args} "$0" "$@"\n' '''${end}`;
}

const quoteForEnv = (path: string): string => (/\s/.test(path) ? `"${path}"` : path);

/** Relocate every script of the virtualenv, wherever it lies. @returns the paths of those that changed */
export async function relocateShebangs({nodes, spellings, prefix}: Relocation): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const {path, staged, type} of nodes) {
    if (type !== 'file' || !isScript(staged)) continue;
    const content = await readFile(staged);
    const head = content.toString('latin1', 0, HEAD);
    const result = relocateScript(head, path, {spellings, prefix});
    if (result === undefined || result === head) continue;
    const relocated = Buffer.concat([Buffer.from(result, 'latin1'), content.subarray(HEAD)]);
    moveArchive(relocated, result.length - head.length);
    await replaceFile(staged, relocated);
    changed.push(path);
  }
  return changed;
}

/** Synchronous, because every file is asked: three calls take a tenth of the time of three promises. */
function isScript(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const start = Buffer.alloc(2);
    readSync(descriptor, start, 0, 2, 0);
    return start.toString('latin1') === '#!';
  } finally {
    closeSync(descriptor);
  }
}
