import {z} from 'zod';
import {
  hasControlCharacter,
  isDebianVersion,
  isHomepage,
  isMaintainer,
  isPackageName,
  isPythonVersion,
} from '../../formats/names.js';
import {isSourcePackage} from '../../formats/source-package.js';
import {line, lineThat, relations} from './common.js';
import {prefixProblem} from './prefix.js';

const RELATION_FORM = 'NAME, NAME (>= VERSION) or NAME | OTHER';

const relation = (description: string, example: string[], section: string) =>
  relations().meta({
    description,
    example,
    form: RELATION_FORM,
    spec: `Debian Policy ${section}`,
  });

const identity = {
  package: lineThat(isPackageName, 'a Debian package name').optional().meta({
    description: 'Name of the package.',
    otherwise: "the project's name, made a Debian name",
    form: 'a-z, 0-9, + - and ., at least two of them, the first a letter or digit',
    spec: 'Debian Policy 5.6.1',
    example: 'warehouse',
  }),
  version: lineThat((text) => isPythonVersion(text) || isDebianVersion(text), 'a version of Python or Debian')
    .optional()
    .meta({
      description:
        'Version of the package. A Python version is translated (`1.0rc1` becomes `1.0~rc1`) and gets the revision; a Debian version that is not a Python version is taken as it is.',
      otherwise: "the project's version",
      form: 'a version such as 14.2.1, 1.0rc1 or 1.0~rc1-2',
      spec: 'PEP 440, deb-version(7)',
      example: '14.2.1',
    }),
  revision: lineThat((text) => /^[A-Za-z0-9.+~]+$/.test(text), 'a Debian revision')
    .default('1')
    .meta({
      description:
        'Debian revision: what follows the last hyphen of the version. With `native` the version is taken as it is and gets none.',
      form: 'letters, digits, + . and ~',
      spec: 'deb-version(7)',
      example: '2',
    }),
  architecture: lineThat((text) => /^[a-z0-9][a-z0-9-]*$/.test(text), 'a Debian architecture')
    .default('auto')
    .meta({
      description:
        'Architecture of the package. `auto` looks at the ELF files: that of the machine, or `all` when there is none.',
      form: 'auto, all or a name that dpkg --print-architecture prints',
      spec: 'Debian Policy 5.6.8',
      example: 'amd64',
    }),
  sourcePackage: lineThat(isSourcePackage, 'a source package').optional().meta({
    description:
      'Source that the package belongs to, with the version where the source has another one. A changelog that is made, `.changes` and `.buildinfo` are named after it.',
    otherwise: 'called as the package',
    form: 'NAME or NAME (VERSION)',
    spec: 'deb-control(5), field Source',
    example: 'warehouse-suite',
  }),
};

const fields = {
  section: lineThat((text) => /^(?:[a-z0-9-]+\/)?[a-z0-9-]+$/.test(text), 'a section')
    .default('python')
    .meta({
      description: 'Section of the archive; repositories refuse packages without one.',
      form: 'lower case letters, digits and hyphens',
      spec: 'Debian Policy 2.4',
      example: 'web',
    }),
  priority: z
    .enum(['required', 'important', 'standard', 'optional', 'extra'])
    .default('optional')
    .meta({description: 'Priority of the package.', spec: 'Debian Policy 2.5', example: 'optional'}),
  maintainer: lineThat(isMaintainer, 'a name with a mail address').optional().meta({
    description: 'Who answers for the package.',
    otherwise: "the project's maintainer or author, else DEBFULLNAME and DEBEMAIL",
    form: 'Name <mail@example.org>',
    spec: 'Debian Policy 5.6.2',
    example: 'Jo Doe <jo@example.org>',
  }),
  description: z
    .string()
    .refine((text) => !hasControlCharacter(text.replaceAll('\n', '')), {
      error: 'holds a control character',
      abort: true,
    })
    .refine((text) => (text.split('\n')[0] ?? '').trim() !== '', {error: 'has an empty first line'})
    .optional()
    .meta({
      description: 'What the package is: one line, then optionally longer text on the lines that follow.',
      otherwise: "the project's summary",
      form: 'a short first line',
      spec: 'Debian Policy 5.6.13',
      example: 'Python package index',
    }),
  homepage: lineThat(isHomepage, 'an http or https URL').optional().meta({
    description: "Address of the project's page.",
    otherwise: "the project's homepage",
    form: 'https://…',
    spec: 'Debian Policy 5.6.23',
    example: 'https://example.org/warehouse',
  }),
  prefix: line()
    .superRefine((prefix, context) => {
      const problem = prefixProblem(prefix);
      if (problem) context.addIssue({code: 'custom', message: problem});
    })
    .optional()
    .meta({
      description: 'Folder that the virtualenv has on the server.',
      otherwise: '`/opt/PACKAGE`',
      form: 'a folder of its own, such as /opt/warehouse',
      spec: 'FHS 3.0, 3.13',
      example: '/opt/warehouse',
    }),
};

const related = {
  depends: relation('Packages that must be there, beside the interpreter.', ['libpq5 (>= 9.0)'], '7.2'),
  preDepends: relation(
    'Packages that must be configured before this one is unpacked.',
    ['dpkg (>= 1.19)'],
    '7.2',
  ),
  recommends: relation(
    'Packages that belong with it in all but unusual installations.',
    ['postgresql-client'],
    '7.2',
  ),
  suggests: relation('Packages that may be of use with it.', ['nginx | apache2'], '7.2'),
  enhances: relation('Packages that this one is of use to.', ['nginx'], '7.2'),
  conflicts: relation('Packages that cannot be installed at the same time.', ['warehouse-legacy'], '7.4'),
  breaks: relation(
    'Packages that stop to work when this one is unpacked.',
    ['warehouse-plugins (<< 2)'],
    '7.3',
  ),
  replaces: relation('Packages whose files this one may overwrite.', ['warehouse-legacy'], '7.6'),
  provides: relation('Virtual packages that this one stands for.', ['httpd'], '7.5'),
};

const isPattern = (text: string): boolean => text.startsWith('/') || !text.includes('/');

const libraryPatterns = (description: string, example: string[]) =>
  z.array(lineThat(isPattern, 'an absolute path or the name of a library')).default([]).meta({
    description,
    form: 'absolute paths on the server or names such as libcuda.so.1, both with wildcards',
    example,
  });

const shlibs = z.strictObject({
  exclude: libraryPatterns(
    'Files (by their path on the server) whose libraries are no dependencies, and libraries that are none, by their soname; with wildcards.',
    ['/opt/warehouse/**/tests/*.so', 'libcuda.so.1'],
  ),
  recommends: libraryPatterns('Files and libraries, given likewise, whose dependencies become Recommends.', [
    '/opt/warehouse/**/plugins/*.so',
  ]),
});

const libraries = {
  shlibs: z
    .union([z.boolean(), shlibs])
    .default(true)
    .transform((given) => (given === true ? {exclude: [], recommends: []} : given))
    .meta({
      description:
        'Depend on the packages of the shared libraries that packed ELF files need, in the versions that their symbols need.',
      form: 'true, false or the keys exclude and recommends',
      spec: 'Debian Policy 8.6, dpkg-shlibdeps(1)',
    }),
};

/** What the package says of itself: the fields of its control file, and its place on the server. */
export const packageOptions = {...identity, ...fields, ...related, ...libraries};
