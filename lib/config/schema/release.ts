import {z} from 'zod';
import {isReleaseId, isReleaseTag, isRemote, isSuiteName} from '../../formats/release-names.js';
import {line, lines, lineThat} from './common.js';

const argument = () => z.string().refine((text) => !text.includes('\0'), {error: 'holds a NUL'});
const command = () => z.array(argument()).min(1);

/** One command, as a list of words, or several. */
const commands = (description: string, example: unknown) =>
  z
    .union([command(), z.array(command())])
    .default([])
    .transform((given): string[][] =>
      given.every((one) => typeof one === 'string') ? (given.length === 0 ? [] : [given]) : given,
    )
    .meta({description, form: 'a list of words, or a list of such lists', example});

const version = z.strictObject({
  pattern: line().default('YY.MM.NN').meta({
    description:
      'How versions are made, as `version next` takes it. Tokens with a 0 are padded (`YY.0M.0N`): to pip and dpkg 26.01.03 and 26.1.3 are one version.',
    form: 'tokens with dots between them, such as YY.MM.NN or MAJOR.MINOR.PATCH',
    spec: 'docs/versions.md',
    example: 'YYYY.MM.MICRO',
  }),
  zone: line().default('UTC').meta({
    description: 'Whose calendar counts.',
    form: 'a name of the IANA time zone database',
    example: 'Europe/Berlin',
  }),
  bump: line().optional().meta({
    description: 'The token that is counted up.',
    otherwise: 'the last one that is counted',
    example: 'minor',
  }),
});

const home = z.strictObject({
  file: line().optional().meta({description: 'File of the project that holds the version.'}),
  name: lineThat((text) => /^[\w.-]+$/.test(text), 'a name')
    .optional()
    .meta({
      description:
        'What gets the version in it: the name of a Python variable, or `table.key` of a TOML file, `section.key` of setup.cfg. Without it, the file holds the version and nothing else.',
    }),
  template: line().optional().meta({
    description: 'File with `{version}` in it (and `{build}`, the commit), which `file` is made from.',
  }),
  variable: lineThat((text) => /^[A-Za-z_]\w*$/.test(text), 'the name of a variable')
    .optional()
    .meta({
      description: 'Environment variable that the build back end takes the version from.',
    }),
});

const cell = z.strictObject({
  id: lineThat(isReleaseId, 'a name for a cell').meta({
    description: 'Name of the cell: letters, digits and . _ + -.',
  }),
  python: line().optional().meta({
    description: 'Interpreter; else that of the configuration.',
    path: 'command',
  }),
  distribution: line().optional().meta({description: 'Codename of the Debian that it is for; told to CI.'}),
  architecture: line().optional().meta({description: 'Architecture that it is built on; told to CI.'}),
  revision: line().optional().meta({
    description: 'Debian revision, so that packages for several distributions differ: `1~bookworm1`.',
  }),
  suite: lineThat(isSuiteName, 'the name of a suite').optional().meta({
    description: 'Suite of the apt repositories that it goes to.',
  }),
  options: z.record(z.string(), z.unknown()).default({}).meta({
    description: 'Options of a build that differ in this cell, in the spelling of the file.',
  }),
  under: z.array(argument()).default([]).meta({
    description:
      'Command line that the build of this cell is run under, such as that of schroot; `mkvenvdeb` has to be found there, and the project at the same path.',
  }),
});

const index = z.strictObject({
  name: line().optional().meta({description: 'Section of `~/.pypirc`, or `pypi` and `testpypi`.'}),
  uploadUrl: line().optional().meta({description: 'Where files are sent to, without an account.'}),
  indexUrl: line().optional().meta({
    description: 'Where the same index is asked for what it has (simple repository API), without an account.',
  }),
});

const apt = z.strictObject({
  repository: lineThat((text) => !text.startsWith('~'), 'a whole path')
    .optional()
    .meta({
      description: 'Folder of a repository that `repo init` made …',
      path: 'path',
    }),
  suite: lineThat(isSuiteName, 'the name of a suite').optional().meta({
    description: 'Its suite, where neither the cell says one nor the repository has only one.',
  }),
  component: line().optional().meta({description: 'Its component.'}),
  command: command().optional().meta({
    description: '… or a command that publishes: aptly, reprepro, dput. MKVENVDEB_FILES names the packages.',
  }),
  preflight: command().optional().meta({
    description: 'A command that tells, before anything is built, whether that one will work.',
  }),
  verify: command().optional().meta({description: 'A command that tells whether it has worked.'}),
  url: line().optional().meta({
    description: 'The repository as clients see it, where what was published is looked for.',
  }),
});

