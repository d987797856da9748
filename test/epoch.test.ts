import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {FALLBACK_EPOCH, planEpoch, readSourceDateEpoch} from '../lib/epoch.js';
import {inFolder, skip, throws} from './helpers/suite.js';

const test = suite('epoch');

const PATH = '/usr/bin:/bin';
const FIRST = 1_500_000_000;
const SECOND = 1_600_000_000;
const THIRD = 1_700_000_000;

for (const [text, wanted] of [
  [undefined, undefined],
  ['', undefined],
  ['0', 0],
  ['1700000000', 1_700_000_000],
  ['8589934591', 8_589_934_591],
] as const) {
  test(`SOURCE_DATE_EPOCH ${text === undefined ? 'unset' : `"${text}"`} means ${wanted}`, () => {
    assert.is(readSourceDateEpoch({SOURCE_DATE_EPOCH: text}), wanted);
  });
}

for (const text of [
  'now',
  '-1',
  '1.5',
  '1e9',
  '0x10',
  ' 1',
  '1 ',
  '+1',
  '8589934592',
  'NaN',
  'Infinity',
  '１',
]) {
  test(`SOURCE_DATE_EPOCH "${text}" is refused`, () => {
    const error = throws(
      () => readSourceDateEpoch({SOURCE_DATE_EPOCH: text}),
      'E_OPTION',
      /SOURCE_DATE_EPOCH/,
    );
    assert.ok(error.message.endsWith(text));
  });
}

/** Two commits: the first has everything, the second changes `top` only, the third `part` only. */
function makeRepository(folder: string, times = [FIRST, SECOND, THIRD]): string {
  const git = (time: number, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Jo', '-c', 'user.email=jo@example.org', ...args], {
      cwd: folder,
      env: {PATH, HOME: folder, GIT_COMMITTER_DATE: `@${time} +0900`, GIT_AUTHOR_DATE: '@1 +0000'},
      stdio: 'pipe',
    });
  const commit = (time: number, file: string) => {
    writeFileSync(join(folder, file), String(time));
    git(time, 'add', '.');
    git(time, 'commit', '-q', '-m', file);
  };
  const [first = 0, second = 0, third = 0] = times;
  git(first, 'init', '-q');
  for (const name of ['part', 'still', 'untracked']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'still', 'file'), '');
  commit(first, 'part/file');
  commit(second, 'top');
  commit(third, 'part/file');
  writeFileSync(join(folder, 'untracked', 'file'), '');
  return folder;
}

const repository = (sub: string) => (use: (folder: string) => Promise<void>) =>
  inFolder(async (folder) => use(join(makeRepository(folder), sub)));
const elsewhere = inFolder;

/** Where the folder is, what else says something, what comes out. */
for (const [title, where, given, variable, wanted] of [
  ['the option wins', repository(''), 5, '6', {seconds: 5, from: 'option'}],
  ['an option of 0 is one', repository(''), 0, '6', {seconds: 0, from: 'option'}],
  ['then the environment', repository(''), undefined, '6', {seconds: 6, from: 'environment'}],
  ['then the last commit', repository(''), undefined, undefined, {seconds: THIRD, from: 'commit'}],
  ['an empty variable is none', repository(''), undefined, '', {seconds: THIRD, from: 'commit'}],
  [
    'of a subfolder its own last commit',
    repository('still'),
    undefined,
    undefined,
    {seconds: FIRST, from: 'commit'},
  ],
  ['of another subfolder too', repository('part'), undefined, undefined, {seconds: THIRD, from: 'commit'}],
  [
    'of an untracked folder the fallback',
    repository('untracked'),
    undefined,
    undefined,
    {seconds: FALLBACK_EPOCH, from: 'fallback'},
  ],
  [
    'without a repository the fallback',
    elsewhere,
    undefined,
    undefined,
    {seconds: FALLBACK_EPOCH, from: 'fallback'},
  ],
] as const) {
  test(title, () =>
    where(async (folder) => {
      const environment = {PATH, SOURCE_DATE_EPOCH: variable};
      assert.equal(await planEpoch({given, folder, environment}), wanted);
    }),
  );
}

