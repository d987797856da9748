import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {checkText} from '../../bin/commands/check-text.js';
import {type Paint, plain} from '../../bin/present.js';
import type {Issue} from '../../lib/model.js';
import {debFile, debOf, tarOf} from '../archive/deb-helper.js';
import {entry} from '../archive/helper.js';
import {runCli} from '../helpers/cli.js';
import {inFolder} from '../helpers/suite.js';

const check = suite('bin/check');

const found: readonly Issue[] = [
  {code: 'leftover', severity: 'info', file: 'opt/a~', message: 'It is left', cure: 'Leave it out'},
  ...['a', 'bb', 'c\u001b[31m', 'd'].map(
    (name): Issue => ({
      code: 'setuid',
      severity: 'warning',
      file: name,
      message: 'It is setuid',
      cure: 'Why?',
    }),
  ),
  {code: 'no-copyright', severity: 'warning', message: 'There is none', cure: 'Pack one'},
];

const lines = [
  'warning setuid (4)',
  '  a          It is setuid',
  '  bb         It is setuid',
  '  c\\x1b[31m  It is setuid',
  '  … and 1 more; --verbose shows all',
  '  cure: Why?',
  '',
  'warning no-copyright',
  '  There is none',
  '  cure: Pack one',
  '',
  'info leftover',
  '  opt/a~  It is left',
  '  cure: Leave it out',
  '',
  '0 errors, 5 warnings, 1 remark',
];

check('groups findings by severity and code, with three examples and the cure once', () =>
  assert.equal(checkText(found, {paint: plain, verbose: false}).split('\n'), lines),
);

check('shows every finding with --verbose', () => {
  const text = checkText(found, {paint: plain, verbose: true});
  assert.match(text, /^ {2}d {10}It is setuid$/m);
  assert.not.match(text, /more/);
});

check('paints severities and codes', () => {
  const marked: Paint = (tone, text) => `<${tone} ${text}>`;
  const text = checkText(found, {paint: marked, verbose: false});
  assert.match(text, /^<warning warning> <heading setuid> \(4\)$/m);
  assert.match(text, /^0 errors, <warning 5 warnings>, <faint 1 remark>$/m);
  assert.is(checkText([], {paint: marked, verbose: false}), '<good nothing found>');
});

check('exits by --fail-on, and takes exceptions and forbidden texts', () =>
  inFolder(async (cwd) => {
    const data = await tarOf([entry('f', {text: 'made in /home/jo/build', mode: 0o666})]);
    debFile(cwd, await debOf({data}));
    const run = async (...args: string[]) => (await runCli(['check', 'x.deb', ...args], {cwd})).exitCode;
    assert.equal(
      await Promise.all([run(), run('--fail-on', 'warning'), run('--forbid', '/home/jo')]),
      [0, 1, 1],
    );
    assert.is(await run('--fail-on', 'never', '--forbid', '/home/jo'), 0);
    assert.is(await run('--allow', 'forbidden-text:/f', '--forbid', '/home/jo'), 0);
    assert.is(await run('--allow', 'nonsense'), 2);
    const {stdout} = await runCli(['check', 'x.deb', '--forbid', '/home/jo', '--json'], {cwd});
    const {issues} = JSON.parse(stdout) as {issues: Issue[]};
    assert.ok(issues.some(({code, file}) => code === 'forbidden-text' && file === 'f'));
    await writeFile(join(cwd, 'broken.deb'), 'no package');
    assert.is((await runCli(['check', 'broken.deb'], {cwd})).exitCode, 1);
  }),
);

check.run();
