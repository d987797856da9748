import {mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {type DebFile, type PackOptions, packDeb} from '../../lib/index.js';

/** A script for init that writes down how it is called (Policy 9.3.2). */
function initScript(name: string): string {
  const header = ['INIT INFO', `Provides: ${name}`, 'Required-Start: $remote_fs', 'Required-Stop: $remote_fs']
    .concat('Default-Start: 2 3 4 5', 'Default-Stop: 0 1 6', `Short-Description: ${name}`)
    .map((line, index) => (index === 0 ? `### BEGIN ${line}` : `# ${line}`));
  return `#!/bin/sh\n${header.join('\n')}\n### END INIT INFO\necho "${name} $1" >>/var/log/init-calls\n`;
}

/** What lies in the tree and beside it, by path. */
export const FILES = {
  'tree/opt/app/bin/app': '#!/bin/sh\necho app\n',
  'app.service': '[Service]\nExecStart=/opt/app/bin/app\n[Install]\nWantedBy=multi-user.target\n',
  'app-quiet.service': '[Service]\nExecStart=/opt/app/bin/app\n[Install]\nWantedBy=multi-user.target\n',
  'app@.service': '[Service]\nExecStart=/opt/app/bin/app %i\n[Install]\nWantedBy=multi-user.target\n',
  'app-job.service': '[Service]\nType=oneshot\nExecStart=/opt/app/bin/app\n',
  'app-job.timer': '[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n',
  'app.socket': '[Socket]\nListenStream=/run/app.sock\n[Install]\nWantedBy=sockets.target\n',
  'app-tray.service': '[Service]\nExecStart=/opt/app/bin/app\n[Install]\nWantedBy=default.target\n',
  'app-sync.timer': '[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n',
  'app.init': initScript('app'),
  'app-old.init': initScript('app-old'),
  'tree/usr/share/app/app.conf': 'a = 1\n',
  tmpfiles: 'd /run/app 0755 app app\n',
  default: 'APP_PORT=80\n',
  'cron.daily': '#!/bin/sh\nexit 0\n',
  'cron.d': '1 1 * * * root true\n',
  logrotate: '/var/log/app/*.log {\n  weekly\n}\n',
  'app.1': '.TH APP 1\n',
  'app.de.1': '.TH APP 1\n',
  'README.md': `${'long '.repeat(2000)}\n`,
  overrides: 'app: dir-or-file-in-opt *\n',
  NEWS: 'app (1.0-1) unstable; urgency=low\n\n  * New.\n\n -- Jo <jo@example.org>  Mon, 01 Jan 2024 00:00:00 +0000\n',
  config:
    '#!/bin/sh\nset -e\n. /usr/share/debconf/confmodule\ndb_input low app/name || true\ndb_go || true\n',
  templates: 'Template: app/name\nType: string\nDefault: Jo\nDescription: Name?\n Who is it?\n',
} as const;

/** Every option of the Debian side, at once. */
const OPTIONS: Omit<PackOptions, 'folder' | 'version'> = {
  package: 'app',
  maintainer: 'Jo Doe <jo@example.org>',
  architecture: 'all',
  user: {name: 'app', home: '/var/lib/app', groups: ['adm'], purge: 'delete'},
  directories: [
    {path: '/var/lib/app', owner: 'app', group: 'app', mode: '2750', purge: 'delete'},
    {path: '/opt/app/etc', group: 'app', mode: '0750'},
    {path: '/opt/app/var', owner: 'app', group: 'app'},
  ],
  systemd: [
    {source: 'app.service'},
    {source: 'app-quiet.service', enable: false, start: false, restart: false},
    {source: 'app@.service'},
    {source: 'app-job.service'},
    {source: 'app-job.timer', restart: 'stop'},
    {source: 'app.socket', restart: false},
  ],
  tmpfiles: ['tmpfiles'],
  default: ['default'],
  cron: [
    {source: 'cron.daily', when: 'daily'},
    {source: 'cron.d', when: 'd', name: 'app-table'},
  ],
  logrotate: ['logrotate'],
  manpages: ['app.1', 'app.de.1'],
  docs: ['README.md'],
  news: 'NEWS',
  lintianOverrides: ['overrides'],
  alternatives: [{name: 'thing', link: '/usr/bin/thing', path: '/opt/app/bin/app', priority: 10}],
  triggers: ['interest-noawait /usr/share/app-plugins'],
  debconf: {config: 'config', templates: 'templates'},
  sourceDateEpoch: 1700000000,
};

/** Write the sources into a folder and pack them. */
export async function packApp(folder: string, options: Partial<PackOptions> = {}): Promise<DebFile> {
  for (const [name, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(folder, name)), {recursive: true});
    await writeFile(join(folder, name), text, {mode: name.includes('bin/') ? 0o755 : 0o644});
  }
  return packDeb({
    ...OPTIONS,
    version: '1.0',
    folder: join(folder, 'tree'),
    cwd: folder,
    out: join(folder, 'out'),
    ...options,
  });
}
