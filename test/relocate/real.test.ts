import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdir, rename, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {findLeaks, relocate, rewriteRecords} from '../../lib/relocate/index.js';
import {inFolder, long, skip} from '../helpers/suite.js';
import {describeTree, stagedVenv, stageNames} from './fixtures.js';
import {cleanEnv, createVenv, entriesOf, installDemo, interpreterOf, type Tool} from './real.js';

const test = suite('real virtualenvs');

interface Place {
  readonly python: string;
  /** Where it is. */
  readonly staged: string;
  /** Where it goes to. */
  readonly prefix: string;
}

/** Relocate a virtualenv and move it to its final place. @returns all that is in it, as text */
async function settle({python, staged, prefix}: Place): Promise<string> {
  const venv = stagedVenv(dirname(staged), {
    stagedPrefix: staged,
    prefix,
    interpreter: interpreterOf(python),
  });
  await relocate(venv, {promptName: 'app'});
  await rewriteRecords(venv, {requested: new Set()});
  const options = {forbidden: [staged], suspicious: [], trusted: new Set<string>(), allow: []};
  assert.equal(await findLeaks(await entriesOf(staged), options), [], 'leaks');
  await rm(prefix, {recursive: true, force: true});
  await mkdir(dirname(prefix), {recursive: true});
  await rename(staged, prefix);
  return describeTree(prefix);
}

interface Shell {
  readonly command: readonly string[];
  readonly script: (prefix: string) => string;
}

const posix = (prefix: string) => `
. "${prefix}/bin/activate"
echo "$VIRTUAL_ENV"; echo "$PATH"
python -c 'import sys; print(sys.prefix)'
demo 1 || true
deactivate
echo "\${VIRTUAL_ENV-none}"; echo "$PATH"
`;

/** Each prints: VIRTUAL_ENV, PATH, sys.prefix, what demo says; and after deactivate: none, PATH. */
const shells: Readonly<Record<string, Shell>> = {
  bash: {command: ['bash', '--norc', '-eu'], script: posix},
  dash: {command: ['dash'], script: posix},
  zsh: {command: ['zsh', '-f', '-e'], script: posix},
  fish: {
    command: ['fish', '--no-config'],
    script: (prefix) => `
source "${prefix}/bin/activate.fish"
echo $VIRTUAL_ENV; string join : $PATH
python -c 'import sys; print(sys.prefix)'
demo 1
deactivate
if set -q VIRTUAL_ENV; echo $VIRTUAL_ENV; else; echo none; end; string join : $PATH
`,
  },
  csh: {
    command: ['csh', '-f'],
    script: (prefix) => `
set prompt = '% '
source "${prefix}/bin/activate.csh"
echo "$VIRTUAL_ENV"; echo "$PATH"
python -c 'import sys; print(sys.prefix)'
demo 1
deactivate
printenv VIRTUAL_ENV || echo none
echo "$PATH"
`,
  },
};

async function tryShells(prefix: string, folder: string): Promise<void> {
  const wanted = [prefix, `${prefix}/bin:/usr/bin:/bin`, prefix, `demo ${prefix} 1`, 'none', '/usr/bin:/bin'];
  for (const [name, {command, script}] of Object.entries(shells)) {
    const [program = '', ...args] = command;
    if (!existsSync(`/usr/bin/${program}`) && !existsSync(`/bin/${program}`)) {
      skip(`activation in ${name}`, `${name} is not installed`);
      continue;
    }
    const file = join(folder, `try.${name}`);
    await writeFile(file, script(prefix));
    const output = execFileSync(program, [...args, file], {
      env: cleanEnv(folder),
      encoding: 'utf8',
      cwd: folder,
    });
    assert.equal(output.trim().split('\n'), wanted, `${name}: ${output}`);
  }
}

function tryScripts(prefix: string, folder: string): void {
  const say = (script: string) =>
    execFileSync(join(prefix, 'bin', script), {encoding: 'utf8', env: cleanEnv(folder), cwd: '/'});
  assert.is(say('demo'), `demo ${prefix}\n`);
  assert.is(say('demo-foreign'), 'foreign\n');
  // A trampoline would take the place of the docstring, and make its first statement an error.
  if (!prefix.includes(' ')) assert.is(say('demo-script'), `A script with a docstring. ${prefix}\n`);
}

/** Activation for an interpreter that runs already. */
function activateThis(python: string, prefix: string): void {
  const file = join(prefix, 'bin/activate_this.py');
  const program =
    'import sys; f = sys.argv[1]; exec(open(f).read(), {"__file__": f}); import demo; print(sys.prefix, demo.__file__)';
  const output = execFileSync(python, ['-c', program, file], {
    encoding: 'utf8',
    env: cleanEnv('/nonexistent'),
  });
  assert.is(output, `${prefix} ${join(prefix, interpreterOf(python).sitePackages, 'demo.py')}\n`);
}

/** Pip takes its time, above all under PyPy: not every virtualenv gets the demo installed. */
const FIRST = 'plain';
const LAST = 'of over 127 characters';
const withDemo = (tool: Tool, python: string, kind: string): boolean =>
  long ||
  kind === LAST ||
  (tool === 'venv' && (kind === FIRST || (kind === 'with a space' && !python.includes('pypy'))));

for (const python of ['/usr/bin/python3', '/usr/bin/pypy3']) {
  for (const tool of ['venv', 'virtualenv'] as const) {
    test(`${tool} by ${python} becomes the same wherever it was staged, and works`, () =>
      inFolder(async (folder) => {
        const prefix = join(folder, 'final/app');
        const results = new Map<boolean, string>();
        for (const [kind, name] of Object.entries(stageNames)) {
          const staged = join(folder, name, 'app');
          const demo = withDemo(tool, python, kind);
          await createVenv(python, tool, staged);
          if (demo) installDemo(staged, folder);
          const tree = await settle({python, staged, prefix});
          assert.fixture(tree, results.get(demo) ?? tree, `staged in a folder ${kind}`);
          results.set(demo, tree);
        }
        await tryShells(prefix, folder);
        tryScripts(prefix, folder);
        if (tool === 'virtualenv') activateThis(python, prefix);

        const nasty = join(folder, `another place/it's app`);
        await settle({python, staged: prefix, prefix: nasty});
        await tryShells(nasty, folder);
        tryScripts(nasty, folder);
      }));
  }
}

test.run();
