import {existsSync} from 'node:fs';
import {rm, unlink} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openAptPlace} from '../helpers/apt-place.js';
import {makeKeyFile, publicKeyOf} from '../helpers/pgp.js';
import {runIn} from '../helpers/places.js';

const repo = suite('bin/repo');
const place = await openAptPlace();
const {folder} = place;

repo.after(() => place.close());

const keyFile = await makeKeyFile(folder, 'ed25519');
const run = (command: string, ...args: readonly string[]) =>
  runIn(['repo', command, '--repository', 'apt', ...args], {cwd: folder});

/** A command does what it should, and says this. */
async function says(wanted: RegExp, command: string, ...args: readonly string[]): Promise<string> {
  const {exitCode, stdout, stderr} = await run(command, ...args);
  assert.is(exitCode, 0, `${command}: ${stdout}\n${stderr}`);
  assert.match(stdout, wanted);
  return stderr;
}

const MOMENT = String.raw`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ`;

repo('a repository is made, filled, gone back in, signed again and swept', async () => {
  const [one, two] = [await place.makeDeb({version: '1.0'}), await place.makeDeb({version: '2.0'})];
  const facts = ['--origin', 'own', '--architectures', 'amd64', '--valid-days', '10'];
  await says(/^apt$/, 'init', ...facts, '--key-files', keyFile);
  await says(/^app 1\.0-1 amd64$/, 'add', one);
  await says(/^app 2\.0-1 amd64$/, 'add', two);
  const rows = [
    'date +steps +packages +changes',
    String.raw`${MOMENT} +0 +2 +\+ app 2\.0-1 amd64`,
    String.raw`${MOMENT} +1 +1 +\+ app 1\.0-1 amd64`,
    `${MOMENT} +2 +0`,
  ];
  await says(new RegExp(`^${rows.join('\n')}$`), 'history');
  const warning = await says(
    new RegExp(String.raw`^stable offers again what it did at ${MOMENT}\n- app 2\.0-1 amd64$`),
    'rollback',
  );
  assert.match(warning, /does not downgrade by itself/);
  await says(new RegExp(`^stable, valid until ${MOMENT}$`), 'resign');
  const {stdout} = await run('history', '--json');
  const {generations} = JSON.parse(stdout);
  await says(/\+ app 2\.0-1 amd64/, 'rollback', '--to', new Date(generations[2].date * 1000).toISOString());
  const sum = '0 versions no longer offered, 0 files removed, 0 B freed';
  await says(new RegExp(`^would be: ${sum}$`), 'gc', '--dry-run');
  await says(new RegExp(`^${sum}$`), 'gc');
  await says(/^nothing found$/, 'check', '--keyring', await publicKeyOf(keyFile), '--quick');
});

repo('what is wrong exits with 1 until it is repaired', async () => {
  await unlink(join(folder, 'apt/dists/stable/InRelease'));
  const found = await run('check');
  assert.is(found.exitCode, 1, found.stderr);
  assert.match(
    found.stdout,
    /^error no-release\n {2}dists\/stable\/InRelease {2}It is not there\n {2}cure: /,
  );
  assert.is((await run('check', '--fail-on', 'never')).exitCode, 0);
  const {exitCode, stdout} = await run('check', '--repair', '--json');
  const {done, issues} = JSON.parse(stdout);
  assert.equal([exitCode, done, issues], [0, ['stable: published anew, by Release'], []]);
  await rm(join(folder, 'apt/pool/main/a'), {recursive: true});
  assert.is((await run('check', '--repair')).exitCode, 1);
  await says(/taken out: app 1\.0-1 amd64\n.*taken out: app 2\.0-1 amd64\n/, 'check', '--drop-missing');
});

repo('settings are changed, and what is wrong with a change exits with 2', async () => {
  const {exitCode, stderr} = await run('set', '--remove-architectures', 'amd64');
  assert.is(exitCode, 2);
  assert.match(stderr, /No architecture is named/);
  await says(/^published anew: stable$/, 'set', '--valid-days', '14', '--contents', 'yes');
  await says(/^published anew: next$/, 'set', '--add-suites', 'next', '--suite', 'next', '--canary', 'yes');
  await says(/^published anew: stable\npublished anew: next$/, 'set', '--valid-days', 'forever');
  assert.is((await run('set', '--valid-days', 'forever')).exitCode, 2);
  await says(/^removed: next$/, 'set', '--remove-suites', 'next');
});

repo('keys of gpg that cannot sign are told with what to do, and nothing is made', async () => {
  const made = join(folder, 'by gpg');
  const args = ['repo', 'init', '--repository', made, '--origin', 'own', '--architectures', 'amd64'];
  for (const [PATH, message] of [
    ['/nonexistent', /There is no gpg on this machine\n {2}hint: Install the package gnupg/],
    ['/usr/bin:/bin', /gpg has not every secret key: 0123456789ABCDEF\n {2}hint: gpg --list-secret-keys/],
  ] as const) {
    const env = {PATH, GNUPGHOME: place.key.home};
    const {exitCode, stderr} = await runIn([...args, '--gpg-keys', '0123456789ABCDEF'], {cwd: folder, env});
    assert.is(exitCode, 2, stderr);
    assert.match(stderr, message);
    assert.not.ok(existsSync(made));
  }
});

repo('a wrong option is told, and exits with 2', async () => {
  const wrong: readonly (readonly [RegExp, ...(readonly string[])])[] = [
    [/Give it as 2026/, 'rollback', '--to', 'yesterday'],
    [/cannot be used with option/, 'rollback', '--to', '1', '--steps', '1'],
    [/cannot be used with option/, 'check', '--repair', '--keyring', 'x'],
    [/Give yes or no/, 'set', '--contents', 'on'],
    [/Give a number of days/, 'set', '--valid-days', 'many'],
    [/Nothing is to be changed/, 'set'],
    [/No such key: .*gone[\s\S]*hint: Put it back/, 'resign', '--key-files', 'gone'],
    [/No such key: .*gone[\s\S]*that clients have/, 'check', '--keyring', 'gone'],
    [/keepVersions: NaN/, 'gc', '--keep-versions', 'many'],
  ];
  for (const [message, command = '', ...args] of wrong) {
    const {exitCode, stderr} = await run(command, ...args);
    assert.is(exitCode, 2, stderr);
    assert.match(stderr, message);
  }
});

repo.run();