const gate = z.strictObject({
  command: commands(
    'Commands that try what was built, before anything is published. MKVENVDEB_FILES names it, one path in each line.',
    [['sh', 'packaging/try-packages']],
  ),
  install: z.boolean().default(true).meta({
    description: 'Let an apt client of its own try to install the packages, as far as this machine can tell.',
    example: false,
  }),
});

/** How releases are made: `mkvenvdeb release` reads it, no build does. */
export const releaseSchema = z
  .strictObject({
    branch: line().optional().meta({
      description: 'Releases are made of commits of this branch of the remote only.',
      otherwise: 'any commit',
      example: 'main',
    }),
    remote: lineThat(isRemote, 'a git remote').default('origin').meta({
      description: 'Git remote that tags are read from and pushed to.',
      form: 'the name of a remote, or a URL',
      example: 'origin',
    }),
    version: version.prefault({}).meta({description: 'How the next version is found.'}),
    tag: lineThat(isReleaseTag, 'the name of a tag with {version} at its end').default('v{version}').meta({
      description: 'Name of the tag.',
      form: 'a name that git allows, with {version} at its end',
      spec: 'git-check-ref-format(1)',
      example: 'release-{version}',
    }),
    versionHome: home.optional().meta({
      description: 'Where the version is written before the build.',
      otherwise: 'found: a template, pyproject.toml, setup.cfg, a module, a version control plugin',
      form: 'a map of file, name, template and variable',
      example: {file: 'warehouse/__about__.py', name: '__version__'},
    }),
    test: commands('Commands that test the project, in a clean checkout of the commit.', [
      ['python3', '-m', 'pytest'],
    ]),
    sdist: z.boolean().default(true).meta({description: 'Make an sdist.', example: false}),
    wheel: z.boolean().default(true).meta({description: 'Make a wheel, of the sdist.', example: false}),
    cells: z
      .array(cell)
      .min(1)
      .optional()
      .meta({
        description:
          'The packages that a release is made of, one cell for each: interpreter, distribution, architecture.',
        otherwise: 'one cell, called `default`: this machine, and the options as they are',
        form: 'a list of {id, python, distribution, architecture, revision, suite, options, under}',
        example: [{id: 'bookworm', python: 'pypy3', distribution: 'bookworm', revision: '1~bookworm1'}],
      }),
    gate: gate.prefault({}).meta({description: 'What is tried before anything is published.'}),
    index: z
      .union([line(), index])
      .optional()
      .transform((given): IndexPlace | undefined => (typeof given === 'string' ? byText(given) : given))
      .meta({
        description: 'Package index that the sdist and the wheel are published on.',
        otherwise: 'none',
        form: 'a name of ~/.pypirc, a URL that files are sent to, or a map of name, upload_url and index_url',
        example: {
          upload_url: 'https://pypi.example.org/legacy/',
          index_url: 'https://pypi.example.org/simple/',
        },
      }),
    apt: z
      .array(apt)
      .default([])
      .meta({
        description: 'Apt repositories that the packages are published in.',
        form: 'a list of {repository, suite, component} or {command, preflight, verify, url}',
        example: [{repository: '/srv/apt', suite: 'stable'}],
      }),
    wait: z.int({error: 'is not a whole number'}).min(0, {error: 'is less than 0'}).default(600).meta({
      description: 'How long to wait for another release of the project.',
      unit: 'seconds',
      form: 'a whole number of seconds',
      example: 0,
    }),
    passEnvironment: lines().meta({
      description:
        'Variables that tests and gate commands may see although their names say that they are secret, or belong to publishing.',
      form: 'names of variables',
      example: ['DATABASE_PASSWORD'],
    }),
  })
  .superRefine(({cells = [], apt: places}, context) => {
    const ids = cells.map(({id}) => id);
    for (const [at, id] of ids.entries())
      if (ids.indexOf(id) !== at)
        context.addIssue({code: 'custom', path: ['cells', at, 'id'], message: 'names two cells', input: id});
    for (const [at, {repository, command: run}] of places.entries())
      if ((repository === undefined) === (run === undefined))
        context.addIssue({code: 'custom', path: ['apt', at], message: 'needs either repository or command'});
  });

/** Where the index is: by its name, or by its URLs. */
export interface IndexPlace {
  name?: string | undefined;
  uploadUrl?: string | undefined;
  indexUrl?: string | undefined;
}

const byText = (text: string): IndexPlace => (text.includes('://') ? {uploadUrl: text} : {name: text});

/** The section `release` of a configuration file, in the spelling of the API. */
export type ReleaseSection = z.input<typeof releaseSchema>;
/** The same after validation, with every static default filled in. */
export type ReleaseConfig = z.output<typeof releaseSchema>;
