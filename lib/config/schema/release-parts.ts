import {z} from 'zod';
import {isReleaseId, isSuiteName} from '../../formats/release-names.js';
import {line, lineThat} from './common.js';

const argument = () => z.string().refine((text) => !text.includes('\0'), {error: 'holds a NUL'});
const command = () => z.array(argument()).min(1);

/** One command, as a list of words, or several. */
export const commands = (description: string, example: unknown) =>
  z
    .union([command(), z.array(command())])
    .default([])
    .transform((given): string[][] =>
      given.every((one) => typeof one === 'string') ? (given.length === 0 ? [] : [given]) : given,
    )
    .meta({description, form: 'a list of words, or a list of such lists', example});

/** How the next version is found. */
export const version = z.strictObject({
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

/** Where the version is written. */
export const home = z.strictObject({
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

/** A package of a release, and how its build differs from the others. */
export const cell = z.strictObject({
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

/** A package index. */
export const index = z.strictObject({
  name: line()
    .optional()
    .meta({description: 'Section of `~/.pypirc`; where `upload_url` is given, only a name.'}),
  uploadUrl: line().optional().meta({description: 'Where files are sent to, without an account.'}),
  indexUrl: line().optional().meta({
    description: 'Where the same index is asked for what it has (simple repository API), without an account.',
  }),
});

/** An apt repository: a folder of ours, or a command. */
export const apt = z.strictObject({
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

/** What is tried before anything is published. */
export const gate = z.strictObject({
  command: commands(
    'Commands that try what was built, before anything is published. MKVENVDEB_FILES names it, one path in each line.',
    [['sh', 'packaging/try-packages']],
  ),
  install: z.boolean().default(true).meta({
    description: 'Let an apt client of its own try to install the packages, as far as this machine can tell.',
    example: false,
  }),
});

/** Where the index is: by its name, or by its URLs. */
export interface IndexPlace {
  name?: string | undefined;
  uploadUrl?: string | undefined;
  indexUrl?: string | undefined;
}

/** A URL is where files are sent to; all else is a name. */
export const byText = (text: string): IndexPlace => (text.includes('://') ? {uploadUrl: text} : {name: text});
