import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {resolveConfig} from '../../lib/config/resolve.js';
import type {BuildOptions} from '../../lib/config/schema/index.js';
import type {Config} from '../../lib/config/types.js';
import {fixture, inFolder, rejects} from '../helpers/suite.js';
import {writeTree} from '../helpers/wheels.js';

const system = suite('config/system');

const cwd = fixture('warehouse');
const SCRIPT = 'setup.py';
const resolved = (options: object): Promise<Config> => resolveConfig(options as BuildOptions, {cwd});

const USER = {shell: '/usr/sbin/nologin', gecos: '', groups: [], purge: 'keep'};

for (const [given, wanted] of [
  [{}, {user: undefined, directories: [], systemd: [], purge: 'delete', debconf: {}}],
  [{user: 'www'}, {user: {...USER, name: 'www'}}],
  [
    {user: {name: '_www', group: 'web', groups: ['ssl-cert'], purge: 'delete'}},
    {user: {...USER, name: '_www', group: 'web', groups: ['ssl-cert'], purge: 'delete'}},
  ],
  [
    {directories: [{path: '/var/lib/x', mode: '2770'}]},
    {
      directories: [
        {path: '/var/lib/x', owner: 'root', group: 'root', mode: 0o2770, purge: 'keep', again: true},
      ],
    },
  ],
  [
    {directories: [{path: '/var/lib/x'}]},
    {
      directories: [
        {path: '/var/lib/x', owner: 'root', group: 'root', mode: 0o755, purge: 'keep', again: true},
      ],
    },
  ],
  [
    {default: [SCRIPT, {source: SCRIPT, name: 'other'}]},
    {
      default: [
        {source: join(cwd, SCRIPT), name: undefined},
        {source: join(cwd, SCRIPT), name: 'other'},
      ],
    },
  ],
  [
    {cron: [{source: SCRIPT, when: 'd'}], news: SCRIPT, debconf: {config: SCRIPT}, manpages: []},
    {
      cron: [{source: join(cwd, SCRIPT), when: 'd'}],
      news: join(cwd, SCRIPT),
      debconf: {config: join(cwd, SCRIPT)},
    },
  ],
  [
    {
      maintscript: [
        'rm_conffile /etc/a 1.0~',
        'symlink_to_dir /a ../b 1.0-1~ app',
        'mv_conffile /etc/a /etc/b',
      ],
    },
    {
      maintscript: [
        'rm_conffile /etc/a 1.0~',
        'symlink_to_dir /a ../b 1.0-1~ app',
        'mv_conffile /etc/a /etc/b',
      ],
    },
  ],
  [
    {triggers: ['interest-noawait /usr/bin/python3.11', 'activate ldconfig']},
    {triggers: ['interest-noawait /usr/bin/python3.11', 'activate ldconfig']},
  ],
] as const) {
  system(`resolves ${JSON.stringify(given)}`, async () => {
    const config = (await resolved(given)) as unknown as Record<string, unknown>;
    for (const [key, value] of Object.entries(wanted)) assert.equal(config[key], value, key);
  });
}

