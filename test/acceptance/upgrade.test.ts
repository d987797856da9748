import {mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {describeUpgrade, type PackOptions, packDeb} from '../../lib/index.js';
import {type Chroot, NoChroot, openChroot, SERVER} from '../helpers/chroot.js';
import {inFolder, skip} from '../helpers/suite.js';
import {pretendSystemd, systemdCalls} from '../helpers/systemd.js';

/** What `diff` foretells, and what dpkg and the scripts then really do. */
const upgrade = suite('acceptance/upgrade');

const unit = (exec: string, more = '') =>
  `[Service]\nEnvironmentFile=-/etc/default/app\nExecStart=${exec}\n${more}[Install]\nWantedBy=multi-user.target\n`;
const FILES: Readonly<Record<string, string>> = {
  'tree/opt/app/pyvenv.cfg': 'home = /usr/bin\nversion = 3.11.2\n',
  'tree/opt/app/bin/app': '#!/bin/sh\necho app\n',
  'tree/opt/app/lib/code.py': 'one = 1\n',
  'tree/usr/lib/other/run': '#!/bin/sh\n',
  'app.service': unit('/opt/app/bin/app'),
  'quiet.service': unit('/usr/lib/other/run'),
  'stopped.service': unit('/opt/app/bin/app'),
  'job.service': '[Service]\nType=oneshot\nExecStart=/opt/app/bin/app\n',
  default: 'PORT=80\n',
};
const SYSTEMD: NonNullable<PackOptions['systemd']> = [
  {source: 'app.service'},
  {source: 'quiet.service', restart: false},
  {source: 'stopped.service', restart: 'stop'},
  {source: 'job.service'},
];

async function packed(
  folder: string,
  version: string,
  changes: Readonly<Record<string, string>> = {},
  options: Partial<PackOptions> = {},
): Promise<string> {
  const cwd = join(folder, version);
  for (const [name, text] of Object.entries({...FILES, ...changes})) {
    await mkdir(dirname(join(cwd, name)), {recursive: true});
    await writeFile(join(cwd, name), text);
  }
  const deb = await packDeb({
    folder: 'tree',
    package: 'app',
    version,
    maintainer: 'Jo Doe <jo@example.org>',
    architecture: 'all',
    systemd: SYSTEMD,
    default: ['default'],
    sourceDateEpoch: 1_700_000_000,
    cwd,
    ...options,
  });
  return deb.file;
}

const APPLICATION = 'application /opt/app: 1 files';
type Wanted = Readonly<Record<string, readonly string[]>>;
/** Title, what changes, options of the second, what is told of the services: the action, then the reasons. */
const CASES: readonly (readonly [string, Record<string, string>, Partial<PackOptions>, Wanted])[] = [
  [
    'a changed application',
    {'tree/opt/app/lib/code.py': 'one = 2\n'},
    {},
    {
      'app.service': ['restart', APPLICATION],
      'stopped.service': ['stop-start', APPLICATION],
      'job.service': ['try-restart', APPLICATION],
    },
  ],
  [
    'a changed unit',
    {'app.service': unit('/opt/app/bin/app', 'Nice=5\n')},
    {},
    {
      'app.service': ['restart', 'unit changed'],
      'stopped.service': ['stop-start'],
      'job.service': ['try-restart'],
    },
  ],
  [
    'a changed unit that no upgrade restarts',
    {'quiet.service': unit('/usr/lib/other/run', 'Nice=5\n'), 'tree/usr/lib/other/run': '#!/bin/sh\n:\n'},
    {},
    {
      'app.service': ['restart'],
      'quiet.service': ['none', 'unit changed', 'program changed: /usr/lib/other/run'],
      'stopped.service': ['stop-start'],
      'job.service': ['try-restart'],
    },
  ],
  [
    'a removed unit',
    {},
    {systemd: SYSTEMD.filter(({source}) => source !== 'app.service')},
    {
      'app.service': ['none', 'unit removed'],
      'stopped.service': ['stop-start'],
      'job.service': ['try-restart'],
    },
  ],
  [
    'nothing but the version',
    {},
    {},
    {'app.service': ['restart'], 'stopped.service': ['stop-start'], 'job.service': ['try-restart']},
  ],
  [
    'a changed environment',
    {default: 'PORT=81\n'},
    {},
    Object.fromEntries(
      Object.entries({app: 'restart', quiet: 'none', stopped: 'stop-start'}).map(([name, action]) => [
        `${name}.service`,
        [action, 'environment changed: /etc/default/app'],
      ]),
    ),
  ],
];

let server: Chroot | undefined;
upgrade.before(async () => {
  try {
    server = await openChroot(SERVER);
    await pretendSystemd(server);
  } catch (error) {
    if (!(error instanceof NoChroot)) throw error;
    skip('upgrades as they are foretold', error.message);
  }
});
upgrade.after(() => server?.close());

/** What was really called, in the words of the prediction. */
async function recorded(chroot: Chroot): Promise<Readonly<Record<string, string>>> {
  const actions = new Map<string, string[]>();
  for (const call of await systemdCalls(chroot)) {
    const [command, action = '', ...units] = call.split(' ');
    if (command !== 'deb-systemd-invoke') continue;
    for (const name of units) actions.set(name, [...(actions.get(name) ?? []), action]);
  }
  return Object.fromEntries([...actions].map(([name, list]) => [name, list.join('-')]));
}

for (const [title, changes, options, wanted] of CASES) {
  upgrade(`what is foretold is what happens: ${title}`, async () => {
    if (server === undefined) return;
    const chroot = server;
    await inFolder(async (folder) => {
      const [before, after] = [await packed(folder, '1.0'), await packed(folder, '1.1', changes, options)];
      assert.is((await chroot.install(before)).exitCode, 0);
      await systemdCalls(chroot);
      const {exitCode, stderr} = await chroot.install(after);
      assert.is(exitCode, 0, stderr);
      const {services, direction} = await describeUpgrade(before, after);
      const foretold = services
        .filter(({action}) => action !== 'none')
        .map(({unit, action}) => [unit, action]);
      assert.equal(Object.fromEntries(foretold), await recorded(chroot));
      assert.is(direction, 'upgrade');
      assert.ok(services.every(({isCertain}) => isCertain));
      const told = Object.fromEntries(
        services.map(({unit, action, reasons}) => [unit, [action, ...reasons]]),
      );
      for (const [name, list] of Object.entries(wanted)) assert.equal(told[name], list, name);
      await chroot.dpkg('--purge', 'app');
    });
  });
}

upgrade.run();
