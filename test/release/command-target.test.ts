import {chmod, mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {publishApt} from '../../lib/apt/publish.js';
import {type CommandTargetOptions, openCommandTarget} from '../../lib/release/command-target.js';
import type {Release} from '../../lib/release/target.js';
import {openAptPlace, updated} from '../helpers/apt-place.js';
import {openTestCaller, plannedOf, releaseOf} from '../helpers/releases.js';
import {rejects, throws} from '../helpers/suite.js';

/** Repositories that others keep, by the commands of their own. */
const command = suite('release/command-target');
const place = await openAptPlace();
const {folder, key, makeDeb, newClient} = place;
const servers: Server[] = [];

command.after(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await place.close();
});

/** Plain files, as any web server has them. */
async function serve(root: string): Promise<string> {
  const server = createServer(async ({url = '', method}, response) => {
    const bytes = await readFile(join(root, decodeURIComponent(url))).catch(() => undefined);
    response.writeHead(bytes ? 200 : 404, {'content-length': bytes?.length ?? 0});
    response.end(method === 'HEAD' ? undefined : bytes);
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function open(options: CommandTargetOptions, environment: Record<string, string | undefined> = {}) {
  const {PATH, GNUPGHOME} = process.env;
  const {caller, events} = openTestCaller(folder, {PATH, GNUPGHOME, ...environment});
  return {target: openCommandTarget(options, caller), events};
}

const OWN = {name: 'own-app', version: '26.11.3'};
const newFolder = (what: string) => mkdtemp(join(folder, `${what}-`));

async function builtRelease(more: Partial<Release> = {}): Promise<Release> {
  return releaseOf([await makeDeb(OWN)], {project: folder, ...more});
}

/** The whole way: tried, published, seen by us and by apt, found done, other bytes told. */
async function released(options: CommandTargetOptions & {readonly url: string}): Promise<void> {
  const {target: one, events} = open(options);
  const release = await builtRelease();
  await one.preflight(plannedOf(release));
  await rejects(
    one.verify(release),
    'E_PUBLISH',
    /own-app 26\.11\.3-1 \(amd64\) in suite stable.*: not there/,
  );
  assert.is(await one.publish(release), 'published');
  await one.verify(release);
  assert.is(await one.publish(release), 'there');
  const client = await newClient(options.url, 'stable');
  await updated(client);
  assert.is((await client.get('install', 'own-app')).exitCode, 0);
  assert.is(await client.installed('own-app'), '26.11.3-1');
  const other = await releaseOf([await makeDeb({...OWN, text: 'other'})], {project: folder});
  await rejects(one.verify(other), 'E_PUBLISH', /there is sha256/);
  await rejects(one.publish(other), 'E_PUBLISH', /Command failed/);
  assert.ok(events.every((event) => event.type === 'output'));
}

command('aptly publishes a release', async () => {
  const home = await newFolder('aptly');
  const configuration = join(home, 'aptly.conf');
  const root = {rootDir: join(home, 'root'), architectures: ['amd64'], gpgDisableVerify: true};
  await writeFile(configuration, JSON.stringify(root));
  const aptly = ['aptly', `-config=${configuration}`];
  const run = (...args: readonly string[]) => execa('aptly', [...aptly.slice(1), ...args]);
  await run('repo', 'create', '-component=main', 'own');
  const sign = ['-batch', `-gpg-key=${key.fingerprint}`];
  await run('publish', 'repo', ...sign, '-distribution=stable', '-origin=own', 'own');
  const script = join(home, 'publish');
  await writeFile(
    script,
    `#!/bin/sh -e\n${aptly.join(' ')} repo add own "$@"\n${aptly.join(' ')} publish update ${sign.join(' ')} stable\n`,
  );
  await chmod(script, 0o755);
  await released({
    command: [script, '{files}'],
    preflight: [...aptly, 'repo', 'show', 'own'],
    url: await serve(join(home, 'root/public')),
    suite: 'stable',
    component: 'main',
  });
});

command('reprepro publishes a release', async () => {
  const base = await newFolder('reprepro');
  await mkdir(join(base, 'conf'));
  const lines = [
    'Origin: own',
    'Suite: stable',
    'Codename: stable',
    'Architectures: amd64',
    'Components: main',
  ];
  await writeFile(
    join(base, 'conf/distributions'),
    `${[...lines, `SignWith: ${key.fingerprint}`].join('\n')}\n`,
  );
  await execa('reprepro', ['-b', base, 'export', 'stable']);
  await released({
    // Debian wants a section; the packages of the tests have none.
    command: ['reprepro', '-b', base, '-S', 'misc', '-P', 'optional', 'includedeb', 'stable', '{files}'],
    preflight: ['reprepro', '-b', base, 'check', 'stable'],
    url: await serve(base),
    suite: 'stable',
  });
});

command('a command knows what is released, by words and by its environment', async () => {
  const project = await newFolder('project');
  const script = `for file in "$@"; do echo "$file"; done >told
printf '%s\\n' "$MKVENVDEB_FILES" "$MKVENVDEB_CHANGES" $MKVENVDEB_PACKAGE $MKVENVDEB_VERSION $MKVENVDEB_TAG $MKVENVDEB_COMMIT >>told`;
  const changes = join(project, 'x.changes');
  await writeFile(changes, '');
  const debs = [await makeDeb(OWN), await makeDeb({...OWN, name: 'other-one'})];
  const release = await releaseOf([...debs, changes], {project});
  const {target: one, events} = open({
    command: ['sh', '-c', script, 'sh', '{package}={version}', '{files}', '{changes}', 'a{files}'],
  });
  assert.is(await one.publish(release), 'published');
  assert.equal((await readFile(join(project, 'told'), 'utf8')).trimEnd().split('\n'), [
    ...['own-app=26.11.3', ...debs, changes, 'a{files}'],
    ...[...debs, changes, 'own-app', '26.11.3', 'v26.11.3', release.commit],
  ]);
  await one.verify(release);
  assert.equal(
    events.map((event) => event.type === 'warning' && event.code),
    ['unverified-command'],
  );
});

command('a command that fails is told with what it printed, and is run again by the next try', async () => {
  const project = await newFolder('project');
  const {target: one} = open({
    command: ['sh', '-c', '[ -f ready ] && exit; touch ready; echo "no room" >&2; exit 3'],
  });
  const release = await builtRelease({project});
  const error = await rejects(one.publish(release), 'E_PUBLISH', /Command failed: sh \(exit code 3\)/);
  assert.equal(error.issues, ['no room']);
  assert.is(await one.publish(release), 'published');
});

command('a command that verifies decides whether it is there', async () => {
  const project = await newFolder('project');
  const {target: one} = open({
    command: ['sh', '-c', 'echo x >>published'],
    verify: ['sh', '-c', 'test -f published || { echo "not there"; exit 1; }'],
  });
  const release = await builtRelease({project});
  const error = await rejects(one.verify(release), 'E_PUBLISH', /has not published all/);
  assert.match(error.issues.join('\n'), /not there/);
  assert.is(await one.publish(release), 'published');
  assert.is(await one.publish(release), 'there');
  await one.verify(release);
  assert.is(await readFile(join(project, 'published'), 'utf8'), 'x\n');
});

command(
  'preflight tells of a program that is not there, a trial that fails, a server that does not answer',
  async () => {
    const planned = plannedOf(await builtRelease());
    const refused = (options: CommandTargetOptions, message: RegExp) =>
      rejects(open(options).target.preflight(planned), 'E_PUBLISH', message);
    await refused({command: ['no-such-program-47', '{files}']}, /is not there: no-such-program-47/);
    await refused({command: ['true'], preflight: ['sh', '-c', 'echo closed; exit 1']}, /closed/);
    await refused(
      {command: ['true'], url: 'http://127.0.0.9:45678/', suite: 'stable'},
      /cannot be asked.*ECONNREFUSED/,
    );
    await open({command: ['true'], preflight: ['true']}).target.preflight(planned);
  },
);

command('what a server damages is told', async () => {
  const repository = await place.newRepository();
  const url = await serve(repository);
  const {target: one} = open({
    command: [process.execPath, '-e', 'process.exit(1)'],
    url,
    suite: 'stable',
  });
  const release = await builtRelease();
  await publishApt({repository, files: release.artifacts.map(({file}) => file)});
  await one.verify(release);
  const packages = join(repository, 'dists/stable/main/binary-amd64');
  await writeFile(join(packages, 'Packages.gz'), 'damaged');
  await rejects(one.verify(release), 'E_PUBLISH', /Index is damaged or missing/);
  // Who has only the plain form is as good.
  await rm(join(packages, 'Packages.gz'));
  await one.verify(release);
  await rm(join(repository, 'pool'), {recursive: true});
  await rejects(one.verify(release), 'E_PUBLISH', /its file is not served: pool\//);
});

command('what cannot be run or asked is wrong input', () => {
  const wrong = (options: CommandTargetOptions, message: RegExp) =>
    throws(() => open(options), 'E_OPTION', message);
  wrong({command: []}, /is empty/);
  wrong({command: ['true'], url: 'ftp://x/', suite: 'stable'}, /Not a URL/);
  wrong({command: ['true'], url: 'http://x/'}, /No suite is named/);
});

command('secrets of the environment, and of URLs, are told nowhere', async () => {
  const {caller, events} = openTestCaller(folder, {PATH: process.env.PATH, UPLOAD_TOKEN: 'canary-47-token'});
  caller.hide(['canary-47-token']);
  const words = [
    'sh',
    '-c',
    'echo "with $UPLOAD_TOKEN to $0"; exit 1',
    'https://jo:hunter2@apt.example.org/',
  ];
  const one = openCommandTarget({command: words}, caller);
  const error = await rejects(one.publish(await builtRelease()), 'E_PUBLISH', /Command failed/);
  const told = JSON.stringify([error, error.message, error.issues, error.cause, events, one.place]);
  assert.match(told, /with \*\*\*\* to/);
  assert.not.match(told, /canary-47|hunter2/);
});

command.run();
