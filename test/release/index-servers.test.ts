import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openIndexTarget} from '../../lib/release/index-target.js';
import {type IndexServer, startDevpi, startPypiserver} from '../helpers/index-servers.js';
import {pythonTools} from '../helpers/python-tools.js';
import {openTestCaller, plannedOf, releaseOf} from '../helpers/releases.js';
import {rejects, skip} from '../helpers/suite.js';
import {makeSdist, makeWheel} from '../helpers/wheels.js';

/** Indexes that others have written, filled by us and by twine, and installed from by pip. */
const servers = suite('release/index-servers');
const folder = await mkdtemp(join(tmpdir(), 'index-servers-'));
const found = await pythonTools();
const started: IndexServer[] = [];
const made = {name: 'own-app', version: '26.11.3', commands: {'own-app': 'own_app:main'}};

servers.after(async () => {
  for (const server of started) await server.close();
  await rm(folder, {recursive: true, force: true});
});

async function open(server: IndexServer, password = server.password) {
  const {caller} = openTestCaller(folder, {});
  const {uploadUrl, username} = server;
  return openIndexTarget({index: uploadUrl, username, password, pauses: [1]}, caller);
}

async function released(server: IndexServer): Promise<void> {
  const place = join(folder, `${server.name}-made`);
  const files = [await makeWheel(place, made), await makeSdist(place, made)];
  const other = await makeWheel(join(place, 'other'), {...made, metadata: 'Summary: Another\n'});
  const release = await releaseOf(files);
  const planned = plannedOf(release);
  const wrong = await open(server, 'wrong-password');
  const error = await rejects(wrong.preflight(planned), 'E_PUBLISH', /refuses the account: .*40[13]/);
  assert.not.match(error.message, 'wrong-password');
  const target = await open(server);
  await target.preflight(planned);
  // What the trial of the account sent is stored nowhere.
  assert.not.match(await (await fetch(server.indexUrl)).text(), /own.app/i);
  await rejects(target.verify(release), 'E_PUBLISH', /does not show what was published/);
  assert.is(await target.publish(release), 'published');
  await target.verify(release);
  assert.is(await (await open(server)).publish(release), 'there');
  await rejects(target.preflight(planned), 'E_PUBLISH', /has files of this version/);
  await rejects(target.publish(await releaseOf([other])), 'E_PUBLISH', /other bytes under this name/);
}

/** pip takes the wheel, and what is in it runs. */
async function installed(server: IndexServer, version: string): Promise<void> {
  const target = await mkdtemp(join(folder, 'installed-'));
  const args = ['install', '--isolated', '--no-deps', '--no-cache-dir', '--index-url', server.indexUrl];
  await execa('/usr/bin/python3', ['-m', 'pip', ...args, '--target', target, `own-app==${version}`]);
  const ran = await execa('/usr/bin/python3', ['-c', 'import own_app; own_app.main()'], {
    env: {PYTHONPATH: target},
  });
  assert.is(ran.stdout, `own-app ${version}`);
}

/** What twine sent is found there, also of one that sends a part only. */
async function besideTwine(server: IndexServer): Promise<void> {
  const place = join(folder, `${server.name}-twine`);
  const newer = {...made, version: '26.11.4'};
  const files = [await makeWheel(place, newer), await makeSdist(place, newer)];
  const release = await releaseOf(files, {version: '26.11.4', tag: 'v26.11.4'});
  const twine = async (file: string) =>
    execa('twine', ['upload', '--non-interactive', '--disable-progress-bar', file], {
      env: {
        TWINE_REPOSITORY_URL: server.uploadUrl,
        TWINE_USERNAME: server.username,
        TWINE_PASSWORD: server.password,
      },
    });
  await twine(files[0] ?? '');
  const target = await open(server);
  await target.preflight(release);
  assert.is(await target.publish(release), 'published');
  await target.verify(release);
  assert.is(await target.publish(release), 'there');
}

for (const [name, start] of [
  ['pypiserver', startPypiserver],
  ['devpi', startDevpi],
] as const)
  servers(
    `${name}: a release is tried, published, found done; pip installs it; twine's are found`,
    async () => {
      if (typeof found === 'string') return skip(name, found);
      const server = await start(found.bin, folder);
      started.push(server);
      await released(server);
      await installed(server, '26.11.3');
      await besideTwine(server);
      await installed(server, '26.11.4');
    },
  );

servers.run();
