import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openTagTarget, type TagTargetOptions} from '../../lib/release/tag-target.js';
import {type GitPlaces, gitPlaces, writeHook} from '../helpers/git-places.js';
import {openTestCaller, releaseOf} from '../helpers/releases.js';
import {rejects, throws} from '../helpers/suite.js';

const tagging = suite('release/tag-target');
const folder = await mkdtemp(join(tmpdir(), 'tag-target-'));
let places: GitPlaces;

tagging.before.each(async () => {
  places = await gitPlaces(await mkdtemp(join(folder, 'place-')));
});
tagging.after(() => rm(folder, {recursive: true, force: true}));

/** HOME is a folder without a configuration. */
const ENVIRONMENT = {PATH: process.env.PATH, HOME: '/nonexistent'};

function open(options: TagTargetOptions = {}, environment: Record<string, string> = {}) {
  const {caller, events} = openTestCaller(folder, {...ENVIRONMENT, ...environment});
  return {target: openTagTarget(options, caller), events};
}

const release = async (more: object = {}) =>
  releaseOf([], {project: places.clone, commit: places.commits[1], ...more});
const TAG = 'refs/tags/v26.11.3';

tagging('an annotated tag is tried, pushed, verified, and found done', async () => {
  const {target} = open(
    {message: 'Release {version} of {package}'},
    {
      GIT_COMMITTER_NAME: 'Ann',
      GIT_COMMITTER_EMAIL: 'ann@example.org',
    },
  );
  const one = await release();
  await target.preflight(one);
  assert.equal([...(await places.refs()).keys()], ['refs/heads/main']);
  assert.is(await places.git('tag', '--list'), '');
  await rejects(target.verify(one), 'E_PUBLISH', /Tag is not in origin: v26\.11\.3/);
  assert.is(await target.publish(one), 'published');
  await target.verify(one);
  const refs = await places.refs();
  assert.is(refs.get(`${TAG}^{}`), one.commit);
  const object = await places.git('cat-file', 'tag', refs.get(TAG) ?? '');
  assert.match(object, /^tagger Ann <ann@example\.org> /m);
  assert.match(object, /\n\nRelease 26\.11\.3 of own-app$/);
  assert.is(await target.publish(one), 'there');
  await target.preflight(one);
  assert.is(await places.git('rev-parse', TAG), refs.get(TAG));
});

tagging('git that knows nobody makes a tag all the same', async () => {
  await places.git('config', 'user.useConfigOnly', 'true');
  const {target} = open();
  assert.is(await target.publish(await release()), 'published');
  assert.match(await places.git('cat-file', 'tag', TAG), /^tagger mkvenvdeb <mkvenvdeb@localhost> /m);
});

tagging('a tag on the same commit is done, annotated or not', async () => {
  const one = await release();
  await places.git('push', '--quiet', 'origin', `${one.commit}:${TAG}`);
  const {target} = open();
  await target.preflight(one);
  assert.is(await target.publish(one), 'there');
  await target.verify(one);
});

tagging('a tag that was made here only is pushed as it is', async () => {
  await places.git('tag', '-a', '-m', 'by hand', 'v26.11.3');
  const hash = await places.git('rev-parse', TAG);
  const {target} = open();
  assert.is(await target.publish(await release()), 'published');
  assert.is((await places.refs()).get(TAG), hash);
});

tagging('a tag on another commit stops it, here or there, both commits told', async () => {
  const [first, second] = places.commits;
  const {target} = open();
  const expected = [`there: ${first}`, `released: ${second}`];
  await places.git('tag', 'v26.11.3', first);
  const here = await rejects(
    target.preflight(await release()),
    'E_PUBLISH',
    /another commit: v26\.11\.3 here/,
  );
  assert.equal(here.issues, expected);
  await places.git('tag', '-d', 'v26.11.3');
  await places.git('push', '--quiet', 'origin', `${first}:${TAG}`);
  for (const step of [target.preflight, target.publish, target.verify]) {
    const there = await rejects(step(await release()), 'E_PUBLISH', /another commit: v26\.11\.3 in origin/);
    assert.equal(there.issues, expected);
  }
  assert.is((await places.refs()).get(TAG), first);
  assert.is(await places.git('tag', '--list'), '');
});

tagging('of two releases at once one has the tag, the other is told', async () => {
  const [first, second] = places.commits;
  const other = await places.another();
  const done = await Promise.allSettled([
    open().target.publish(await release({commit: first})),
    open().target.publish(await release({commit: second, project: other})),
  ]);
  assert.equal(done.map(({status}) => status).sort(), ['fulfilled', 'rejected']);
  const [lost] = done.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  assert.match(`${lost.code} ${lost.message}`, /E_PUBLISH Tag stands on another commit/);
  assert.is((await places.refs()).get(`${TAG}^{}`), done[0]?.status === 'fulfilled' ? first : second);
});

