import {existsSync, readFileSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {warnAccounts} from '../../lib/policy/accounts.js';
import {inFolder, skip} from '../helpers/suite.js';

const accounts = suite('policy/accounts');

type Options = Parameters<typeof warnAccounts>[0];
const NONE: Options = {directories: [], sysusers: [], depends: [], preDepends: []};
const owned = (owner: string, group = 'root', again = true): Options['directories'] => [
  {path: '/srv/app', owner, group, mode: 0o755, purge: 'keep', again},
];
const USER = {name: 'app', shell: '/bin/sh', gecos: '', groups: [], purge: 'keep'} as const;

async function warned(options: Partial<Options>, scripts: Parameters<typeof warnAccounts>[1] = {}) {
  const messages: string[] = [];
  await warnAccounts({...NONE, ...options}, scripts, (event) => {
    if (event.type === 'warning') messages.push(event.message);
  });
  return messages.map((message) => /group (\S+),/.exec(message)?.[1]);
}

for (const [what, options, wanted] of [
  ['root', {directories: owned('root')}, []],
  ['the account of the option', {directories: owned('app', 'app'), user: USER}, []],
  ['its own group', {directories: owned('app', 'web'), user: {...USER, group: 'web'}}, []],
  ['a group beside it', {directories: owned('app', 'web'), user: USER}, ['web']],
  ['both, unknown', {directories: owned('app', 'web')}, ['app', 'web']],
  ['one of two folders', {directories: [...owned('app'), ...owned('app')]}, ['app']],
  ['what a script sets', {directories: owned('app', 'app', false)}, []],
  ['what another package may bring', {directories: owned('app'), depends: ['redis']}, []],
  ['what another package brings before', {directories: owned('app'), preDepends: ['redis']}, []],
] as const) {
  accounts(`an owner that nobody makes is a warning: ${what}`, async () =>
    assert.equal(await warned(options as Partial<Options>), wanted),
  );
}

accounts('an account that a script or sysusers makes is known, part of its name is not', async () =>
  inFolder(async (folder) => {
    const source = join(folder, 'app.conf');
    await writeFile(source, 'u app-server - "App"\n');
    const sysusers = [{source}];
    assert.equal(await warned({directories: owned('app-server'), sysusers}), []);
    assert.equal(await warned({directories: owned('app'), sysusers}), ['app']);
    const scripts = {postinst: '#!/bin/sh\nadduser --system app\n'};
    assert.equal(await warned({directories: owned('app')}, scripts), []);
  }),
);

accounts('those of every Debian system are known', async () => {
  const files = ['passwd', 'group'].map((name) => `/usr/share/base-passwd/${name}.master`);
  if (!files.every((file) => existsSync(file))) return skip('accounts of Debian', 'no base-passwd');
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').trim().split('\n'));
  const names = lines.map((line) => line.split(':')[0] ?? '');
  assert.ok(names.length > 40);
  assert.equal(await warned({directories: names.flatMap((name) => owned(name))}), []);
});

accounts.run();
