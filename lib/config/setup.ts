import {fileURLToPath} from 'node:url';
import {CommandError} from '../errors.js';
import {people} from '../formats/core-metadata.js';
import {DISTRIBUTION_WHEELS} from '../formats/wheel-folder.js';
import type {Report} from '../report.js';
import {run} from '../run.js';
import {homepageOf} from './pyproject.js';
import type {ProjectMetadata, ReadProjectOptions} from './types.js';

const SCRIPT = fileURLToPath(new URL('read_setup.py', import.meta.url));
/** Stands before our line, so that what a setup.py prints is not taken for it. */
const MARK = 'mkvenvdeb-project:';

/** What read_setup.py prints. */
interface Answer {
  readonly name: string | null;
  readonly version: string | null;
  readonly summary: string | null;
  readonly homepage: string | null;
  readonly urls: Readonly<Record<string, string>>;
  readonly author: string | null;
  readonly author_email: string | null;
  readonly maintainer: string | null;
  readonly maintainer_email: string | null;
  readonly scripts: readonly string[];
  readonly dependencies: readonly string[];
}

/**
 * Run a copy of a project's setup.py as far as its metadata, with setuptools from the interpreter or from Debian's wheels.
 * Undefined when that cannot be done: the wheel that is built later tells the same.
 */
export async function askSetup(
  folder: string,
  options: ReadProjectOptions,
): Promise<ProjectMetadata | undefined> {
  const {ask, signal, report} = options;
  if (ask === undefined) return undefined;
  const withoutAnswer: Report = (event) => {
    if (event.type !== 'output' || !event.line.startsWith(MARK)) report?.(event);
  };
  const env = {
    PATH: '/usr/bin:/bin',
    LC_ALL: 'C.UTF-8',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONNOUSERSITE: '1',
  };
  const asking = {signal, report: withoutAnswer, label: 'setup.py'};
  try {
    const {stdout} = await ask.withCopy(folder, (cwd) =>
      run(ask.executable, ['-B', SCRIPT, MARK, DISTRIBUTION_WHEELS], {
        cwd,
        env: {...env, HOME: cwd, TMPDIR: cwd},
        under: ask.under,
        ...asking,
      }),
    );
    const line = stdout.split('\n').findLast((text) => text.startsWith(MARK));
    return line === undefined ? undefined : toMetadata(JSON.parse(line.slice(MARK.length)) as Answer);
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

function toMetadata(answer: Answer): ProjectMetadata {
  const {name, version, summary, scripts, dependencies} = answer;
  const homepage = answer.homepage ?? homepageOf(answer.urls);
  return {
    ...(name === null ? {} : {name}),
    ...(version === null ? {} : {version}),
    ...(summary === null ? {} : {summary: summary.split('\n')[0] ?? ''}),
    ...(homepage === undefined ? {} : {homepage}),
    maintainers: [
      ...people(answer.maintainer ?? undefined, answer.maintainer_email ?? undefined),
      ...people(answer.author ?? undefined, answer.author_email ?? undefined),
    ],
    scripts,
    dependencies,
    dynamic: [],
  };
}
