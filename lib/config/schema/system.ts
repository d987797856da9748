import {z} from 'zod';
import {absolutePath, dropName, drops, line, lineThat, octalMode} from './common.js';
import {directoryProblem} from './prefix.js';

/** adduser(8) and useradd(8): what both take for the name of a system account. */
const isAccount = (text: string): boolean => /^[a-z_][a-z0-9_-]{0,30}$/.test(text);
const ACCOUNT_FORM = 'a-z, 0-9, - and _, at most 31 of them, the first a letter or _';
const SERVER_PATH = 'the whole path on the server';
const account = () => lineThat(isAccount, 'the name of a user or group').meta({form: ACCOUNT_FORM});
/** deluser would take the group away from all others, and nobody can create root. */
const created = () =>
  account().refine((name) => name !== 'root', {error: 'is there already on every system'});
/** passwd(5): a colon ends the field; adduser(8) takes a comma for the end of the full name. */
const isGecos = (text: string): boolean => !/[:,]/.test(text);
const purge = (what: string) =>
  z
    .enum(['keep', 'delete'])
    .default('keep')
    .meta({description: `Whether a purge leaves ${what} behind.`});

const user = z.strictObject({
  name: created().meta({description: 'Name of the user.'}),
  group: account().optional().meta({description: 'Its group.', otherwise: 'named like the user'}),
  home: absolutePath()
    .optional()
    .meta({description: 'Its home; it is not created.', otherwise: '`prefix`', form: SERVER_PATH}),
  shell: absolutePath().default('/usr/sbin/nologin').meta({description: 'Its shell.', form: SERVER_PATH}),
  gecos: lineThat(isGecos, 'a text without ":" and ","')
    .default('')
    .meta({description: 'Its full name.', form: 'a text without ":" and ","'}),
  groups: z.array(account()).default([]).meta({description: 'Further groups, which must exist.'}),
  purge: purge('user and group'),
});

const directory = z.strictObject({
  path: line()
    .superRefine((path, context) => {
      const problem = directoryProblem(path);
      if (problem) context.addIssue({code: 'custom', message: problem});
    })
    .meta({
      description: 'Absolute path on the server.',
      form: 'a folder of its own; what lives below /run is made by `tmpfiles`',
    }),
  owner: account().default('root').meta({description: 'User that owns it.'}),
  group: account().default('root').meta({description: 'Group that owns it.'}),
  mode: octalMode().prefault('0755').meta({description: 'Permission bits.'}),
  again: z.boolean().default(true).meta({
    description:
      'Set owner and mode again whenever the package is configured; without it they are for a script to set.',
  }),
  purge: purge('it with everything below it'),
});

/** systemd.unit(5): the characters of a name, one @ for a template or an instance, and the types of units. */
export const isUnit = (name: string): boolean =>
  /^[A-Za-z0-9:_.\\-]+(?:@[A-Za-z0-9:_.\\-]*)?\.(?:service|socket|timer|path|mount|automount|swap|target|slice|device)$/.test(
    name,
  );

const unitName = () =>
  lineThat(isUnit, 'the name of a unit').optional().meta({
    description: 'Its name on the server.',
    otherwise: 'that of the file',
    form: 'NAME.service, NAME@.service, NAME.socket, NAME.timer …',
  });
const enabled = () =>
  z.boolean().default(true).meta({
    description: 'Enable it when the package is first installed, where it has an [Install] section.',
  });
const restarted = () =>
  z
    .union([z.boolean(), z.literal('stop')])
    .default(true)
    .meta({
      description:
        'What an upgrade does: restart it afterwards (true), leave it running (false), or stop it before and start it afterwards ("stop").',
      form: 'true, false or "stop"',
    });

const unit = z.strictObject({
  source: line().meta({description: 'The unit as a file.', path: 'path'}),
  name: unitName(),
  enable: enabled(),
  start: z.boolean().default(true).meta({
    description:
      'Start it when the package is installed. Without it, an upgrade restarts it only where it runs.',
  }),
  restart: restarted(),
});

const userUnit = z.strictObject({
  source: line().meta({description: 'The unit as a file.', path: 'path'}),
  name: unitName(),
  enable: enabled(),
});

