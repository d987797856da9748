import {z} from 'zod';
import {isNormalPath, isPackageName} from '../../formats/names.js';
import {absolutePath, drops, line, lines, lineThat} from './common.js';
import {isMaintscript} from './maintscript.js';

/** deb-triggers(5), the directives; without -await or -noawait they wait. */
const TRIGGER = /^(?:interest|activate)(?:-await|-noawait)?[ \t]+(?<name>[\x21-\x7e]+)$/;
const isTrigger = (text: string): boolean => {
  const name = TRIGGER.exec(text)?.groups?.name;
  return name !== undefined && (isNormalPath(name) || isPackageName(name.replace(/^dpkg-/, '')));
};

/** Policy 9.5.1: cron ignores names with a period or a plus. */
const isJob = (text: string): boolean => /^[A-Za-z0-9_-]+$/.test(text);

const cron = z.strictObject({
  source: line().meta({description: 'The table or script as a file.', path: 'path'}),
  name: lineThat(isJob, 'a name that cron reads').optional().meta({
    description: 'Its name on the server.',
    otherwise: '`package`',
    form: 'letters, digits, - and _',
  }),
  when: z
    .enum(['d', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'])
    .meta({description: 'The folder it goes to; `d` takes a table with times and users.'}),
});

const isLink = (text: string): boolean => isNormalPath(text);
const alternative = {
  name: lineThat((text) => /^[^\s/]+$/.test(text), 'a name without blanks and slashes').meta({
    description: 'Name of the link group.',
  }),
  link: lineThat(isLink, 'an absolute path').meta({
    description: 'The generic name, such as /usr/bin/editor.',
  }),
  path: lineThat(isLink, 'an absolute path').meta({description: 'What it shall point to.'}),
};
const alternatives = z.strictObject({
  ...alternative,
  priority: z.int({error: 'is not a whole number'}).meta({description: 'The highest one wins.'}),
  dependents: z
    .array(z.strictObject(alternative))
    .default([])
    .meta({description: 'Links that follow the first one, such as its manual page.'}),
});

const debconf = z.strictObject({
  config: line().optional().meta({description: 'Script that asks the questions.', spec: 'debconf-devel(7)'}),
  templates: line().optional().meta({
    description: 'The questions, translated by the `po/*.po` beside them.',
    spec: 'debconf-devel(7), po-debconf(7)',
  }),
});

const dropped = {
  default: drops({
    description: 'Files for /etc/default: variables that a unit or script reads. Default name: the package.',
    spec: 'Debian Policy 9.3.2',
    example: ['packaging/default'],
  }),
  cron: z
    .array(cron)
    .default([])
    .meta({
      description:
        'Jobs of cron: each a map of `source`, `when` (`d`, `hourly`, `daily`, `weekly`, `monthly` or `yearly`) and `name` (default: the package).',
      form: 'a list of {source, when, name}',
      spec: 'Debian Policy 9.5',
      example: [{source: 'packaging/cron.daily', when: 'daily'}],
    }),
  logrotate: drops({
    description: 'Files for /etc/logrotate.d. Default name: the package.',
    spec: 'Debian Policy 10.8',
    example: ['packaging/logrotate'],
  }),
  pam: drops({
    description: 'Files for /etc/pam.d. Default name: the package.',
    spec: 'pam.d(5)',
    example: ['packaging/pam'],
  }),
  udev: drops({
    description: 'Files for /usr/lib/udev/rules.d. Default name: 60-PACKAGE.rules.',
    spec: 'udev(7)',
    example: ['packaging/udev.rules'],
    ending: '.rules',
  }),
};

const documents = {
  manpages: lines().meta({
    description:
      'Manual pages, with wildcards; the name says section and language: `warehouse.1`, `warehouse.de.1`. They are compressed.',
    path: 'path',
    form: 'files whose names end in .SECTION or .LANGUAGE.SECTION',
    spec: 'Debian Policy 12.1',
    example: ['docs/*.1'],
  }),
  info: lines().meta({
    description: 'Pages of GNU Info for /usr/share/info, with wildcards. They are compressed.',
    path: 'path',
    spec: 'Debian Policy 12.2',
    example: ['docs/*.info'],
  }),
  docs: lines().meta({
    description: 'Files and folders for /usr/share/doc/PACKAGE, with wildcards; long ones are compressed.',
    path: 'path',
    spec: 'Debian Policy 12.3',
    example: ['README.rst'],
  }),
  examples: lines().meta({
    description: 'Files and folders for /usr/share/doc/PACKAGE/examples, with wildcards.',
    path: 'path',
    spec: 'Debian Policy 12.6',
    example: ['conf/example.yml'],
  }),
  news: line().optional().meta({
    description: 'NEWS.Debian: what an administrator has to know before an upgrade.',
    path: 'path',
    spec: 'Developers Reference 6.3.4',
    example: 'packaging/NEWS',
  }),
  lintianOverrides: lines().meta({
    description:
      'Files with overrides for lintian; together they become /usr/share/lintian/overrides/PACKAGE, after those for what every such package brings; a tag that they name is theirs alone.',
    path: 'path',
    spec: 'lintian(1)',
    example: ['packaging/lintian-overrides'],
  }),
};

const dpkg = {
  alternatives: z
    .array(alternatives)
    .default([])
    .meta({
      description:
        'Entries of update-alternatives: each a map of `name`, `link`, `path`, `priority` and `dependents`, a list of {name, link, path}.',
      form: 'a list of {name, link, path, priority, dependents}',
      spec: 'update-alternatives(1)',
      example: [{name: 'httpd', link: '/usr/bin/httpd', path: '/opt/warehouse/bin/warehouse', priority: 30}],
    }),
  triggers: z
    .array(lineThat(isTrigger, 'a directive of deb-triggers(5)'))
    .default([])
    .meta({
      description: 'Triggers of dpkg that the package takes an interest in or activates, one in each text.',
      form: 'interest-noawait NAME or activate-noawait NAME, where NAME is a path or a word',
      spec: 'deb-triggers(5)',
      example: ['interest-noawait /usr/share/warehouse/plugins'],
    }),
  debconf: debconf.prefault({}).meta({
    description: 'Questions of debconf, as files. The package then depends on debconf.',
    path: 'path',
    spec: 'debconf-devel(7)',
    example: {config: 'packaging/config', templates: 'packaging/templates'},
  }),
  ucf: z
    .record(absolutePath(), absolutePath())
    .default({})
    .meta({
      description:
        'Configuration files that ucf makes of packed ones and cares for: path on the server, and the packed file. The package then depends on ucf.',
      form: '/path/of/configuration: /packed/file',
      spec: 'ucf(1)',
      example: {'/etc/warehouse/site.conf': '/usr/share/warehouse/site.conf'},
    }),
  maintscript: z
    .array(lineThat(isMaintscript, 'a command of dpkg-maintscript-helper(1)'))
    .default([])
    .meta({
      description:
        'Conffiles and folders that a new version renames, removes or replaces: commands of dpkg-maintscript-helper.',
      form: 'rm_conffile PATH [VERSION], mv_conffile OLD NEW [VERSION], dir_to_symlink PATH TARGET [VERSION] or symlink_to_dir PATH TARGET [VERSION]',
      spec: 'dpkg-maintscript-helper(1)',
      example: ['rm_conffile /etc/warehouse/old.conf 14.2~'],
    }),
};

/** Files with a place of their own in Debian, and what dpkg does for a package. */
export const debianOptions = {...dropped, ...documents, ...dpkg};