for (const [given, message, hint] of [
  [{user: 'Über'}, /"user" is not the name of a user or group: Über/, /a name/],
  [{user: 'root'}, /"user" is there already on every system: root/],
  [{user: 7}, /"user" has the wrong form: 7/, /a name .* or a map/],
  [{user: {group: 'x'}}, /"user.name" is missing/],
  [{user: {name: 'x', home: 'srv'}}, /"user.home" is not an absolute path/, /the whole path on the server/],
  [{user: {name: 'x', gecos: 'a:b'}}, /"user.gecos" is not a text without/, /a text without/],
  [{user: {name: 'x', hoem: '/a'}}, /Unknown option in "user": hoem/, /"home"/],
  [{directories: [{}]}, /"directories\[0\].path" is missing/],
  [{directories: [{path: '/run/x'}]}, /"directories\[0\].path" lies below \/run/, /tmpfiles/],
  [{directories: [{path: '/var/log'}]}, /is reserved/],
  [{directories: [{path: '/srv/x', mode: 'u+x'}]}, /"directories\[0\].mode" is not an octal mode/, /0640/],
  [{directories: [{path: '/srv/x', ower: 'x'}]}, /Unknown option in "directories\[0\]": ower/, /"owner"/],
  [
    {systemd: [{source: SCRIPT, name: 'x'}]},
    /"systemd\[0\].name" is not the name of a unit: x/,
    /NAME.service/,
  ],
  [{systemd: [{source: SCRIPT, restart: 'never'}]}, /"systemd\[0\].restart" has the wrong form/, /"stop"/],
  [{default: [{source: SCRIPT, name: 'a/b'}]}, /"default\[0\].name" is not a plain file name/],
  [
    {udev: [{source: SCRIPT, name: 'app'}]},
    /"udev\[0\].name" is not a plain .* ends in .rules: app/,
    /\.rules/,
  ],
  [{sysusers: [{source: SCRIPT, name: 'app'}]}, /"sysusers\[0\].name" is not .* ends in .conf: app/],
  [{tmpfiles: [{source: SCRIPT, name: 'a.cfg'}]}, /"tmpfiles\[0\].name" is not .* ends in .conf: a.cfg/],
  [
    {cron: [{source: SCRIPT, when: 'd', name: 'a.sh'}]},
    /"cron\[0\].name" is not a name that cron reads/,
    /- and _/,
  ],
  [{default: [{name: 'b'}]}, /"default\[0\].source" is missing/],
  [{cron: [{source: SCRIPT, when: 'often'}]}, /"cron\[0\].when" is not one of those known/, /hourly, daily/],
  [{triggers: ['interests /x']}, /"triggers\[0\]" is not a directive/],
  [{triggers: ['interest a b']}, /is not a directive/],
  [{triggers: ['interest ./x']}, /is not a directive/],
  [{maintscript: ['rm_conffile etc/a']}, /"maintscript\[0\]" is not a command of dpkg-maintscript-helper/],
  [{maintscript: ['mv_conffile /etc/a']}, /is not a command/],
  [{maintscript: ['rm_conffile /etc/a x~']}, /is not a command/],
  [{maintscript: ['rm_conffile /etc/a 1 -- $@']}, /is not a command/],
  [{purge: 'maybe'}, /"purge" is not one of those known/, /delete or keep/],
  [{alternatives: [{name: 'a', link: '/a', path: '/b', priority: 1.5}]}, /priority" is not a whole number/],
] as const) {
  system(`refuses ${JSON.stringify(given)}`, async () => {
    const error = await rejects(resolved(given), 'E_OPTION', message);
    if (hint) assert.match(error.hint ?? '', hint);
  });
}

const UNIT = '[Unit]\nDescription=x\n\n[Service]\nExecStart=/bin/true\n';
const FILES = {
  'pyproject.toml': '[project]\nname = "app"\nversion = "1"\n',
  'a.service': UNIT,
  'other/a.service': UNIT,
  'windows.service': UNIT.replaceAll('\n', '\r\n'),
  table: '* * * * * root true\n',
  'table-without-end': '* * * * * root true',
  job: '#!/bin/sh\ntrue\n',
  'windows-job': '#!/bin/sh\r\ntrue\r\n',
};

for (const [given, message] of [
  [{systemd: ['a.service', 'other/a.service']}, /"systemd\[1\].source" would get the name of another file/],
  [{default: ['job', 'table']}, /"default\[1\].source" would get the name of another file: .*table\n/],
  [
    {systemd: ['windows.service']},
    /"systemd\[0\].source" has the line breaks of Windows: .*windows\.service/,
  ],
  [{default: ['windows-job']}, /"default\[0\].source" has the line breaks of Windows/],
  [{cron: ['windows-job'], when: 'daily'}, /"cron\[0\].source" has the line breaks of Windows/],
  [{cron: ['table-without-end'], when: 'd'}, /"cron\[0\].source" does not end in a line break/],
  [{cron: ['table'], when: 'daily'}, /"cron\[0\].source" does not begin with "#!"/],
  [{cron: ['job', 'job'], when: 'daily'}, /"cron\[1\].source" would get the name of another file/],
] as const) {
  const {when, ...lists} = {when: undefined, ...given};
  const [[key, files] = ['', []]] = Object.entries(lists);
  system(`refuses ${files.join(' and ')} in ${key}`, () =>
    inFolder(async (cwd) => {
      await writeTree(cwd, FILES);
      const options = {[key]: files.map((source) => (when ? {source, when} : {source}))} as BuildOptions;
      await rejects(resolveConfig(options, {cwd}), 'E_OPTION', message);
    }),
  );
}

system('takes files that differ in name or folder', () =>
  inFolder(async (cwd) => {
    await writeTree(cwd, FILES);
    const {cron, systemd: units} = await resolveConfig(
      {
        cron: [
          {source: 'job', when: 'daily'},
          {source: 'job', when: 'hourly'},
          {source: 'job', when: 'daily', name: 'other'},
          {source: 'table', when: 'd'},
        ],
        systemd: [{source: 'a.service'}, {source: 'other/a.service', name: 'b.service'}],
      },
      {cwd},
    );
    assert.is(cron.length, 4);
    assert.is(units.length, 2);
  }),
);

system.run();
