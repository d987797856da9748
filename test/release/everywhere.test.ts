import {readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {listApt, publishApt, type ReleaseResult} from '../../lib/index.js';
import {type AptPlace, openAptPlace} from '../helpers/apt-place.js';
import {runCli} from '../helpers/cli.js';
import {configuration, git, makeReleaseProject, type ReleaseProject} from '../helpers/release-project.js';
import {type UploadIndex, uploadIndex} from '../helpers/upload-index.js';

/** The real places together: a package index, an apt repository of ours, the tag. */
const everywhere = suite('release/everywhere');
let place: AptPlace;
let index: UploadIndex;
let repository: string;
let project: ReleaseProject;

everywhere.before(async () => {
  place = await openAptPlace();
  index = await uploadIndex();
  repository = await place.newRepository();
  project = await makeReleaseProject(join(place.folder, 'release'), section());
});

everywhere.after(async () => {
  index.close();
  await place.close();
});

const section = () =>
  `index: {upload_url: "${index.uploadUrl}", index_url: "${index.indexUrl}"}
apt: [{repository: ${repository}, suite: stable}]
`;

const run = (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
  runCli(['release', ...args], {
    cwd: project.folder,
    env: {
      ...{XDG_STATE_HOME: join(place.folder, 'state'), HOME: place.folder, CI: '', JENKINS_URL: ''},
      ...{TWINE_USERNAME: '__token__', TWINE_PASSWORD: 'secret', ...env},
    },
  });

const published = async () => {
  const packages = await listApt({repository});
  return {
    index: [...index.files.keys()].sort(),
    apt: packages.filter((one) => one.package === 'tiny-shop').map(({version}) => version),
    tags: (await git(project.remote, 'tag')).stdout,
  };
};

const month = () => {
  const day = new Date();
  return `${day.getUTCFullYear() - 2000}.${day.getUTCMonth() + 1}`;
};

everywhere('what is wrong with several places is told at once, before anything is built', async () => {
  const {exitCode, stderr} = await run(['--dry-run'], {
    TWINE_PASSWORD: 'wrong',
    GNUPGHOME: join(place.folder, 'none'),
  });
  assert.is(exitCode, 1);
  assert.match(
    stderr,
    /Release cannot be made: 2 problems\n {2}- package index http[\s\S]*\n {2}- apt repository /,
  );
  assert.not.match(stderr, /wrong/);
});

everywhere('versions of the index and of the apt repository count for the next one', async () => {
  await publishApt({
    repository,
    files: [await place.makeDeb({name: 'tiny-shop', version: `${month()}.4-1`})],
  });
  const {exitCode, stdout, stderr} = await run(['--dry-run']);
  assert.is(exitCode, 0, stderr);
  assert.match(stdout, new RegExp(`^tiny-shop ${month().replace('.', '\\.')}\\.5 would be released`));
  assert.match(
    stdout,
    /publish: package index \S+, which cannot be taken back\n.*publish: apt repository .* stable\n.*publish: tag origin$/m,
  );
});

everywhere('a release that breaks off in the index is gone on with, and is then everywhere', async () => {
  const version = `${month()}.5`;
  // The trial of the account and the sdist are taken, the wheel is not.
  index.faults.push('none', 'none', 'forbidden');
  const first = await run();
  assert.is(first.exitCode, 3, first.stderr);
  assert.match(
    first.stderr,
    /Release \S+ is perhaps public: there is nothing for sure; missing is package index/,
  );
  assert.equal((await published()).apt, [`${month()}.4-1`]);
  const again = await run();
  assert.is(again.exitCode, 1);
  assert.match(again.stderr, /may be public in part/);
  const {exitCode, stdout, stderr} = await run(['--resume', '--json']);
  assert.is(exitCode, 0, stderr);
  const result: ReleaseResult = JSON.parse(stdout);
  assert.is(result.version, version);
  assert.equal(await published(), {
    index: [`tiny_shop-${version}-py3-none-any.whl`, `tiny_shop-${version}.tar.gz`],
    apt: [`${month()}.4-1`, `${version}-1`],
    tags: `v${version}`,
  });
  const client = await place.newClient(repository);
  assert.is((await client.get('update')).exitCode, 0);
  assert.match((await client.cache('policy', 'tiny-shop')).stdout, new RegExp(`Candidate: ${version}-1`));
});

everywhere('the next push is the next version', async () => {
  await project.push({'mkvenvdeb.yaml': configuration(`${section()}gate: {install: false}\n`)});
  const {exitCode, stdout, stderr} = await run();
  assert.is(exitCode, 0, stderr);
  assert.match(stdout, /^tiny-shop \S+\.6 is released/);
  assert.equal((await published()).tags, `v${month()}.5\nv${month()}.6`);
  await rm(join(place.folder, 'state'), {recursive: true, force: true});
  const nothing = await run();
  assert.is(nothing.exitCode, 0);
  assert.match(nothing.stdout, /^Nothing is released: commit \S+ was released already: tag v/);
});

everywhere('a command that nobody can ask about is not run again once it has succeeded', async () => {
  const [log, ready] = [join(place.folder, 'log'), join(place.folder, 'ready')];
  const commands = `  - {command: [sh, -c, 'echo run >>"$0"', ${log}]}\n  - {command: [test, -e, ${ready}]}\n`;
  const quick = 'sdist: false\nwheel: false\ngate: {install: false}\n';
  await project.push({'mkvenvdeb.yaml': configuration(`${quick}apt:\n${commands}`)});
  const broken = await run(['--json']);
  assert.is(broken.exitCode, 3, broken.stderr);
  const told = JSON.parse(broken.stderr.trim().split('\n').at(-1) ?? '');
  assert.match(told.published.join('\n'), /^command sh -c .*echo run/);
  assert.equal(told.missing, [`command test -e ${ready} (begun)`, 'tag origin']);
  assert.is((await run(['--resume'])).exitCode, 3);
  await writeFile(ready, '');
  const {exitCode, stdout, stderr} = await run(['--resume']);
  assert.is(exitCode, 0, stderr);
  assert.match(stdout, /was there\n.*published/);
  assert.is(await readFile(log, 'utf8'), 'run\n');
});

everywhere.run();
