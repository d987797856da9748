import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {basename, dirname, resolve} from 'node:path';
import {ioError, MkvenvdebError} from '../errors.js';
import {type FileLine, parseRequirementsFile, type RequirementLine} from '../formats/requirements.js';
import {readFolderStatically} from './project.js';
import {isPylock, readPylock} from './pylock.js';
import {parseToml} from './toml.js';
import type {Config} from './types.js';

const isUrl = (text: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text);

/**
 * Read the requirement and constraint files of a Config and all they include, in the order in which pip reads them.
 *
 * @throws E_OPTION for included files that do not exist and for editable requirements, with file and line of each
 */
export async function readRequirements(
  config: Pick<Config, 'requirements' | 'constraints'>,
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<readonly FileLine[]> {
  const entries: FileLine[] = [];
  const issues: string[] = [];
  const seen = new Set<string>();
  const follow = async (file: string, constraint: boolean): Promise<void> => {
    if (seen.has(`${constraint} ${file}`)) return;
    seen.add(`${constraint} ${file}`);
    for (const line of linesOf(await readText(file), file, environment)) {
      entries.push({...line, file, constraint});
      const where = `${file}:${line.line}`;
      if (line.kind === 'editable')
        issues.push(`${where}: Editable requirement: ${await nameOf(line, file)}`);
      if (line.kind !== 'include' || isUrl(line.path)) continue;
      const included = resolve(dirname(file), line.path);
      if (existsSync(included)) await follow(included, constraint || line.of === 'constraints');
      else issues.push(`${where}: Included file does not exist: ${included}`);
    }
  };
  for (const file of config.requirements) await follow(file, false);
  for (const file of config.constraints) await follow(file, true);
  refuse(issues);
  return entries;
}

function linesOf(
  text: string,
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): readonly RequirementLine[] {
  return isPylock(basename(file))
    ? readPylock(parseToml(text, file), file)
    : parseRequirementsFile(text, environment);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw ioError(error, 'reading requirements');
  }
}

/** The distribution that an editable line means: named in its URL, or by the project that lies there. */
async function nameOf(
  line: {readonly location: string; readonly name?: string},
  file: string,
): Promise<string> {
  if (line.name !== undefined) return line.name;
  if (isUrl(line.location)) return line.location;
  const folder = resolve(dirname(file), line.location.replace(/\[[^[\]]*\]$/, ''));
  try {
    return (await readFolderStatically(folder)).name ?? basename(folder);
  } catch {
    // Its own metadata is broken: that is not what has to be said here.
    return basename(folder);
  }
}

function refuse(issues: readonly string[]): void {
  const [only, ...more] = issues;
  if (only === undefined) return;
  const hint = only.includes(': Editable ')
    ? 'Remove "-e": an editable install points to a folder that the server does not have'
    : undefined;
  throw new MkvenvdebError(
    'E_OPTION',
    more.length === 0 ? only : `Requirements cannot be packed: ${issues.length} problems`,
    {
      ...(hint === undefined ? {} : {hint}),
      ...(more.length === 0 ? {} : {issues}),
    },
  );
}
