import {z} from 'zod';
import {isNormalPath} from '../../formats/names.js';
import {absolutePath, line, lines, lineThat, octalMode} from './common.js';

const isTarget = (text: string): boolean => isNormalPath(text.replace(/(?<=.)\/$/, ''));
const isLinkTarget = (text: string): boolean => isNormalPath(text) || /^[^/]/.test(text);

const file = z.strictObject({
  source: line().meta({
    description:
      'File or folder, relative to the configuration file; `*`, `?`, `[…]` and `**` are wildcards.',
    path: 'path',
    example: 'conf/*.yml',
  }),
  target: lineThat(isTarget, 'an absolute path without ".", ".." or "//"').meta({
    description: 'Absolute path on the server; with a final slash a folder to put it into.',
    example: '/etc/warehouse/',
  }),
  mode: octalMode().optional().meta({
    description: 'Permission bits of the files.',
    otherwise: '0755 for what is executable here, else 0644',
    form: 'three or four octal digits in quotes, such as "0640"',
    example: '0640',
  }),
});

const script = (when: string) =>
  line()
    .optional()
    .meta({description: `Maintainer script that runs ${when}.`, spec: 'Debian Policy 6.5'});

const scripts = z.strictObject({
  preinst: script('before the package is unpacked'),
  postinst: script('when the package is configured'),
  prerm: script('before the package is removed'),
  postrm: script('after the package was removed or purged'),
});

const commands = (when: string) =>
  z
    .array(z.array(z.string().refine((text) => !text.includes('\0'), {error: 'holds a NUL'})).min(1))
    .default([])
    .meta({
      description: `Commands that run in the staged virtualenv ${when}, each a list of words. MKVENVDEB_STAGED_PREFIX is where it lies, MKVENVDEB_PREFIX where it will live; MKVENVDEB_SOURCE, where a folder is packed, is a copy of it that they may write into.`,
      form: 'a list of lists of words',
      example: [['bin/python', '-m', 'compileall', '-q', 'lib']],
    });

const hooks = z.strictObject({
  afterInstall: commands('after everything is installed'),
  beforePack: commands('after relocation, before bytecode is compiled'),
});

const leaks = z.strictObject({
  allow: lines().meta({
    description: 'Paths below the prefix, with wildcards, where a path of the build machine does no harm.',
    example: ['lib/*/site-packages/numpy/__config__.py'],
  }),
});

/** What is packed beside the virtualenv, and what is done to it. */
export const contentOptions = {
  files: z
    .array(file)
    .default([])
    .meta({
      description: 'Files and folders that are packed beside the virtualenv.',
      example: [{source: 'conf/warehouse.yml', target: '/etc/warehouse/', mode: '0640'}],
    }),
  links: z
    .record(
      absolutePath(),
      lineThat(isLinkTarget, 'an absolute path without ".", ".." or "//", or a relative path'),
    )
    .default({})
    .meta({
      description: 'Symbolic links: path on the server, and what it points to.',
      form: '/path/of/link: /what/it/points/to',
      spec: 'Debian Policy 10.5',
      example: {'/usr/bin/warehouse': '/opt/warehouse/bin/warehouse'},
    }),
  bin: z
    .union([z.boolean(), z.array(lineThat((name) => !name.includes('/'), 'the name of a command'))])
    .default(false)
    .meta({
      description: 'Commands of the project that are linked into /usr/bin: all of them, or those named.',
      form: 'true, false or a list of names',
      spec: 'Debian Policy 10.1',
      example: ['warehouse'],
    }),
  scripts: scripts.prefault({}).meta({
    description: 'Maintainer scripts, as files.',
    path: 'path',
    example: {postinst: 'packaging/postinst'},
  }),
  conffiles: z
    .array(absolutePath())
    .default([])
    .meta({
      description: 'Packed files that dpkg shall treat as conffiles, beside those below /etc.',
      form: 'absolute paths on the server',
      spec: 'Debian Policy 10.7.3',
      example: ['/opt/warehouse/etc/defaults.yml'],
    }),
  hooks: hooks.prefault({}).meta({
    description:
      'Commands that change the virtualenv while it is built. MKVENVDEB_STAGED_PREFIX and MKVENVDEB_PREFIX are set.',
    example: {after_install: [['bin/python', '-c', 'import warehouse']]},
  }),
  leaks: leaks.prefault({}).meta({description: 'Exceptions from the search for paths of the build machine.'}),
};
