import {existsSync, readFileSync, statSync} from 'node:fs';
import {basename} from 'node:path';
import {expandFiles} from './files.js';
import type {Merged} from './layer.js';
import {type Problem, problemAt} from './problems.js';
import type {ParsedOptions} from './schema/index.js';
import {isUnit} from './schema/system.js';
import type {PackedFile} from './types.js';

type Path = readonly PropertyKey[];
type Refuse = (path: Path, says: string, value?: unknown, hint?: string) => void;

/** Options whose files are copied into one folder of the system each. */
const FOLDERS = [
  ...(['systemd', 'systemdUser', 'init', 'sysusers', 'tmpfiles'] as const),
  ...(['default', 'cron', 'logrotate', 'pam', 'udev'] as const),
] as const;

/** Every file that an option of the Debian side names, with its place in the options. */
function sourcesOf(parsed: ParsedOptions): readonly (readonly [Path, string])[] {
  const {debconf, news, lintianOverrides} = parsed;
  return [
    ...FOLDERS.flatMap((key) =>
      parsed[key].map(({source}, index) => [[key, index, 'source'], source] as const),
    ),
    ...Object.entries(debconf).map(([key, file]) => [['debconf', key], file ?? ''] as const),
    ...(news === undefined ? [] : [[['news'], news] as const]),
    ...lintianOverrides.map((file, index) => [['lintianOverrides', index], file] as const),
  ];
}

/** Files have to be there, and what one option says must fit what another one says. */
export function checkSide(parsed: ParsedOptions, {originOf}: Merged, problems: Problem[]): void {
  const refuse: Refuse = (path, says, value, hint) => {
    problems.push(problemAt(originOf(path), path, {says, value, hint}));
  };
  for (const [path, file] of sourcesOf(parsed)) {
    if (statSync(file, {throwIfNoEntry: false})?.isFile()) continue;
    refuse(path, existsSync(file) ? 'is not a file' : 'names a file that does not exist', file);
  }
  for (const key of ['systemd', 'systemdUser'] as const) {
    for (const [index, {source, name}] of parsed[key].entries()) {
      if (name !== undefined || isUnit(basename(source))) continue;
      const path = [key, index, 'source'];
      refuse(path, 'is not named like a unit', source, 'Set "name", such as NAME.service');
    }
  }
  for (const key of ['systemd', 'init'] as const) {
    for (const [index, {start, restart}] of parsed[key].entries()) {
      if (restart === 'stop' && !start)
        refuse([key, index, 'restart'], 'would stop what "start" lets nobody start again', restart);
    }
  }
  checkDrops(parsed, refuse);
  for (const [index, {path}] of parsed.directories.entries()) {
    if (parsed.directories.findIndex((one) => one.path === path) < index)
      refuse(['directories', index, 'path'], 'is there twice', path);
  }
}

/** Two files cannot have one name; what would be read in another way than it is meant, or not at all, is refused. */
function checkDrops(parsed: ParsedOptions, refuse: Refuse): void {
  for (const key of FOLDERS) {
    const drops: readonly Drop[] = parsed[key];
    const places = drops.map((drop) => placeOf(key, drop));
    for (const [index, drop] of drops.entries()) {
      const path = [key, index, 'source'];
      if (places.indexOf(places[index] ?? '') < index)
        refuse(path, 'would get the name of another file', drop.source, 'Give it a "name" of its own');
      const problem = contentProblem(drop);
      if (problem !== undefined) refuse(path, problem, drop.source);
    }
  }
}

interface Drop {
  readonly source: string;
  readonly name?: string | undefined;
  /** Of a job of cron. */
  readonly when?: string;
}

/** Where a file goes, as far as it tells two of one option apart. */
const placeOf = (key: (typeof FOLDERS)[number], {source, name, when = ''}: Drop): string =>
  `${when}/${name ?? (key === 'systemd' || key === 'systemdUser' ? basename(source) : '')}`;

function contentProblem({source, when}: Drop): string | undefined {
  const text = contentOf(source);
  if (text === undefined) return undefined;
  // deb-systemd-helper takes the carriage return for part of a name, cron and sh for part of a command.
  if (text.includes('\r\n')) return 'has the line breaks of Windows';
  if (when === undefined) return undefined;
  // crontab(5) and run-parts(8).
  if (when === 'd') return text.endsWith('\n') ? undefined : 'does not end in a line break: cron ignores it';
  return /^(?:#!|\x7fELF)/.test(text) ? undefined : 'does not begin with "#!": cron cannot run it';
}

/** undefined for what is no file that can be read, which is told elsewhere. */
function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}

/** Files for folders that are named after the package, wildcards expanded; targets begin where that folder ends. */
export function expandDocuments(
  parsed: ParsedOptions,
  merged: Merged,
  problems: Problem[],
): Readonly<Record<'manpages' | 'info' | 'docs' | 'examples', readonly PackedFile[]>> {
  const expand = (key: 'manpages' | 'info' | 'docs' | 'examples') =>
    expandFiles(
      parsed[key].map((source) => ({source, target: '/'})),
      merged,
      {problems, pathOf: (index) => [key, index]},
    );
  const manpages = expand('manpages');
  for (const {source} of manpages) {
    if (/\.[1-9][a-z0-9]*(?:\.gz)?$/.test(source)) continue;
    const path = ['manpages'];
    problems.push(
      problemAt(merged.originOf(path), path, {
        says: 'names a file without a section',
        value: source,
        hint: 'Use names that end in .SECTION, such as warehouse.1',
      }),
    );
  }
  return {manpages, info: expand('info'), docs: expand('docs'), examples: expand('examples')};
}