for (const [title, where, wanted] of [
  ['a day is taken where no commit tells the time', elsewhere, {seconds: 7, from: 'changelog'}],
  ['a commit is more exact than a day', repository(''), {seconds: THIRD, from: 'commit'}],
] as const) {
  test(title, () =>
    where(async (folder) => {
      assert.equal(await planEpoch({given: undefined, day: 7, folder, environment: {PATH}}), wanted);
    }),
  );
}

test('a repository without a commit tells no time', () =>
  inFolder(async (folder) => {
    execFileSync('git', ['init', '-q'], {cwd: folder, env: {PATH, HOME: folder}});
    const planned = await planEpoch({given: undefined, folder, environment: {PATH}});
    assert.is(planned?.from, 'fallback');
  }));

test('without git on PATH the fallback is taken', () =>
  inFolder(async (folder) => {
    const planned = await planEpoch({
      given: undefined,
      folder: makeRepository(folder),
      environment: {PATH: folder},
    });
    assert.is(planned?.from, 'fallback');
  }));

test('variables of the caller lead git to no other repository, nor does its configuration', () =>
  inFolder(async (folder) => {
    mkdirSync(join(folder, 'other'));
    mkdirSync(join(folder, 'own'));
    makeRepository(join(folder, 'other'), [1, 2, 3]);
    const own = makeRepository(join(folder, 'own'));
    writeFileSync(join(folder, '.gitconfig'), 'not a configuration');
    const environment = {PATH, HOME: folder, GIT_DIR: join(folder, 'other', '.git')};
    assert.equal(await planEpoch({given: undefined, folder: own, environment}), {
      seconds: THIRD,
      from: 'commit',
    });
  }));

test('a repository of another user is read', async () => {
  if (process.getuid?.() !== 0) return skip('a repository of another user', 'only root can give files away');
  await inFolder(async (folder) => {
    makeRepository(folder);
    execFileSync('chown', ['-R', 'nobody', folder]);
    const planned = await planEpoch({given: undefined, folder, environment: {PATH}});
    assert.equal(planned, {seconds: THIRD, from: 'commit'});
  });
});

test('what is no folder has its time told by its members', async () => {
  assert.is(await planEpoch({given: undefined, folder: undefined, environment: {PATH}}), undefined);
  const environment = {PATH, SOURCE_DATE_EPOCH: '6'};
  assert.equal(await planEpoch({given: undefined, folder: undefined, environment}), {
    seconds: 6,
    from: 'environment',
  });
});

/** What the changelog says, what else says something, what comes out. */
for (const [title, changelog, given, variable, wanted] of [
  ['the option wins over the changelog', 4, 5, '6', {seconds: 5, from: 'option'}],
  ['the environment wins over the changelog', 4, undefined, '6', {seconds: 6, from: 'environment'}],
  ['the changelog wins over the last commit', 4, undefined, undefined, {seconds: 4, from: 'changelog'}],
  ['a changelog of 1970 is one', 0, undefined, undefined, {seconds: 0, from: 'changelog'}],
  ['a changelog from before 1970 tells no time', -1, undefined, undefined, {seconds: THIRD, from: 'commit'}],
  ['no changelog tells no time', undefined, undefined, undefined, {seconds: THIRD, from: 'commit'}],
] as const) {
  test(title, () =>
    repository('')(async (folder) => {
      const environment = {PATH, SOURCE_DATE_EPOCH: variable};
      assert.equal(await planEpoch({given, changelog, folder, environment}), wanted);
    }),
  );
}

test('an abort is passed on', async () => {
  const reason = new Error('stop');
  const options = {given: undefined, folder: '/', environment: {PATH}, signal: AbortSignal.abort(reason)};
  assert.is(await planEpoch(options).catch((error) => error), reason);
});

test.run();
