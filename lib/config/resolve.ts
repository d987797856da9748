import {existsSync, readFileSync, statSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {LOCK_HEADER} from '../formats/requirements.js';
import type {Report} from '../report.js';
import {expandFiles} from './files.js';
import type {Spelling} from './keys.js';
import {type Layer, type Merged, mergeLayers} from './layer.js';
import {type Problem, problemAt, throwProblems} from './problems.js';
import {type BuildOptions, optionsSchema, type ParsedOptions} from './schema/index.js';
import {releaseSchema} from './schema/release.js';
import {checkSide, expandDocuments} from './side.js';
import {detectSource} from './source.js';
import type {Config, Source} from './types.js';
import {expandVariables, passwordsIn, passwordsOfNetrc} from './variables.js';

/** What resolving needs to know beside the options. */
export interface ConfigContext {
  /** Absolute folder that relative paths start from. */
  readonly cwd: string;
  /** Where `${NAME}` in URLs comes from. @default empty */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** How messages name the options. @default 'api' */
  readonly spelling?: Spelling | undefined;
  /** Debian architecture of this machine, for a debian/ folder. @default amd64 */
  readonly architecture?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly report?: Report | undefined;
}

/**
 * Turn options of the API into a Config, without reading a configuration file.
 *
 * @throws E_OPTION with every problem
 */
export async function resolveConfig(options: BuildOptions, context: ConfigContext): Promise<Config> {
  const layer: Layer = {values: options, base: context.cwd, spelling: context.spelling ?? 'api'};
  return resolveLayers([layer], {context, project: context.cwd, configFiles: [], problems: []});
}

interface LayerOrigin {
  readonly context: ConfigContext;
  /** Folder that the source defaults to. */
  readonly project: string;
  readonly configFiles: readonly string[];
  /** What was found already. */
  readonly problems: Problem[];
}

/** Merge layers (the last one wins), validate, and fill in all that depends on the disk or the environment. */
export async function resolveLayers(
  layers: readonly Layer[],
  {context, project, configFiles, problems}: LayerOrigin,
): Promise<Config> {
  const merged = mergeLayers(layers, problems);
  const expanded = expandVariables(merged, context.environment ?? {}, problems);
  const parsed = optionsSchema.parse(expanded.options);
  const source = detectSource(parsed.source ?? project, merged, problems);
  const home = source?.kind === 'folder' ? source.path : project;
  const files = expandFiles(parsed.files, merged, {problems});
  const documents = expandDocuments(parsed, merged, problems);
  checkFiles(parsed, merged, problems);
  checkSide(parsed, merged, problems);
  if (problems.length === 0 && source) checkTogether(parsed, source, merged, problems);
  throwProblems(problems);
  return {
    ...parsed,
    source: source as Source,
    noIndex: parsed.noIndex || parsed.offline,
    requirements: parsed.requirements ?? defaultRequirements(source as Source),
    files,
    ...documents,
    out: expanded.options.out ?? resolve(context.cwd, parsed.out),
    prefix: parsed.prefix ?? (parsed.package === undefined ? undefined : `/opt/${parsed.package}`),
    project: home,
    configFiles,
    release: releaseSchema.parse(merged.release ?? {}),
    secrets: [
      ...new Set([
        ...expanded.secrets,
        ...passwordsIn(parsed, context.environment ?? {}),
        ...passwordsOfNetrc(parsed.netrc),
      ]),
    ],
  };
}

function defaultRequirements(source: Source): readonly string[] {
  if (source.kind !== 'folder') return [];
  const files = ['requirements.txt', 'pylock.toml'].map((name) => join(source.path, name));
  const found = files.find((file) => existsSync(file));
  return found === undefined ? [] : [found];
}

/** Every file that is named has to be there: found out before anything is built. */
function checkFiles(parsed: ParsedOptions, {originOf}: Merged, problems: Problem[]): void {
  const check = (path: readonly PropertyKey[], file: string | undefined) => {
    if (file === undefined || statSync(file, {throwIfNoEntry: false})?.isFile()) return;
    const says = existsSync(file) ? 'is not a file' : 'names a file that does not exist';
    problems.push(problemAt(originOf(path), path, {says, value: file}));
  };
  for (const key of ['requirements', 'constraints'] as const) {
    for (const [index, file] of (parsed[key] ?? []).entries()) check([key, index], file);
  }
  for (const [name, file] of Object.entries(parsed.scripts)) check(['scripts', name], file);
  for (const key of ['netrc', 'changelog', 'copyright'] as const) check([key], parsed[key]);
}

const LEVELS = {xz: [0, 9], gzip: [1, 9], zstd: [1, 22], none: [0, 0]} as const;

/** Rules over more than one option. */
function checkTogether(parsed: ParsedOptions, source: Source, merged: Merged, problems: Problem[]): void {
  const {originOf} = merged;
  const {compression, compressionLevel: level} = parsed;
  const [least, most] = LEVELS[compression];
  if (level !== undefined && (level < least || level > most)) {
    const says =
      compression === 'none'
        ? 'has no meaning without compression'
        : `is not between ${least} and ${most}, as ${compression} wants it`;
    problems.push(problemAt(originOf(['compressionLevel']), ['compressionLevel'], {says, value: level}));
  }
  const key = parsed.offline ? 'offline' : 'noIndex';
  if (parsed[key] && (parsed.indexUrl !== undefined || parsed.extraIndexUrls.length > 0)) {
    problems.push(
      problemAt(originOf([key]), [key], {
        says: 'excludes an index URL',
        hint: 'Leave one of them out',
      }),
    );
  }
  checkLock(parsed, source, merged, problems);
  if (source.kind !== 'folder' || source.installable) return;
  if (!parsed.skipInstall) {
    problems.push({
      text: `No Python project in folder: ${source.path}`,
      hint: 'Add a pyproject.toml or setup.py; to pack requirements only, set skip_install, package and version',
    });
    return;
  }
  for (const key of ['package', 'version'] as const) {
    if (parsed[key] !== undefined) continue;
    const says = 'is missing: the folder holds no project that tells it';
    problems.push(
      problemAt(originOf([key]), [key], {says, hint: 'Set it in mkvenvdeb.yaml or on the command line'}),
    );
  }
}

/** What somebody wrote by hand is not replaced by what it led to: ranges, comments and markers would be gone. */
function checkLock(parsed: ParsedOptions, source: Source, {originOf}: Merged, problems: Problem[]): void {
  const {writeLock: lock, requirements = defaultRequirements(source), constraints} = parsed;
  if (lock === undefined || ![...requirements, ...constraints].includes(lock)) return;
  if (readFileSync(lock, 'utf8').startsWith(LOCK_HEADER)) return;
  const says = 'names a file that the build reads, and that was written by hand';
  const hint = 'Write requirements.lock, for example, and name that with requirements from then on';
  problems.push(problemAt(originOf(['writeLock']), ['writeLock'], {says, value: lock, hint}));
}
