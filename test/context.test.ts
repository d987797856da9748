import {homedir} from 'node:os';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openCaller} from '../lib/context.js';
import {buildDeb, packDeb, planDeb, readDeb, stageVenv} from '../lib/index.js';
import type {ReportEvent} from '../lib/report.js';
import {rejects} from './helpers/suite.js';

const test = suite('context');

/** Run with other variables in this process's environment. */
function withVariables<T>(variables: Record<string, string | undefined>, use: () => T): T {
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  const set = (all: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(all)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  set(variables);
  try {
    return use();
  } finally {
    set(before);
  }
}

for (const [given, wanted] of [
  [undefined, process.cwd()],
  ['/usr/', '/usr'],
  ['/usr/../etc', '/etc'],
  ['sub', `${process.cwd()}/sub`],
] as const) {
  test(`the working folder for ${given ?? 'nothing'} is ${wanted}`, () => {
    assert.is(openCaller({cwd: given}).cwd, wanted);
  });
}

for (const [title, variables, wanted] of [
  ['lies where XDG_CACHE_HOME says', {XDG_CACHE_HOME: '/xdg'}, '/xdg/mkvenvdeb'],
  ['ignores an XDG_CACHE_HOME that is relative', {XDG_CACHE_HOME: 'xdg', HOME: '/h'}, '/h/.cache/mkvenvdeb'],
  ['lies in the home without it', {XDG_CACHE_HOME: undefined, HOME: '/h'}, '/h/.cache/mkvenvdeb'],
] as const) {
  test(`the cache ${title}`, () => {
    assert.is(
      withVariables(variables, () => openCaller({}).cache),
      wanted,
    );
  });
}

for (const [given, wanted] of [
  ['/scratch', ['/scratch', '/var/tmp', '/tmp']],
  ['/tmp', ['/tmp', '/var/tmp']],
  ['/var/tmp/', ['/var/tmp', '/tmp']],
  [undefined, ['/tmp', '/var/tmp']],
] as const) {
  test(`temporary folders with TMPDIR ${given ?? 'unset'} are ${wanted.join(' ')}`, () => {
    assert.equal(
      withVariables({TMPDIR: given}, () => openCaller({}).temporary),
      wanted,
    );
  });
}

test('home and environment are those of the process, and nothing is changed in them', () => {
  const caller = openCaller({});
  assert.is(caller.home, homedir());
  assert.is(caller.environment.PATH, process.env.PATH);
});

test('every event is passed on, and warnings are kept', () => {
  const events: ReportEvent[] = [];
  const {report, warnings} = openCaller({report: (event) => events.push(event)});
  const warning = {type: 'warning', code: 'sample', message: 'Something'} as const;
  report({type: 'step', name: 'plan'});
  report(warning);
  assert.equal(events, [{type: 'step', name: 'plan'}, warning]);
  assert.equal(warnings, [warning]);
});

test('without a reporter warnings are kept all the same', () => {
  const {report, warnings} = openCaller({});
  report({type: 'warning', code: 'sample', message: 'Something'});
  assert.is(warnings.length, 1);
});

for (const [title, call, message] of [
  ['no options', () => buildDeb(undefined as never), /^Options are not an object: undefined\n/],
  ['null', () => planDeb(null as never), /^Options are not an object: null\n/],
  [
    'a number as source',
    () => buildDeb({source: 3} as never),
    /^Option "source" is a number and must be a text: 3\n/,
  ],
  [
    'several',
    () => buildDeb({source: 3, out: 4, configFile: 5} as never),
    /^Configuration is not valid: 3 problems\n.*"configFile".*"source".*"out"|"out".*"source"/s,
  ],
  [
    'a wrong context',
    () => buildDeb({cwd: 3, signal: 4, report: 5} as never),
    /"cwd" .*"signal" .*"report" /s,
  ],
  ['no tree', () => stageVenv({source: '.'} as never), /^Option "into" is missing\n/],
  ['no folder', () => packDeb({package: 'x'} as never), /^Option "folder" is missing\n/],
  ['no name', () => packDeb({folder: '.'} as never), /^Option is missing: package, version\n/],
  ['no package', () => readDeb(3 as never), /^Option "file" is not a text: 3\n/],
] as const) {
  test(`${title} is an error that names the option`, async () => {
    await rejects(call(), 'E_OPTION', message);
  });
}

test.run();
