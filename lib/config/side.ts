import {existsSync, statSync} from 'node:fs';
import {basename} from 'node:path';
import {expandFiles} from './files.js';
import type {Merged} from './layer.js';
import {type Problem, problemAt} from './problems.js';
import type {ParsedOptions} from './schema/index.js';
import {isUnit} from './schema/system.js';
import type {PackedFile} from './types.js';

type Path = readonly PropertyKey[];

/** Every file that an option of the Debian side names, with its place in the options. */
function sourcesOf(parsed: ParsedOptions): readonly (readonly [Path, string])[] {
  const {systemd, systemdUser, init, sysusers, tmpfiles, default: defaults} = parsed;
  const {cron, logrotate, pam, udev, debconf} = parsed;
  const units = {systemd, systemdUser, init};
  const lists = {...units, sysusers, tmpfiles, default: defaults, cron, logrotate, pam, udev};
  const {news, lintianOverrides} = parsed;
  return [
    ...Object.entries(lists).flatMap(([key, list]) =>
      list.map(({source}, index) => [[key, index, 'source'], source] as const),
    ),
    ...Object.entries(debconf).map(([key, file]) => [['debconf', key], file ?? ''] as const),
    ...(news === undefined ? [] : [[['news'], news] as const]),
    ...lintianOverrides.map((file, index) => [['lintianOverrides', index], file] as const),
  ];
}

/** Files have to be there, and what one option says must fit what another one says. */
export function checkSide(parsed: ParsedOptions, {originOf}: Merged, problems: Problem[]): void {
  const refuse = (path: Path, says: string, value?: unknown, hint?: string) =>
    problems.push(problemAt(originOf(path), path, {says, value, hint}));
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
  for (const [index, {path}] of parsed.directories.entries()) {
    if (parsed.directories.findIndex((one) => one.path === path) < index)
      refuse(['directories', index, 'path'], 'is there twice', path);
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
