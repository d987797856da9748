import {existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {inspect} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {CommandError} from '../../lib/errors.js';
import {collectWheels, type WheelRequest} from '../../lib/python/wheels.js';
import type {ReportEvent} from '../../lib/report.js';
import {CALLER, CPYTHON, EPOCH, requirementsOf, testWorkspace, writeWheels} from '../helpers/python.js';
import {inFolder, rejects} from '../helpers/suite.js';

const test = suite('python/open');

const asking = (text: string): WheelRequest => ({
  extras: [],
  further: [],
  isolation: true,
  requires: [],
  epoch: EPOCH,
  requirements: requirementsOf(text),
});

test('makes the folders of a build, and an environment that points into them', () =>
  inFolder(async (folder) => {
    const {folders, env, cache} = await testWorkspace(join(folder, 'work'), CPYTHON);
    assert.equal(readdirSync(folders.root).sort(), [
      'build',
      'downloads',
      'home',
      'src',
      'stage',
      'tmp',
      'wheels',
    ]);
    assert.is(env.HOME, folders.home);
    assert.is(env.TMPDIR, folders.tmp);
    assert.is(env.PIP_CACHE_DIR, join(cache, 'pip-http'));
  }));

/** What the configuration says, what pip is told, whether an index is asked. */
for (const [title, index, wanted, variables, offline] of [
  ['nothing', {noIndex: false}, [], {}, false],
  ['an index', {noIndex: false, indexUrl: 'https://e.org/s'}, [], {PIP_INDEX_URL: 'https://e.org/s'}, false],
  [
    'more of them',
    {noIndex: false, extraIndexUrls: ['https://a/', 'https://b/']},
    [],
    {PIP_EXTRA_INDEX_URL: 'https://a/ https://b/'},
    false,
  ],
  [
    'places with wheels',
    {noIndex: false, findLinks: ['/x y', 'https://e.org/a b']},
    ['--find-links', '/x y'],
    {PIP_FIND_LINKS: 'https://e.org/a%20b'},
    false,
  ],
  ['other arguments', {noIndex: false, pipArgs: ['--pre']}, ['--pre'], {}, false],
  ['no index', {noIndex: true, findLinks: ['/x']}, ['--no-index', '--find-links', '/x', 'SEEDS'], {}, true],
] as const) {
  test(`tells pip of ${title}`, () =>
    inFolder(async (folder) => {
      const {index: opened, pip} = await testWorkspace(join(folder, 'work'), CPYTHON, {
        index: index as object,
      });
      const seeds = pip.seedFolders.flatMap((place) => ['--find-links', place]);
      assert.equal(
        opened.args,
        wanted.flatMap((one) => (one === 'SEEDS' ? seeds : [one])),
      );
      assert.equal(opened.env, variables);
      assert.is(opened.offline, offline);
      assert.ok(opened.folders.every((place) => place.startsWith('/')));
    }));
}

test('accounts are taken out of URLs and kept beside, for nobody else to read', () =>
  inFolder(async (folder) => {
    const netrc = join(folder, 'my netrc');
    writeFileSync(netrc, 'machine example.org login jo password hunter2\n', {mode: 0o644});
    const {folders, index, logins, env} = await testWorkspace(join(folder, 'work'), CPYTHON, {
      netrc,
      index: {noIndex: false, indexUrl: 'https://jo:p%40ss@index.example:8443/s', pipArgs: ['http://a:b@c/']},
    });
    const {NETRC = '', PIP_INDEX_URL, GIT_CONFIG_VALUE_0: helper = ''} = index.env;
    assert.is(PIP_INDEX_URL, 'https://index.example:8443/s');
    assert.equal(index.args, ['http://c/']);
    assert.equal(readFileSync(NETRC, 'utf8').split('\n'), [
      'machine example.org login jo password hunter2',
      'machine index.example login jo password p@ss',
      'machine c login a password b',
      '',
    ]);
    const store = /'(.*)'/.exec(helper)?.[1] ?? '';
    assert.equal(readFileSync(store, 'utf8').split('\n'), [
      'https://jo:p%40ss@index.example:8443',
      'http://a:b@c',
      'https://jo:hunter2@example.org',
      '',
    ]);
    for (const file of [NETRC, store]) assert.is(statSync(file).mode & 0o777, 0o600);
    assert.is(statSync(dirname(NETRC)).mode & 0o777, 0o700);
    assert.equal(readdirSync(folders.home), []);
    assert.not.ok('NETRC' in env);
    await logins.close();
    assert.not.ok(existsSync(dirname(NETRC)));
  }));

test('what a netrc file cannot hold stays in its URL, for pip alone to see', () =>
  inFolder(async (folder) => {
    const indexUrl = 'https://jo:one@index.example/a';
    const extraIndexUrls = ['https://jo:two@index.example/b', 'https://jo:a%20b@other.example/'];
    const index = {noIndex: false, indexUrl, extraIndexUrls};
    const {index: opened} = await testWorkspace(join(folder, 'work'), CPYTHON, {index});
    assert.equal(opened.args, []);
    assert.equal(opened.env, {PIP_INDEX_URL: indexUrl, PIP_EXTRA_INDEX_URL: extraIndexUrls.join(' ')});
  }));

test("no configuration of the caller's reaches pip or a build", () =>
  inFolder(async (folder) => {
    const home = join(folder, 'home');
    mkdirSync(join(home, '.config', 'pip'), {recursive: true});
    for (const file of ['pip.conf', '.config/pip/pip.conf', '.pydistutils.cfg']) {
      writeFileSync(
        join(home, file),
        '[global]\nno-such-option = 1\nindex-url = https://leaked.example/\n[nonsense',
      );
    }
    const modules = join(folder, 'modules');
    mkdirSync(modules);
    for (const name of ['sitecustomize', 'zipfile', 'usercustomize']) {
      writeFileSync(join(modules, `${name}.py`), 'raise SystemExit("leaked")\n');
    }
    const caller = {
      ...CALLER,
      HOME: home,
      XDG_CONFIG_HOME: join(home, '.config'),
      PIP_CONFIG_FILE: join(home, 'pip.conf'),
      PIP_INDEX_URL: 'https://leaked.example/',
      PIP_REQUIRE_VIRTUALENV: '1',
      PIP_NO_BINARY: ':all:',
      PIP_TARGET: join(folder, 'target'),
      PIP_CONSTRAINT: '/no/such/constraints.txt',
      PYTHONPATH: modules,
      PYTHONUSERBASE: modules,
      PYTHONHOME: '/no/such',
      PYTHONWARNINGS: 'error',
      TZ: 'Pacific/Kiritimati',
      LC_ALL: 'tr_TR.UTF-8',
    };
    const links = join(folder, 'links');
    writeWheels(links, [
      {name: 'fx-a', version: '1', requires: ['fx-b']},
      {name: 'fx-b', version: '1'},
    ]);
    const environment = {caller, epoch: EPOCH, pass: [], set: {}};
    const workspace = await testWorkspace(join(folder, 'work'), CPYTHON, {
      environment,
      index: {findLinks: [links]},
    });
    const {wheels} = await collectWheels(workspace, asking('fx-a'));
    assert.equal(
      wheels.map(({normalizedName}) => normalizedName),
      ['fx-a', 'fx-b'],
    );
  }));

test('a password in the address of an index is never shown', () =>
  inFolder(async (folder) => {
    const lines: string[] = [];
    const report = (event: ReportEvent) => event.type === 'output' && lines.push(event.line);
    const address = (user: string) => `http://${user}:hunter2@127.0.0.1:9/simple/`;
    const index = {
      noIndex: false,
      indexUrl: address('jo'),
      extraIndexUrls: [address('al')],
      pipArgs: ['--retries', '0', '--timeout', '1', '-v'],
    };
    const workspace = await testWorkspace(join(folder, 'work'), CPYTHON, {
      index,
      secrets: ['hunter2'],
      report,
    });
    const error = await rejects(
      collectWheels(workspace, asking('fx-a')),
      'E_COMMAND',
      /^Command failed: pip download/,
    );
    assert.match((error as CommandError).output, /No matching distribution found for fx-a/);
    assert.match((error as CommandError).command, /^\S+ -s \S+\/pip download /);
    const everything = `${inspect(error, {depth: null})} ${lines.join('\n')}`;
    assert.match(everything, /127\.0\.0\.1/);
    assert.not.match(everything, /hunter2/);
  }));

test.run();
