import {execFileSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readShellLine} from '../../lib/formats/shell-words.js';

const shell = suite('formats/shell-words');

const VARIABLES = {NAME: 'value', EMPTY: ''};

/** The words that sh makes of the arguments of a command. */
const askShell = (text: string): readonly string[] =>
  execFileSync('sh', ['-c', `print() { printf '%s\\n' "$@"; }; ${text}`], {env: VARIABLES, encoding: 'utf8'})
    .split('\n')
    .slice(0, -1);

const SIMPLE = [
  'print one \'two words\' "three words"',
  'print a\\ b "c\\"d" \'e"f\' "\\$g" "h\\i"',
  'print --opt="x y" --other=\'z\' plain',
  `print "$NAME" \${NAME} pre\${NAME}post`,
  "print '$NAME' '' x",
  'print a # a comment',
  'print a#b',
  'print \'a\'"b"c',
];
for (const text of SIMPLE) {
  shell(`splits as sh does: ${text}`, () => {
    const {commands, beyond} = readShellLine(text, VARIABLES);
    assert.is(beyond, undefined);
    assert.equal(commands[0]?.words.slice(1), askShell(text));
  });
}

shell('commands that follow each other are told apart, with the variables of each', () => {
  const {commands} = readShellLine('A=1 B="2 3" one x && two; three', {});
  assert.equal(commands, [
    {environment: {A: '1', B: '2 3'}, words: ['one', 'x']},
    {environment: {}, words: ['two']},
    {environment: {}, words: ['three']},
  ]);
});

for (const [text, why] of [
  ['a | b', '|'],
  ['a > b', '>'],
  ['a || b', '||'],
  ['a $(b)', '$('],
  ['a `b`', '`'],
  ['a "$(b)"', '$('],
  ['(a)', '('],
  ['if a; then b; fi', 'if'],
  ["a 'b", 'a quote that does not end'],
] as const) {
  shell(`is beyond it: ${text}`, () => assert.is(readShellLine(text).beyond, why));
}

shell.run();
