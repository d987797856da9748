import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Command} from 'commander';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {loadCommands} from '../../bin/commands/index.js';
import {main} from '../../bin/main.js';
import {readyAnswer} from '../../bin/ready-answer.js';
import {root} from '../helpers/suite.js';

const ready = suite('bin/ready-answer');
const shell = {
  cwd: '/',
  environment: {},
  signal: new AbortController().signal,
  stderr: {write: () => {}, isTTY: false, columns: undefined},
};
const noScreen = {columns: undefined};

/** What the command itself says, at the width of what is no terminal. */
async function said(args: readonly string[]): Promise<string> {
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  const stdout = {write, written: async () => {}, isTTY: false, columns: undefined};
  assert.is(await main(args, {...shell, stdout}), 0);
  return text;
}

const namesOf = (commands: readonly Command[], before: readonly string[] = []): readonly string[][] =>
  commands.flatMap((one) => {
    const name = [...before, one.name()];
    return [name, ...namesOf(one.commands, name)];
  });

ready('every command has its help ready, word for word what it says itself', async () => {
  const output = {...shell, exitCode: 0, stdout: {write: () => {}, written: async () => {}, ...noScreen}};
  const names = namesOf(await loadCommands([], {...output, stdout: {...output.stdout, isTTY: false}}));
  assert.ok(names.some((name) => name.join(' ') === 'repo add'));
  for (const question of [['--version'], ['--help'], ...names.map((name) => [...name, '--help'])])
    assert.is(readyAnswer(question, noScreen), await said(question), question.join(' '));
});

for (const [args, columns] of [
  [['build'], undefined],
  [[], undefined],
  [['build', '--version'], undefined],
  [['toString', '--help'], undefined],
  [['build --help'], 100],
  [['--help'], 79],
  [['--help'], 120],
] as const)
  ready(`has none for ${JSON.stringify(args)} on ${columns ?? 'no'} columns`, () =>
    assert.is(readyAnswer(args, {columns}), undefined),
  );

ready('on a terminal as wide as usual it is the same', () =>
  assert.is(readyAnswer(['--help'], {columns: 80}), readyAnswer(['--help'], noScreen)),
);

ready('the command that is started loads next to nothing to answer', () => {
  const entry = readFileSync(join(root, 'dist/cli/mkvenvdeb.js'), 'utf8');
  const loaded = [...entry.matchAll(/^import .* from "(?!node:)([^"]+)"/gm)].map(([, name = '']) => name);
  const sizes = loaded.map((name) => readFileSync(join(root, 'dist/cli', name)).length);
  assert.ok(sizes.reduce((sum, size) => sum + size, entry.length) < 20_000, `it loads ${loaded.join(', ')}`);
});

ready.run();
