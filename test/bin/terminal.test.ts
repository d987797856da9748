import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {Cancelled} from '../../bin/cancelled.js';
import {createTerminal, duration, errorText, type Mode, printable} from '../../bin/terminal.js';
import {CommandError, MkvenvdebError, type ReportEvent} from '../../lib/index.js';

const terminal = suite('bin/terminal');

const EVENTS: readonly ReportEvent[] = [
  {type: 'step', name: 'install', detail: '/opt/app'},
  {type: 'output', source: 'pip', line: 'Collecting \u001b[31mfx'},
  {type: 'progress', name: 'install', done: 1, total: 3},
  {type: 'warning', code: 'unlocked', message: 'Not locked: fx', hint: 'Use hashes'},
  {type: 'done', name: 'install', milliseconds: 1234, detail: '3 distributions'},
];

/** What is written for these events, and the times kept. */
function show(mode: Mode, options: {readonly isTTY?: boolean; readonly columns?: number} = {}) {
  let written = '';
  const one = createTerminal({write: (text) => (written += text), ...options}, mode);
  for (const event of EVENTS) one.report(event);
  return {written, times: [...one.times]};
}

terminal('without a terminal there is a plain line for each step', () => {
  const {written, times} = show('normal');
  assert.is(written, 'warning: Not locked: fx\n    hint: Use hashes\ninstall     1.2 s  3 distributions\n');
  assert.equal(times, [['install', 1234]]);
});

terminal('on a terminal the running line is overwritten', () => {
  const {written} = show('normal', {isTTY: true, columns: 30});
  const clear = '\r\u001b[K';
  assert.is(
    written,
    `${clear}install          …  /opt/app${clear}install      33 %${clear}warning: Not locked: fx\n    hint: Use hashes\n` +
      'install     1.2 s  3 distributions\n',
  );
});

terminal('what a long step is at is a line of its own, or the running line of a terminal', () => {
  for (const [isTTY, wanted] of [
    [false, 'wheels …  building fx-1.0\nwork folder kept: /tmp/x\n'],
    [
      true,
      '\r\u001b[Kwheels           …  building fx-1.0\r\u001b[Kpip              …  Collecting fx\r\u001b[Kwork folder kept: /tmp/x\n',
    ],
  ] as const) {
    let written = '';
    const {report} = createTerminal({write: (text) => (written += text), isTTY}, 'normal');
    report({type: 'detail', name: 'wheels', detail: 'building fx-1.0'});
    report({type: 'output', source: 'pip download', line: '  Collecting fx'});
    report({type: 'output', source: 'pip download', line: 'Saved fx'});
    report({type: 'kept', folder: '/tmp/x'});
    assert.is(written, wanted);
  }
});

terminal('a running line never wraps', () => {
  const {written} = show('normal', {isTTY: true, columns: 12});
  const [step = '', progress = ''] = written.split('\r\u001b[K').slice(1);
  assert.equal([step, progress], ['install    ', 'install    ']);
});

terminal('verbose shows what programs print, with control characters made visible', () => {
  const {written} = show('verbose', {isTTY: true});
  assert.match(written, 'install …  /opt/app\n  pip: Collecting \\x1b[31mfx\n');
  assert.not.match(written, '\u001b');
});

terminal('quiet leaves warnings', () =>
  assert.is(show('quiet').written, 'warning: Not locked: fx\n    hint: Use hashes\n'),
);

terminal('JSON has a line for each event', () => {
  const lines = show('json').written.trimEnd().split('\n');
  assert.equal(
    lines.map((line) => JSON.parse(line)),
    [...EVENTS],
  );
});

terminal('notes are shown to people only', () => {
  for (const [mode, wanted] of [
    ['normal', 'x\n'],
    ['verbose', 'x\n'],
    ['quiet', ''],
    ['json', ''],
  ] as const) {
    let written = '';
    createTerminal({write: (text) => (written += text)}, mode).note('x');
    assert.is(written, wanted, mode);
  }
});

for (const [milliseconds, wanted] of [
  [0, '0.0 s'],
  [1449, '1.4 s'],
  [99_900, '99.9 s'],
  [125_000, '2 min 5 s'],
] as const) {
  terminal(`${milliseconds} ms is ${wanted}`, () => assert.is(duration(milliseconds), wanted));
}

for (const [text, wanted] of [
  ['plain é 日本', 'plain é 日本'],
  ['a\u001b[2Jb', 'a\\x1b[2Jb'],
  ['a\nb\tc', 'a\\x0ab\\x09c'],
  ['a\u202eb', 'a\\u{202e}b'],
] as const) {
  terminal(`${JSON.stringify(text)} is printed as ${wanted}`, () => assert.is(printable(text), wanted));
}

const failure = new CommandError('Command failed: pip (exit code 1)', {
  command: 'pip install fx',
  cwd: '/work',
  exitCode: 1,
  output: 'Collecting fx\nERROR: No matching distribution',
  hint: 'Look for it',
});

terminal('an error tells message, findings and advice', () => {
  const error = new MkvenvdebError('E_OPTION', 'Configuration is not valid: 2 problems', {
    issues: ['one', 'two'],
    hint: 'Read',
  });
  assert.is(
    errorText(error),
    'mkvenvdeb: Configuration is not valid: 2 problems\n  - one\n  - two\n  hint: Read',
  );
});

terminal('a failed command tells itself, its folder and its last words', () => {
  assert.is(
    errorText(failure),
    [
      'mkvenvdeb: Command failed: pip (exit code 1)',
      '  command: pip install fx',
      '  in:      /work',
      '  | Collecting fx',
      '  | ERROR: No matching distribution',
      '  hint: Look for it',
    ].join('\n'),
  );
  assert.not.match(errorText(failure, true), 'Collecting');
});

terminal('an error is a JSON document for programs', () => {
  let written = '';
  createTerminal({write: (text) => (written += text)}, 'json').error(failure);
  const {type, code, output, exitCode} = JSON.parse(written);
  assert.equal([type, code, exitCode, output.split('\n').length], ['error', 'E_COMMAND', 1, 2]);
});

terminal('a cancelled run says no more than that', () => {
  assert.is(errorText(new Cancelled('SIGINT')), 'mkvenvdeb: Cancelled by SIGINT');
});

terminal('an error that nobody foresaw shows its stack', () => {
  assert.match(
    errorText(new TypeError('x is not a function')),
    /^mkvenvdeb: TypeError: x is not a function\n\s+at /,
  );
});

terminal.run();