const init = z.strictObject({
  source: line().meta({description: 'The script as a file.', path: 'path'}),
  name: dropName().optional().meta({description: 'Its name on the server.', otherwise: '`package`'}),
  enable: z.boolean().default(true).meta({description: 'Link it into the runlevels that it asks for.'}),
  start: z.boolean().default(true).meta({
    description: 'Start it when the package is installed. Without it, an upgrade does nothing with it.',
  }),
  restart: restarted(),
});

/** What the package makes of the server: accounts, folders with owners, units. */
export const systemOptions = {
  user: z
    .union([created(), user])
    .transform((given) => (typeof given === 'string' ? user.parse({name: given}) : given))
    .optional()
    .meta({
      description:
        'System user and group that the package creates: a name, or a map of `name`, `group` (default: like the name), `home` (default: `prefix`), `shell` (default: /usr/sbin/nologin), `gecos`, `groups` and `purge` (`keep` or `delete`, default: `keep`). The package then depends on adduser.',
      form: `a name (${ACCOUNT_FORM}), or a map with one`,
      spec: 'Debian Policy 9.2.2',
      example: {name: 'warehouse', home: '/var/lib/warehouse', purge: 'delete'},
    }),
  directories: z
    .array(directory)
    .default([])
    .meta({
      description:
        'Folders that the package brings: each a map of `path`, `owner` and `group` (default: root), `mode` (default: "0755"), `purge` (`keep` or `delete`, default: `keep`) and `again` (default: true). Owner and mode are set again whenever the package is configured, never those of what lies in it; dpkg-statoverride wins.',
      form: 'a list of {path, owner, group, mode, purge, again}',
      spec: 'Debian Policy 10.9',
      example: [{path: '/opt/warehouse/etc', group: 'warehouse', mode: '0750'}],
    }),
  systemd: z
    .array(unit)
    .default([])
    .meta({
      description:
        'Units of systemd: each a map of `source`, `name` (default: that of the file), `enable` and `start` (default: true) and `restart` (true, false or "stop": restart after an upgrade, leave running, or stop before it). Nothing of it fails where systemd does not run.',
      form: 'a list of {source, name, enable, start, restart}',
      spec: 'Debian Policy 9.3',
      example: [{source: 'packaging/warehouse.service', enable: false, start: false}],
    }),
  systemdUser: z
    .array(userUnit)
    .default([])
    .meta({
      description:
        'Units for the systemd of every user who logs in: each a map of `source`, `name` (default: that of the file) and `enable` (default: true).',
      form: 'a list of {source, name, enable}',
      spec: 'systemd.unit(5)',
      example: [{source: 'packaging/warehouse-tray.service'}],
    }),
  init: z
    .array(init)
    .default([])
    .meta({
      description:
        'Scripts for /etc/init.d, for systems without systemd: each a map of `source`, `name` (default: the package), `enable` and `start` (default: true) and `restart` (true, false or "stop"). Where systemd runs, a unit of the same name takes its place.',
      form: 'a list of {source, name, enable, start, restart}',
      spec: 'Debian Policy 9.3',
      example: [{source: 'packaging/warehouse.init'}],
    }),
  sysusers: drops({
    description:
      'Files for /usr/lib/sysusers.d: accounts as systemd-sysusers makes them. Default name: PACKAGE.conf.',
    spec: 'sysusers.d(5)',
    example: ['packaging/sysusers.conf'],
    ending: '.conf',
  }),
  tmpfiles: drops({
    description:
      'Files for /usr/lib/tmpfiles.d: what has to be there at every start, such as folders below /run. Default name: PACKAGE.conf.',
    spec: 'tmpfiles.d(5)',
    example: ['packaging/tmpfiles.conf'],
    ending: '.conf',
  }),
  purge: z.enum(['delete', 'keep']).default('delete').meta({
    description:
      'What a purge does with `prefix`: remove it with everything that is left below it, or keep that. File systems that are mounted there, and a prefix that another package has files in, are left alone.',
    spec: 'Debian Policy 6.8',
    example: 'keep',
  }),
};
