import {existsSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {PackOptions} from '../../lib/index.js';
import {type Chroot, NoChroot, SERVER, withChroot} from '../helpers/chroot.js';
import {controlFile, fieldsOf, treeOf} from '../helpers/deb.js';
import {skip} from '../helpers/suite.js';
import {pretendInit, pretendSystemd, systemdCalls} from '../helpers/systemd.js';
import {buildWithDebhelper} from './debhelper.js';
import {packApp} from './debian-side.js';

const debhelper = suite('acceptance/debhelper');

/** The same input; what debhelper has no counterpart for (accounts, owners of folders) is left out. */
const SAME: Partial<PackOptions> = {
  user: undefined,
  directories: [],
  systemd: [
    {source: 'app.service'},
    {source: 'app@.service'},
    {source: 'app-quiet.service', enable: false, start: false, restart: false},
    {source: 'app-job.service'},
    {source: 'app-job.timer'},
  ],
  systemdUser: [{source: 'app-tray.service'}, {source: 'app-sync.timer', enable: false}],
  init: [{source: 'app.init'}, {source: 'app-old.init', name: 'app-old'}],
  ucf: {'/etc/app.conf': '/usr/share/app/app.conf'},
  cron: [{source: 'cron.daily', when: 'daily'}],
  maintscript: ['rm_conffile /etc/app/old.conf 1.0~'],
  description: 'Files of app\nNothing more.',
};

/** Where debhelper of this release puts what newer ones and we put below /usr (docs/debian-side.md). */
const moved = (path: string): string => path.replace(/^\/lib\/systemd/, '/usr/lib/systemd');
/** Comes with the changelog, which is no matter of this page. */
const ELSEWHERE = /^\/lib$|\/changelog(\.Debian)?\.gz$|^\/usr\/share\/doc\/app\/copyright$/;

let folder: string;
let debs: {ours: string[]; theirs: string[]} | undefined;

debhelper.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mkvenvdeb-debhelper-'));
  if (!existsSync('/usr/bin/dh_installsystemd')) return;
  const versions = ['1.0-1', '2.0-1'];
  const ours: string[] = [];
  const theirs: string[] = [];
  for (const version of versions) {
    ours.push((await packApp(folder, {...SAME, version})).file);
    theirs.push(await buildWithDebhelper(folder, version));
  }
  debs = {ours, theirs};
});
debhelper.after(() => rm(folder, {recursive: true, force: true}));

const compare = (title: string, body: (ours: string, theirs: string) => Promise<void>) =>
  debhelper(title, async () => {
    const [ours, theirs] = [debs?.ours[0], debs?.theirs[0]];
    if (ours === undefined || theirs === undefined) return skip(title, 'debhelper is not installed');
    await body(ours, theirs);
  });

compare('the control fields are the same', async (ours, theirs) => {
  const [mine, dh] = [await fieldsOf(ours), await fieldsOf(theirs)];
  // Every system has it in that version (docs/debian-side.md).
  const needed = (relations = '') =>
    relations.split(', ').filter((one) => one !== '' && !one.startsWith('init-system-helpers '));
  const relevant = ({
    'Installed-Size': _,
    Depends,
    'Pre-Depends': before,
    ...fields
  }: Readonly<Record<string, string>>) => ({
    ...fields,
    before: needed(before),
    after: needed(Depends).sort(),
  });
  assert.equal(relevant(mine), relevant(dh));
});

compare('the files are the same, with the same modes and owners', async (ours, theirs) => {
  const list = async (deb: string) => {
    const tree = [...(await treeOf(deb))].filter(([path]) => !ELSEWHERE.test(path));
    return [...new Set(tree.map(([path, {mode, owner}]) => `${moved(path)} ${mode} ${owner}`))].sort();
  };
  assert.equal(await list(ours), await list(theirs));
});

for (const name of ['conffiles', 'triggers', 'templates']) {
  compare(`${name} is the same`, async (ours, theirs) => {
    const lines = async (deb: string) =>
      (await controlFile(deb, name))
        ?.split('\n')
        .filter((line) => line !== '')
        .sort();
    assert.equal(await lines(ours), await lines(theirs));
  });
}

/** Links, states and alternatives that scripts make, and what they asked systemd for. */
async function effects(server: Chroot): Promise<unknown> {
  const found = await server.ok([
    'sh',
    '-c',
    'find /etc/systemd /var/lib/systemd /etc/alternatives /var/lib/dpkg/alternatives /etc/init.d /etc/rc* /etc/app* -name "*app*" -printf "%p %m\n" -o -name "*thing*" -print | sort; cat /var/lib/ucf/registry 2>/dev/null; sort /var/log/init-calls 2>/dev/null; rm -f /var/log/init-calls',
  ]);
  return {found: found.split('\n'), calls: (await systemdCalls(server)).flatMap(unitsOf).sort()};
}

/** Units whose treatment differs on purpose (docs/debian-side.md): only `app` and the timer are treated alike. */
const DIFFERENT = /^app@|^app-quiet\.service|^app-job\.service/;

/** One line for each unit, because debhelper calls once for each `dh_installsystemd`. */
function unitsOf(call: string): readonly string[] {
  const [command = '', action = '', ...units] = call.split(' ');
  return units.filter((unit) => !DIFFERENT.test(unit)).map((unit) => `${command} ${action} ${unit}`);
}

async function liveWith(versions: readonly string[], hasSystemd: boolean): Promise<readonly unknown[]> {
  return withChroot(SERVER, async (server) => {
    await (hasSystemd ? pretendSystemd(server) : pretendInit(server));
    const seen: unknown[] = [];
    const look = async (what: string, {exitCode}: {exitCode: number}) =>
      seen.push({what, exitCode, effects: await effects(server)});
    await look('install', await server.install(versions[0] ?? ''));
    await rm(server.path('/etc/systemd/system/multi-user.target.wants/app.service'));
    await look('upgrade after disable', await server.install(versions[1] ?? ''));
    await look('remove', await server.dpkg('--remove', 'app'));
    await look('install again', await server.install(versions[1] ?? ''));
    await look('remove again', await server.dpkg('--remove', 'app'));
    await look('purge', await server.dpkg('--purge', 'app'));
    return seen;
  });
}

/** Something that must be among it: two that do nothing are equal, too. */
const SEEN = {
  withSystemd: /default\.target\.wants\/app-tray\.service/,
  without: /app-old start.*app-old restart.*app-old stop.*app-old restart.*app-old stop/,
};

for (const [where, hasSystemd] of [
  ['where systemd runs', true],
  ['where init runs', false],
] as const) {
  debhelper(`the scripts leave the same behind, at every step, ${where}`, async () => {
    const title = `effects of scripts ${where}`;
    if (debs === undefined) return skip(title, 'debhelper is not installed');
    try {
      const ours = await liveWith(debs.ours, hasSystemd);
      assert.match(JSON.stringify(ours), hasSystemd ? SEEN.withSystemd : SEEN.without);
      assert.equal(ours, await liveWith(debs.theirs, hasSystemd));
    } catch (error) {
      if (!(error instanceof NoChroot)) throw error;
      skip(title, error.message);
    }
  });
}

debhelper.run();
