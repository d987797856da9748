import {existsSync} from 'node:fs';
import {readFile, writeFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {hostArchitecture} from './config/debian/machine.js';
import {type DebianPackage, readDebian} from './config/debian/read.js';
import {configurationText} from './config/document.js';
import {type Problem, throwProblems} from './config/problems.js';
import {readFolderStatically} from './config/project.js';
import type {BuildOptions} from './config/schema/index.js';
import {readToml} from './config/toml.js';
import {openCaller} from './context.js';
import {ioError, MkvenvdebError} from './errors.js';
import {toPackageName} from './policy/names.js';
import type {Context} from './report.js';

export interface InitOptions extends Context {
  /** Project folder. @default `cwd` */
  readonly project?: string | undefined;
  /** Which package of debian/control. @default the first */
  readonly package?: string | undefined;
  /** Take over what a debian/ folder says. @default true where there is one */
  readonly debian?: boolean | undefined;
}

export interface InitResult {
  /** The file that was written. */
  readonly file: string;
  readonly text: string;
  /** What the debian/ folder says and the file does not. */
  readonly untranslated: readonly string[];
}

/**
 * Write a mkvenvdeb.yaml with comments: what a debian/ folder says, else what the project says of itself.
 *
 * @throws E_OPTION where there is a configuration, which is never overwritten; E_IO
 */
export async function initProject(options: InitOptions = {}): Promise<InitResult> {
  const caller = openCaller(options);
  const project = resolve(caller.cwd, options.project ?? '.');
  await assertNew(project);
  const {environment, machine, signal, report} = caller;
  const architecture = hostArchitecture(machine, environment);
  const reading =
    options.debian === false
      ? undefined
      : await readDebian({project, environment, architecture, ignore: [], signal, report});
  if (reading === undefined && options.debian === true)
    throw new MkvenvdebError('E_OPTION', `No debian/control in project folder: ${project}`);
  const chosen = reading && choose(reading.packages, options.package);
  const values = chosen ? withRelativePaths(chosen.values, project) : await valuesOfProject(project);
  const left = (reading?.packages ?? [])
    .filter((one) => one !== chosen)
    .map(({name}) => `Package ${name} needs a file of its own`);
  const untranslated = [
    ...new Set([...[...(reading?.problems ?? []), ...(reading?.warnings ?? [])].map(said), ...left]),
  ];
  const text = configurationText(values, {untranslated, whole: reading !== undefined});
  const file = join(project, 'mkvenvdeb.yaml');
  try {
    // Somebody may have written one since: "wx" fails then.
    await writeFile(file, text, {flag: 'wx'});
  } catch (error) {
    throw ioError(error, 'writing the configuration');
  }
  return {file, text, untranslated};
}

const said = ({text, hint}: Problem): string => (hint === undefined ? text : `${text} (${hint})`);

async function assertNew(project: string): Promise<void> {
  const toml = join(project, 'pyproject.toml');
  const found = ['mkvenvdeb.yaml', 'mkvenvdeb.yml'].find((name) => existsSync(join(project, name)));
  const problems: Problem[] = [];
  const table = existsSync(toml)
    ? readToml(await readFile(toml, 'utf8'), 'pyproject.toml', problems)
    : undefined;
  throwProblems(problems);
  const existing = found ?? (table === undefined ? undefined : '[tool.mkvenvdeb] of pyproject.toml');
  if (existing === undefined) return;
  throw new MkvenvdebError('E_OPTION', `Project has a configuration already: ${existing}`, {
    hint: 'It is never overwritten: move it away to begin anew',
  });
}

function choose(packages: readonly DebianPackage[], name: string | undefined): DebianPackage {
  const found = name === undefined ? packages[0] : packages.find((one) => one.name === name);
  if (found) return found;
  throw new MkvenvdebError('E_OPTION', `Package is not in debian/control: ${name}`, {
    hint: `There are: ${packages.map((one) => one.name).join(', ')}`,
  });
}

/** Rules tell paths of the project by where it lies today (`$(CURDIR)`); the file has to hold anywhere. */
function withRelativePaths(values: BuildOptions, project: string): BuildOptions {
  const made = {...values};
  for (const key of ['findLinks', 'requirements', 'constraints'] as const) {
    const paths = made[key];
    if (!Array.isArray(paths)) continue;
    made[key] = paths.map((path) => (path.startsWith(`${project}/`) ? path.slice(project.length + 1) : path));
  }
  return made;
}

/** What a first configuration is likely to say; everything else has a default. */
async function valuesOfProject(project: string): Promise<BuildOptions> {
  const {name, maintainers} = await readFolderStatically(project);
  const packageName = name === undefined ? 'app' : toPackageName(name);
  const person = maintainers.find((one) => one.name && one.email);
  return {
    package: packageName,
    prefix: `/opt/${packageName}`,
    maintainer: person ? `${person.name} <${person.email}>` : 'Jo Doe <jo@example.org>',
    python: 'pypy3',
    bin: true,
    depends: ['libpq5'],
  };
}
