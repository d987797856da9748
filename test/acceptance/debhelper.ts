import {chmod, mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {execa} from 'execa';
import {FILES} from './debian-side.js';

/** The same package as a debian/ folder for debhelper: its files by their names there. */
const DEBIAN: Readonly<Record<string, string>> = {
  control: [
    'Source: app',
    'Section: python',
    'Priority: optional',
    'Maintainer: Jo Doe <jo@example.org>',
    'Build-Depends: debhelper-compat (= 13)',
    'Standards-Version: 4.6.2',
    '',
    'Package: app',
    'Architecture: all',
    `Depends: \${misc:Depends}`,
    `Pre-Depends: \${misc:Pre-Depends}`,
    'Description: Files of app',
    ' Nothing more.',
    '',
  ].join('\n'),
  rules: [
    '#!/usr/bin/make -f',
    '%:',
    '\tdh $@',
    'override_dh_installsystemd:',
    '\tdh_installsystemd',
    '\tdh_installsystemd --name=app-quiet --no-enable --no-start --no-stop-on-upgrade',
    '\tdh_installsystemd --name=app-job',
    'override_dh_installsystemduser:',
    '\tdh_installsystemduser --name=app-tray',
    '\tdh_installsystemduser --name=app-sync --no-enable',
    'override_dh_installinit:',
    '\tdh_installinit',
    '\tdh_installinit --name=app-old',
    '',
  ].join('\n'),
  'app.install': 'tree/opt /\ntree/usr /\n',
  'app.app-tray.user.service': FILES['app-tray.service'],
  'app.app-sync.user.timer': FILES['app-sync.timer'],
  'app.init': FILES['app.init'],
  'app.app-old.init': FILES['app-old.init'],
  'app.ucf': '/usr/share/app/app.conf /etc/app.conf\n',
  'app.service': FILES['app.service'],
  'app@.service': FILES['app@.service'],
  'app.app-quiet.service': FILES['app-quiet.service'],
  'app.app-job.service': FILES['app-job.service'],
  'app.app-job.timer': FILES['app-job.timer'],
  'app.tmpfiles': FILES.tmpfiles,
  'app.default': FILES.default,
  'app.cron.daily': FILES['cron.daily'],
  'app.logrotate': FILES.logrotate,
  'app.manpages': 'app.1\napp.de.1\n',
  'app.docs': 'README.md\n',
  'app.NEWS': FILES.NEWS,
  'app.lintian-overrides': FILES.overrides,
  'app.alternatives': 'Name: thing\nLink: /usr/bin/thing\nAlternative: /opt/app/bin/app\nPriority: 10\n',
  'app.triggers': 'interest-noawait /usr/share/app-plugins\n',
  'app.config': FILES.config,
  'app.templates': FILES.templates,
  'app.maintscript': 'rm_conffile /etc/app/old.conf 1.0~\n',
};

const changelog = (version: string) =>
  `app (${version}) unstable; urgency=low\n\n  * New.\n\n -- Jo Doe <jo@example.org>  Tue, 14 Nov 2023 22:13:20 +0000\n`;

/** Build a package with debhelper in a copy of the sources; gives its path. */
export async function buildWithDebhelper(folder: string, version: string): Promise<string> {
  const source = join(folder, `debhelper-${version}`, 'app');
  const debian = Object.entries(DEBIAN).map(([name, text]) => [`debian/${name}`, text] as const);
  const files = {...FILES, ...Object.fromEntries(debian), 'debian/changelog': changelog(version)};
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(source, name)), {recursive: true});
    await writeFile(join(source, name), text);
    if (/rules$|bin\//.test(name)) await chmod(join(source, name), 0o755);
  }
  const built = await execa('dpkg-buildpackage', ['-us', '-uc', '-b', '-d'], {
    cwd: source,
    reject: false,
    all: true,
    env: {LC_ALL: 'C.UTF-8', DEB_BUILD_OPTIONS: 'nocheck'},
  });
  if (built.exitCode !== 0) throw new Error(built.all);
  return join(folder, `debhelper-${version}`, `app_${version}_all.deb`);
}