tagging('a push that a hook refuses is told with its words, and leaves no tag here', async () => {
  await writeHook(places.bare, 'pre-receive', 'echo "no tags on Fridays" >&2; exit 1');
  const {target} = open();
  const error = await rejects(
    target.publish(await release()),
    'E_PUBLISH',
    /does not take the tag v26\.11\.3/,
  );
  assert.match(error.issues.join('\n'), /no tags on Fridays/);
  assert.is(await places.git('tag', '--list'), '');
});

tagging('a push whose answer is lost is found done', async () => {
  await writeHook(places.bare, 'post-receive', 'kill -9 $PPID');
  const {target} = open();
  assert.is(await target.publish(await release()), 'published');
  assert.is((await places.refs()).get(`${TAG}^{}`), places.commits[1]);
});

tagging('hooks of the clone do not run', async () => {
  for (const hook of ['pre-push', 'reference-transaction'])
    await writeHook(join(places.clone, '.git'), hook, 'exit 1');
  assert.is(await open().target.publish(await release()), 'published');
});

tagging('other tags and branches are not pushed, whatever is configured', async () => {
  await places.git('config', 'push.followTags', 'true');
  await places.git('tag', '-a', '-m', 'x', 'private', places.commits[0]);
  await open().target.publish(await release());
  assert.not.ok((await places.refs()).has('refs/tags/private'));
});

tagging('push options reach the remote; one that takes none is told before', async () => {
  const options = {pushOptions: ['ci.skip']};
  await rejects(
    open(options).target.preflight(await release()),
    'E_PUBLISH',
    /does not take the tag.*push options/s,
  );
  await places.git('--git-dir', places.bare, 'config', 'receive.advertisePushOptions', 'true');
  await writeHook(places.bare, 'pre-receive', 'echo "$GIT_PUSH_OPTION_0" >"$GIT_DIR/told"');
  const {target} = open(options);
  await target.preflight(await release());
  await target.publish(await release());
  assert.is(await readFile(join(places.bare, 'told'), 'utf8'), 'ci.skip\n');
});

/** What is no name of a tag, or would be something else to git. */
for (const tag of [
  '-d',
  '--delete',
  'a..b',
  'a b',
  'v1:refs/heads/main',
  'v*',
  'v1^{}',
  'v1\nx',
  '',
  'v1.lock',
  '/v',
])
  tagging(`no name of a tag: ${JSON.stringify(tag)}`, async () => {
    const {target} = open();
    await rejects(target.preflight(await release({tag})), 'E_PUBLISH', /Not the name of a tag/);
    assert.equal([...(await places.refs()).keys()], ['refs/heads/main']);
  });

for (const tag of ['v1;touch>pwned', '$(touch>pwned)', 'v\'"`x`', 'ümlaut/+1', '+v1'])
  tagging(`a strange name is only a name: ${tag}`, async () => {
    const {target} = open();
    const one = await release({tag});
    await target.preflight(one);
    await target.publish(one);
    await target.verify(one);
    assert.is((await places.refs()).get(`refs/tags/${tag}^{}`), one.commit);
  });

tagging('a tag that would stand beside a folder of its name is refused before', async () => {
  await places.git('push', '--quiet', 'origin', 'main:refs/tags/v26.11.3/rc');
  await rejects(open().target.preflight(await release()), 'E_PUBLISH', /cannot stand beside.*v26\.11\.3\/rc/);
});

tagging('what is no commit, or no remote, is told', async () => {
  for (const commit of ['0'.repeat(40), 'main', '--all'])
    await rejects(open().target.preflight(await release({commit})), 'E_PUBLISH', /Commit is not in/);
  for (const remote of ['--upload-pack=x', '', 'ext::sh -c x'])
    throws(() => open({remote}), 'E_OPTION', /Not a git remote/);
  await rejects(
    open({remote: 'nowhere'}).target.preflight(await release()),
    'E_PUBLISH',
    /cannot be asked: nowhere/,
  );
});

tagging('a password in the URL of a remote is told nowhere', async () => {
  const {target} = open({remote: 'http://jo:hunter2@127.0.0.9:45678/x.git'});
  const error = await rejects(target.preflight(await release()), 'E_PUBLISH', /cannot be asked/);
  const told = JSON.stringify([error, error.message, error.hint, error.issues, target]);
  assert.not.match(told, 'hunter2');
});

tagging.run();
