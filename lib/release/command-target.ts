import {type Caller, definedOnly} from '../context.js';
import {CommandError, MkvenvdebError, maskUrls} from '../errors.js';
import {which} from '../python/interpreter.js';
import {commandLine, run} from '../run.js';
import {debsOf, type Given, isSame, readPackages} from './apt-place.js';
import {assertBuilt} from './built-files.js';
import {concealing} from './concealing.js';
import {openFetch} from './fetch.js';
import {isServed, readServedSuite, type ServedSuite} from './served-suite.js';
import type {PlannedRelease, Release, Target} from './target.js';

export interface CommandTargetOptions {
  /**
   * Publishes: aptly, reprepro, dput, a script. Words `{files}` and `{changes}` stand for the paths of the packages and
   * of the .changes files, `{package}` and `{version}` in a word for those.
   */
  readonly command: readonly string[];
  /** Succeeds when that one will, before anything is built. @default its program is looked for */
  readonly preflight?: readonly string[] | undefined;
  /** Succeeds when all of it is published. @default none */
  readonly verify?: readonly string[] | undefined;
  /** The repository as clients see it, where what is published is looked for. @default nowhere */
  readonly url?: string | undefined;
  /** Suite at that URL, of packages whose cell has none of its own. */
  readonly suite?: string | undefined;
  readonly cellSuites?: ReadonlyMap<string, string> | undefined;
  /** Component at that URL. @default all of them */
  readonly component?: string | undefined;
}

interface Place {
  readonly options: CommandTargetOptions;
  readonly caller: Caller;
}

/**
 * An apt repository that others keep as a place that a release goes to, by whatever command publishes there. It is run
 * in the project, with `MKVENVDEB_FILES` and `MKVENVDEB_CHANGES` (one path in each line), `MKVENVDEB_PACKAGE`,
 * `MKVENVDEB_VERSION`, `MKVENVDEB_TAG` and `MKVENVDEB_COMMIT`; and again by every resume until it has succeeded.
 *
 * @throws E_OPTION for what cannot be run or asked
 */
export function openCommandTarget(options: CommandTargetOptions, caller: Caller): Target {
  const {command, url, suite, cellSuites} = options;
  const [program] = command;
  if (program === undefined) throw new MkvenvdebError('E_OPTION', 'Command that publishes is empty');
  if (url !== undefined && !(URL.canParse(url) && /^https?:/.test(url)))
    throw new MkvenvdebError('E_OPTION', `Not a URL of an apt repository: ${url}`);
  if (url !== undefined && suite === undefined && cellSuites === undefined)
    throw new MkvenvdebError('E_OPTION', `No suite is named for apt repository: ${url}`);
  const place: Place = {options, caller};
  return concealing(
    {
      name: 'command',
      place: maskUrls(commandLine(program, command.slice(1))),
      irreversible: true,
      blind: options.verify === undefined && url === undefined,
      preflight: (release) => preflight(release, place),
      async publish(release) {
        await assertBuilt(debsOf(release));
        if ((await problemsOf(release, place))?.length === 0) return 'there';
        await runFor(command, release, place);
        return 'published';
      },
      async verify(release) {
        const problems = await problemsOf(release, place);
        if (problems === undefined)
          caller.report({
            type: 'warning',
            code: 'unverified-command',
            message: `Nothing tells whether this has published: ${program}`,
            hint: 'Name a command by verify, or the repository by url',
          });
        if (problems === undefined || problems.length === 0) return;
        throw new MkvenvdebError('E_PUBLISH', `Command has not published all of the release: ${program}`, {
          issues: problems,
        });
      },
    },
    caller,
  );
}

async function preflight(release: PlannedRelease, place: Place): Promise<void> {
  const {options, caller} = place;
  const {command, preflight: trial, url} = options;
  const [program = ''] = command;
  const path = caller.environment.PATH ?? '/usr/bin:/bin';
  if (!program.includes('/') && (await which(program, path)) === undefined)
    throw new MkvenvdebError('E_PUBLISH', `Command that publishes is not there: ${program}`, {
      hint: 'Install it, or give its path in the project: ./publish',
    });
  if (trial !== undefined) await runFor(trial, {...release, artifacts: []}, place);
  for (const suite of url === undefined ? [] : suitesOf(options)) await readServedSuite(served(suite, place));
}

const suitesOf = ({suite, cellSuites}: CommandTargetOptions): readonly string[] => [
  ...new Set([...(suite === undefined ? [] : [suite]), ...(cellSuites?.values() ?? [])]),
];

const served = (suite: string, {options, caller}: Place): ServedSuite => ({
  ...{url: options.url ?? '', suite, component: options.component},
  ...{fetch: openFetch(caller.environment), signal: caller.signal},
});

/** What tells whether it is published has to say, nothing where nothing tells. */
async function problemsOf(release: Release, place: Place): Promise<readonly string[] | undefined> {
  const {verify, url} = place.options;
  if (verify === undefined && url === undefined) return undefined;
  const problems: string[] = [];
  if (url !== undefined)
    for (const given of await readPackages(release, place.caller))
      problems.push(...(await missing(given, place)));
  if (verify !== undefined)
    await runFor(verify, release, place).catch((error) => {
      if (!(error instanceof MkvenvdebError)) throw error;
      problems.push(error.message, ...error.issues);
    });
  return problems;
}

async function missing(given: Given, place: Place): Promise<readonly string[]> {
  const {options} = place;
  const {artifact} = given;
  const suite = options.cellSuites?.get(artifact.cell ?? '') ?? options.suite;
  const name = `${given.package} ${given.version} (${given.architecture})`;
  if (suite === undefined) return [`${name}: no suite is named for cell ${artifact.cell}`];
  const where = served(suite, place);
  const found = (await readServedSuite(where))?.find((one) => isSame(given, one));
  const at = `${name} in suite ${suite} of ${maskUrls(options.url ?? '')}`;
  if (found === undefined) return [`${at}: not there`];
  if (found.sha256 !== artifact.sha256)
    return [`${at}: there is sha256 ${found.sha256}, built sha256 ${artifact.sha256}`];
  return (await isServed(found, where)) ? [] : [`${at}: its file is not served: ${found.filename}`];
}

/** @throws E_PUBLISH with the last lines of what it printed */
async function runFor(words: readonly string[], release: Release, {caller}: Place): Promise<void> {
  const {environment, signal, report} = caller;
  const pathsOf = (kind: string) =>
    release.artifacts.filter((one) => one.kind === kind).map(({file}) => file);
  const [files, changes] = [pathsOf('deb'), pathsOf('changes')];
  const [program = '', ...args] = words.flatMap((word) => {
    if (word === '{files}') return files;
    if (word === '{changes}') return changes;
    return [word.replace(/\{(package|version)\}/g, (_, name: 'package' | 'version') => release[name])];
  });
  const env = {
    ...definedOnly(environment),
    MKVENVDEB_FILES: files.join('\n'),
    MKVENVDEB_CHANGES: changes.join('\n'),
    MKVENVDEB_PACKAGE: release.package,
    MKVENVDEB_VERSION: release.version,
    MKVENVDEB_TAG: release.tag,
    MKVENVDEB_COMMIT: release.commit,
  };
  await run(program, args, {cwd: release.project, env, signal, report, keepOutput: false}).catch((error) => {
    if (!(error instanceof CommandError)) throw error;
    throw new MkvenvdebError('E_PUBLISH', error.message, {
      issues: error.output.split('\n').filter(Boolean),
      cause: error,
    });
  });
}
