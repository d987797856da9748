import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {buildEnvironment, type EnvironmentOptions, fetchEnvironment} from '../../lib/python/environment.js';
import {inFolder} from '../helpers/suite.js';

const test = suite('python/environment');

const build = (changes: Partial<EnvironmentOptions> = {}) =>
  buildEnvironment({
    caller: {PATH: '/usr/bin:/bin'},
    work: '/tmp/w',
    epoch: 1_700_000_000,
    pass: [],
    set: {},
    ...changes,
  });

const everything = build();

test('is complete, and nothing in it is left to the machine', () => {
  assert.equal(everything, {
    PATH: '/usr/bin:/bin',
    HOME: '/tmp/w/home',
    TMPDIR: '/tmp/w/tmp',
    LC_ALL: 'C.UTF-8',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    SOURCE_DATE_EPOCH: '1700000000',
    PYTHONHASHSEED: '0',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONNOUSERSITE: '1',
    PYTHONUTF8: '1',
    PIP_CONFIG_FILE: '/dev/null',
    PIP_NO_INPUT: '1',
    PIP_NO_COLOR: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_ROOT_USER_ACTION: 'ignore',
    GIT_TERMINAL_PROMPT: '0',
    CFLAGS: '-g0 -ffile-prefix-map=/tmp/w=.',
    CXXFLAGS: '-g0 -ffile-prefix-map=/tmp/w=.',
    LDFLAGS: '-s -Wl,--build-id=none',
    RUSTFLAGS: '-C strip=symbols --remap-path-prefix=/tmp/w=.',
  });
});

test('a caller without PATH has one that finds a compiler', () => {
  assert.is(build({caller: {}}).PATH, '/usr/local/bin:/usr/bin:/bin');
});

for (const name of [
  'PIP_INDEX_URL',
  'PIP_FIND_LINKS',
  'PIP_REQUIRE_VIRTUALENV',
  'PIP_USER',
  'PYTHONPATH',
  'PYTHONHOME',
  'PYTHONWARNINGS',
  'PYTHONPYCACHEPREFIX',
  'PYTHONOPTIMIZE',
  'PYTHONUSERBASE',
  'VIRTUAL_ENV',
  'GIT_DIR',
  'DEBFULLNAME',
  'CC',
  'DISTUTILS_DEBUG',
  'SETUPTOOLS_USE_DISTUTILS',
  'XDG_CACHE_HOME',
  'LANGUAGE',
  'LC_CTYPE',
]) {
  test(`${name} of the caller does not leak in`, () => {
    assert.equal(build({caller: {PATH: '/usr/bin:/bin', [name]: 'leaked'}}), everything);
  });
}

for (const name of [
  'HOME',
  'TMPDIR',
  'TZ',
  'LC_ALL',
  'LANG',
  'PYTHONHASHSEED',
  'SOURCE_DATE_EPOCH',
  'CFLAGS',
  'LDFLAGS',
  'PIP_CONFIG_FILE',
]) {
  test(`${name} of the caller changes nothing`, () => {
    assert.equal(build({caller: {PATH: '/usr/bin:/bin', [name]: 'leaked'}}), everything);
  });
}

test('what tools read of a proxy and of certificates is passed on, and nothing else', () => {
  const read = ['https_proxy', 'HTTPS_PROXY', 'no_proxy', 'SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE'];
  const caller = Object.fromEntries(
    [...read, 'PIP_PROXY', 'SSLKEYLOGFILE', 'SSH_ASKPASS', 'SSH_AUTH_SOCK'].map((name) => [name, name]),
  );
  const wanted = Object.fromEntries(read.map((name) => [name, name]));
  assert.equal(build({caller: {PATH: '/usr/bin:/bin', ...caller}}), {...everything, ...wanted});
});

test('keys are for those who fetch only', () => {
  const caller = {SSH_AUTH_SOCK: '/agent', SSH_ASKPASS: '/ask'};
  assert.equal(fetchEnvironment({caller}), {SSH_AUTH_SOCK: '/agent'});
});

test('Python finds the proxy that the caller has', () => {
  const proxy = 'http://127.0.0.1:9';
  const env = build({caller: {PATH: '/usr/bin:/bin', https_proxy: proxy, no_proxy: 'local.example'}});
  const code =
    'import urllib.request as r; print(r.getproxies()["https"], bool(r.proxy_bypass("local.example")))';
  assert.is(execFileSync('python3', ['-c', code], {env, encoding: 'utf8'}).trim(), `${proxy} True`);
});

test('what is to be passed on is, where the caller has it', () => {
  const environment = build({caller: {PATH: '/bin', CC: 'clang', OTHER: 'x'}, pass: ['CC', 'ABSENT']});
  assert.is(environment.CC, 'clang');
  assert.not.ok('OTHER' in environment);
  assert.not.ok('ABSENT' in environment);
});

test('what is to be passed on wins over what is pinned', () => {
  assert.is(build({caller: {HOME: '/home/jo'}, pass: ['HOME']}).HOME, '/home/jo');
});

test('what is set wins over everything', () => {
  const caller = {PATH: '/usr/bin', CC: 'clang'};
  const set = {CC: 'gcc', PATH: '/opt/bin', TZ: 'Asia/Tokyo', HOME: '/h'};
  const environment = build({caller, pass: ['CC'], set});
  for (const [name, value] of Object.entries(set)) assert.is(environment[name], value);
});

for (const name of ['CFLAGS', 'CXXFLAGS', 'LDFLAGS', 'RUSTFLAGS']) {
  test(`${name} that is set or passed on is joined to ours, and comes last`, () => {
    const wanted = `${everything[name]} -O1 -DX=1`;
    assert.is(build({set: {[name]: '-O1 -DX=1'}})[name], wanted);
    assert.is(build({caller: {[name]: '-O1 -DX=1'}, pass: [name]})[name], wanted);
  });
}

test('a work path with a blank is mapped by no compiler, because no build tool keeps it together', () => {
  const {CFLAGS, CXXFLAGS, RUSTFLAGS, HOME, TMPDIR} = build({work: '/tmp/a b'});
  assert.is(CFLAGS, '-g0');
  assert.is(CXXFLAGS, '-g0');
  assert.is(RUSTFLAGS, '-C strip=symbols');
  assert.is(HOME, '/tmp/a b/home');
  assert.is(TMPDIR, '/tmp/a b/tmp');
});

test('a compiler takes the flags and writes neither path nor debugging information nor build-id', () =>
  inFolder(async (work) => {
    const source = join(work, 'src');
    mkdirSync(source);
    for (const name of ['tmp', 'home']) mkdirSync(join(work, name));
    writeFileSync(join(source, 'x.c'), 'const char *where(void) { return __FILE__; }\n');
    const env = build({work});
    const flags = [...(env.CFLAGS ?? '').split(' '), ...(env.LDFLAGS ?? '').split(' ')];
    const built = join(work, 'x.so');
    execFileSync('gcc', [...flags, '-shared', '-fPIC', '-o', built, join(source, 'x.c')], {env});
    const bytes = readFileSync(built, 'latin1');
    assert.not.ok(bytes.includes(work), 'the path is in it');
    assert.ok(bytes.includes('./src/x.c'), 'the test does not do what it says');
    const sections = execFileSync('readelf', ['-WS', built], {encoding: 'utf8'});
    assert.not.match(sections, /\.debug_|\.symtab|build-id/);
  }));

test.run();
