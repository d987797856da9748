import {readFile} from 'node:fs/promises';
import {ioError, MkvenvdebError} from '../errors.js';

/** Policy 6.1, in the order of an installation's life. */
export const SCRIPT_NAMES = ['preinst', 'postinst', 'prerm', 'postrm'] as const;
export type ScriptName = (typeof SCRIPT_NAMES)[number];
/** Texts of maintainer scripts, those that there are. */
export type MaintainerScripts = Readonly<Partial<Record<ScriptName, string>>>;

/** A line of its own where debhelper puts what it generated; so do we. */
const TOKEN = /^[ \t]*#DEBHELPER#[ \t]*\n/gm;

/**
 * Read the maintainer scripts.
 *
 * @param files absolute paths
 * @throws E_PAYLOAD with everything that dpkg or the kernel could not run
 */
export async function readScripts(
  files: Readonly<Partial<Record<ScriptName, string>>>,
): Promise<MaintainerScripts> {
  const scripts: Partial<Record<ScriptName, string>> = {};
  const problems: string[] = [];
  for (const name of SCRIPT_NAMES) {
    const file = files[name];
    if (file === undefined) continue;
    const text = await read(file);
    const problem = text === undefined ? 'does not exist' : problemOf(text);
    if (problem !== undefined) problems.push(`Script ${name} ${problem}: ${file}`);
    else if (text !== undefined) scripts[name] = text.endsWith('\n') ? text : `${text}\n`;
  }
  refuse(problems);
  return scripts;
}

/**
 * Read one script that dpkg or debconf runs.
 *
 * @throws E_PAYLOAD when neither could
 */
export async function readScript(name: string, file: string): Promise<string> {
  const text = await read(file);
  const problem = text === undefined ? 'does not exist' : problemOf(text);
  if (text === undefined || problem !== undefined)
    return refuse([`Script ${name} ${problem}: ${file}`]) as never;
  return text.endsWith('\n') ? text : `${text}\n`;
}

function refuse(problems: readonly string[]): void {
  const [first] = problems;
  if (first === undefined) return;
  throw new MkvenvdebError('E_PAYLOAD', first, {issues: problems.length > 1 ? problems : []});
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw ioError(error, 'reading the maintainer scripts');
  }
}

function problemOf(text: string): string | undefined {
  if (text.trim() === '') return 'is empty';
  if (/\r\n/.test(text)) return 'has the line breaks of Windows, which the kernel takes for part of a name';
  return /^#![ \t]*\//.test(text) ? undefined : 'does not begin with "#!" and the path of an interpreter';
}

/** Whether a script has a place for generated lines. */
export const hasToken = (script: string): boolean => script.search(TOKEN) !== -1;

/** Put generated lines where the script has the line `#DEBHELPER#`; it goes away when there is nothing to put. */
export const mergeSnippets = (script: string, snippets: string): string =>
  script.replace(TOKEN, () => snippets);
