import {z} from 'zod';
import {isReleaseTag, isRemote} from '../../formats/release-names.js';
import {line, lines, lineThat} from './common.js';
import {apt, byText, cell, commands, gate, home, type IndexPlace, index, version} from './release-parts.js';

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

/** The section `release` of a configuration file, in the spelling of the API. */
export type ReleaseSection = z.input<typeof releaseSchema>;
/** The same after validation, with every static default filled in. */
export type ReleaseConfig = z.output<typeof releaseSchema>;
