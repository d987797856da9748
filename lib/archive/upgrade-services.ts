import {posix} from 'node:path';
import {execWords, parseUnit} from '../formats/unit.js';
import {linksOf, resolveLink} from './inspect-python.js';
import {findUnits} from './inspect-system.js';
import {controlText, keptText, type Survey} from './survey.js';
import type {FileChange} from './upgrade-files.js';
import {followScript, type ServiceCall} from './upgrade-shell.js';

/** What an upgrade does to a service that runs, and why that matters. */
export interface ServiceChange {
  /** `warehouse.service`; of an init script its name alone. */
  readonly unit: string;
  /**
   * `none`: it is left alone. `stop-start`: it is stopped before the files are replaced and started afterwards.
   * `try-restart`: restarted where it runs.
   */
  readonly action: 'none' | 'restart' | 'try-restart' | 'reload' | 'stop-start' | 'start' | 'stop';
  /** False where the scripts decide by what only the server knows. */
  readonly isCertain: boolean;
  /** What of it is changed; empty when nothing is. */
  readonly reasons: readonly string[];
}

/** No package has more; of a hostile one the first are looked at. */
const MOST_UNITS = 300;

/** The services of either package that an upgrade acts upon, or that it changes, by name. */
export function predictServices(
  before: Survey,
  after: Survey,
  files: readonly FileChange[],
): {readonly services: readonly ServiceChange[]; readonly unread: readonly string[]} {
  const {calls, unread} = callsOfUpgrade(before, after);
  const changes = new Map(files.map((one) => [`/${one.path}`, one]));
  const reasons = new Map<string, readonly string[]>();
  for (const survey of [before, after]) {
    for (const {name, path} of findUnits(survey)
      .filter(({scope}) => scope === 'system')
      .slice(0, MOST_UNITS)) {
      const found = reasonsFor(survey, path, changes);
      reasons.set(name, [...new Set([...(reasons.get(name) ?? []), ...found])]);
    }
  }
  const units = [...new Set([...reasons.keys(), ...calls.map(({unit}) => unit)])].sort();
  const services = units.flatMap((unit): readonly ServiceChange[] => {
    const own = calls.filter((call) => call.unit === unit);
    const why = reasons.get(unit) ?? [];
    if (own.length === 0 && why.length === 0) return [];
    return [{unit, action: summary(own), isCertain: own.every(({isCertain}) => isCertain), reasons: why}];
  });
  return {services, unread};
}

/** The scripts in the order of an upgrade that succeeds (Policy 6.6), with their arguments. */
function callsOfUpgrade(
  before: Survey,
  after: Survey,
): {calls: readonly ServiceCall[]; unread: readonly string[]} {
  const [old, now] = [before, after].map(({contents}) => contents.control.get('Version') ?? '');
  const paths = (survey: Survey) => new Set(survey.contents.entries.map(({path}) => `/${path}`));
  const [first, second] = [paths(before), paths(after)];
  const calls: ServiceCall[] = [];
  const unread: string[] = [];
  for (const [survey, name, args] of [
    [before, 'prerm', ['upgrade', now]],
    [after, 'preinst', ['upgrade', old, now]],
    [before, 'postrm', ['upgrade', now]],
    [after, 'postinst', ['configure', old]],
  ] as const) {
    const text = controlText(survey, name);
    if (text === undefined) continue;
    const there = name === 'postinst' ? second : first;
    const found = followScript(text, {
      args: args.map((arg) => arg ?? ''),
      exists: (path) => HERE.has(path) || there.has(path) || undefined,
    });
    if (found === undefined) unread.push(`${survey === before ? 'old' : 'new'} ${name}`);
    else calls.push(...found);
  }
  return {calls, unread};
}

/** A system that systemd runs; both helpers are in init-system-helpers, which is essential. */
const HERE: ReadonlySet<string> = new Set([
  '/run/systemd/system',
  '/usr/bin/deb-systemd-helper',
  '/usr/bin/deb-systemd-invoke',
]);

function summary(calls: readonly ServiceCall[]): ServiceChange['action'] {
  const actions = calls.map(({action}) => action);
  const last = actions.at(-1);
  if (last === undefined) return 'none';
  const stopped = actions.indexOf('stop');
  if (stopped >= 0 && /^(?:re)?start$/.test(last)) return 'stop-start';
  if (/^(?:try-restart|condrestart|reload-or-try-restart|try-reload-or-restart)$/.test(last))
    return 'try-restart';
  if (/restart/.test(last)) return 'restart';
  return last === 'reload' || last === 'start' || last === 'stop'
    ? last
    : last.includes('reload')
      ? 'reload'
      : 'none';
}

type Changes = ReadonlyMap<string, FileChange>;

/** What of a unit changed: the unit itself, what it reads, what it runs. */
function reasonsFor(survey: Survey, path: string, changes: Changes): readonly string[] {
  const folder = `${path}.d/`;
  const texts = [
    path,
    ...[...survey.kept.keys()].map((one) => `/${one}`).filter((one) => one.startsWith(folder)),
  ];
  const settings = texts.flatMap((one) => parseUnit(keptText(survey, one.slice(1)) ?? ''));
  const read = settings
    .filter(({key}) => /^(?:EnvironmentFile|LoadCredential|LoadCredentialEncrypted)$/.test(key))
    .map(({value}) => value.replace(/^-/, '').replace(/^[^/]*:/, ''));
  const named = [...new Set(execWords(settings))].filter((word) => word.startsWith('/'));
  return [
    ...texts.flatMap((one) => told(one === path ? 'unit' : 'drop-in', one, changes)),
    ...read.flatMap((one) => told('environment', one, changes)),
    ...runReasons(survey, named, changes),
  ];
}

function told(what: string, path: string, changes: Changes): readonly string[] {
  const change = changes.get(path);
  return change === undefined ? [] : [`${what} ${change.change}${what === 'unit' ? '' : `: ${path}`}`];
}

/** A program of a virtualenv runs all that is in there; of any other program and its files, they themselves count. */
function runReasons(survey: Survey, named: readonly string[], changes: Changes): readonly string[] {
  const links = linksOf(survey.contents.entries);
  const prefixes = [...survey.kept.keys()]
    .filter((path) => posix.basename(path) === 'pyvenv.cfg')
    .map((path) => `/${posix.dirname(path)}/`);
  const reasons: string[] = [];
  for (const word of named) {
    // A link in a virtualenv leads out of it (bin/python); one to a virtualenv leads into it.
    const real = `/${resolveLink(links, word.slice(1))}`;
    const prefix = prefixes.find((one) => word.startsWith(one) || real.startsWith(one));
    if (prefix === undefined)
      reasons.push(...new Set([word, real].flatMap((one) => told('program', one, changes))));
    else {
      const count = [...changes.values()].filter(
        ({path, before, after}) => `/${path}`.startsWith(prefix) && (after ?? before)?.type !== 'directory',
      ).length;
      if (count > 0) reasons.push(`application ${prefix.slice(0, -1)}: ${count} files`);
    }
  }
  return reasons;
}
