import {z} from 'zod';
import {isDistributionName, isPythonVersion} from '../../formats/names.js';
import {absolutePath, indexUrl, line, lines, lineThat, relations} from './common.js';

const input = {
  source: line().optional().meta({
    description:
      'What is packed: a project folder (pyproject.toml, setup.py or setup.cfg), an sdist, a wheel, or a requirement that pip can resolve.',
    otherwise: 'the project folder',
    form: 'a folder, a .tar.gz, .zip, .tar.bz2 or .whl file, or a requirement such as flask==2.3.3',
    spec: 'PEP 508',
    path: 'requirement',
    example: 'flask==2.3.3',
  }),
  python: line().default('pypy3').meta({
    description:
      'Interpreter of the virtualenv: a command on PATH or a path. PyPy and CPython, 3.8 or newer.',
    form: 'a name such as python3.11 or a path',
    path: 'command',
    example: 'python3.11',
  }),
  venv: z.enum(['builtin', 'virtualenv', 'none']).default('builtin').meta({
    description:
      "What creates the virtualenv: the interpreter's own `venv` module or the `virtualenv` command. With `none` there is none: the package holds only what the other options bring.",
    example: 'virtualenv',
  }),
  requirements: z
    .array(line())
    .optional()
    .meta({
      description:
        'Requirement files, installed before the project. Lines with hashes turn hash checking on.',
      otherwise: '`requirements.txt` or else `pylock.toml` (PEP 751), where the project has one',
      path: 'path',
      example: ['requirements/main.txt', 'requirements/deploy.txt'],
    }),
  constraints: lines().meta({
    description:
      'Constraint files: versions for whatever gets installed, also for dependencies of dependencies.',
    path: 'path',
    example: ['constraints.txt'],
  }),
  extras: z
    .array(lineThat(isDistributionName, 'the name of an extra'))
    .default([])
    .meta({
      description: 'Extras of the project that are installed with it.',
      form: 'letters, digits, - _ and .',
      spec: 'PEP 508',
      example: ['postgres'],
    }),
  preinstall: z
    .array(
      lineThat(
        (text) => !text.startsWith('-'),
        'a requirement, but an option: an editable one cannot be packed',
      ),
    )
    .default([])
    .meta({
      description:
        'Further requirements, local folders or files. Where `build_isolation` is off, builds find them installed.',
      path: 'requirement',
      example: ['setuptools<70', './vendor/fxwsgi'],
    }),
};

const indexes = {
  indexUrl: indexUrl().optional().meta({
    description: `Package index to take distributions from. \`\${NAME}\` stands for a variable of the caller's environment.`,
    otherwise: "pip's own default",
    form: 'https://…',
    spec: 'PEP 503',
    example: `https://\${INDEX_USER}:\${INDEX_TOKEN}@index.example.org/simple`,
  }),
  extraIndexUrls: z
    .array(indexUrl())
    .default([])
    .meta({
      description: 'Further package indexes; pip takes the best version of all of them, wherever it lies.',
      form: 'https://…',
      spec: 'PEP 503',
      example: ['https://index.example.org/simple'],
    }),
  findLinks: lines().meta({
    description: 'Folders, files or pages where distributions lie beside the index.',
    form: 'a folder or a URL',
    path: 'location',
    example: ['wheels'],
  }),
  noIndex: z.boolean().default(false).meta({
    description: 'Ask no index: everything comes from `find_links`.',
    example: true,
  }),
  offline: z.boolean().default(false).meta({
    description:
      'Use no network: as `no_index`, and everything that is run gets a network namespace without a way out, where the kernel gives one.',
    example: true,
  }),
  requireHashes: z.boolean().default(false).meta({
    description: 'Demand a hash of everything that is installed but the project itself.',
    example: true,
  }),
  netrc: line().optional().meta({
    description:
      'A netrc file with the credentials of the indexes and of git over https. The one in the home folder is not read.',
    path: 'path',
    example: 'ci/netrc',
  }),
  writeLock: line().optional().meta({
    description: 'Write what was installed to this file, as requirements with hashes.',
    path: 'path',
    example: 'requirements.lock',
  }),
};

const pip = {
  pipVersion: lineThat(isPythonVersion, 'a version of pip').optional().meta({
    description: 'Install with this version of pip, from `find_links` or the index.',
    otherwise: 'the newest at hand that supports the interpreter',
    form: 'a version such as 23.0.1',
    spec: 'PEP 440',
    example: '23.0.1',
  }),
  pipArgs: lines().meta({
    description: 'Further arguments of `pip download`, which resolves and fetches everything.',
    example: ['--prefer-binary'],
  }),
  buildIsolation: z.boolean().default(true).meta({
    description:
      "Build every sdist in an environment of its own. Without it the build sees what is installed, such as PyPy's own cffi.",
    spec: 'PEP 517',
    example: false,
  }),
  buildRequires: lines().meta({
    description:
      'Requirements that every build environment gets first: exact versions here keep a build the same. With `--hash=sha256:…` behind one of them, all need it.',
    form: 'a requirement such as setuptools>=61',
    path: 'requirement',
    example: ['setuptools>=61', 'wheel'],
  }),
  environment: z
    .record(
      lineThat((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name), 'the name of a variable'),
      z.string().refine((text) => !text.includes('\0'), {error: 'holds a NUL'}),
    )
    .default({})
    .meta({
      description: "Variables for pip, builds and hooks. The caller's own environment does not reach them.",
      form: 'NAME: "value"',
      example: {CFLAGS: '-O1'},
    }),
  passEnvironment: z
    .array(lineThat((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name), 'the name of a variable'))
    .default([])
    .meta({
      description: "Names of variables that are taken over from the caller's environment.",
      form: 'names of variables',
      example: ['CC'],
    }),
};

const result = {
  targetPython: absolutePath().optional().meta({
    description:
      'Where the interpreter is on the server, where that differs from this machine; the same implementation and minor version.',
    otherwise: 'its path here',
    form: 'an absolute path such as /usr/bin/pypy3.9',
    example: '/usr/bin/pypy3.9',
  }),
  interpreterDepends: relations().meta({
    description: 'Relations that bring the interpreter to the server.',
    otherwise: 'computed from the Debian package that owns it',
    form: 'NAME, NAME (>= VERSION) or NAME | OTHER',
    spec: 'Debian Policy 7.2',
    example: ['pypy3 (>= 7.3.11)', 'pypy3 (<< 7.3.17~)'],
  }),
  keepPip: z.boolean().default(false).meta({
    description:
      'Ship pip in the virtualenv. Without it pip, setuptools and wheel stay only where something requires them.',
    example: true,
  }),
  systemSitePackages: z.boolean().default(false).meta({
    description: "Let the virtualenv see the system's Python packages.",
    example: true,
  }),
  skipInstall: z.boolean().default(false).meta({
    description: 'Install the requirements only, not the project.',
    example: true,
  }),
  bytecode: z.boolean().default(true).meta({
    description: 'Ship compiled modules beside the sources.',
    spec: 'PEP 552',
    example: false,
  }),
};

/** What is installed, from where, by what. */
export const pythonOptions = {...input, ...indexes, ...pip, ...result};
