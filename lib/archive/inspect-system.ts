import {posix} from 'node:path';
import {compareBytes} from '../formats/order.js';
import {execWords, parseUnit} from '../formats/unit.js';
import type {DebEntry} from './read-tar.js';
import {controlText, keptText, type Survey} from './survey.js';

/** A unit of systemd that the package brings. */
export interface BundledUnit {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly scope: 'system' | 'user';
  readonly description?: string;
  /** `Type=` of a service, `OnCalendar=` … of a timer, `Listen…=` of a socket: what else tells what it is. */
  readonly detail?: string;
  /** First words of ExecStart. */
  readonly command?: string;
  readonly user?: string;
  /** It has an [Install] section: it can be enabled. */
  readonly installable: boolean;
}

/** A file or entry that makes another part of the system do something. */
export interface Integration {
  readonly kind:
    | 'init'
    | 'cron'
    | 'tmpfiles'
    | 'sysusers'
    | 'logrotate'
    | 'udev'
    | 'sysctl'
    | 'pam'
    | 'sudoers'
    | 'dbus'
    | 'apparmor'
    | 'profile'
    | 'desktop'
    | 'completion'
    | 'user'
    | 'group'
    | 'alternative'
    | 'trigger'
    | 'debconf';
  /** Absolute path, or name. */
  readonly name: string;
}

const UNIT = /^(?:usr\/lib|lib|etc)\/systemd\/(?<scope>system|user)\/(?<name>[^/]+\.[a-z]+)$/;

const PLACES: readonly (readonly [Integration['kind'], RegExp])[] = [
  ['init', /^etc\/init\.d\/[^/]+$/],
  ['cron', /^etc\/cron\.[a-z]+\/[^/]+$/],
  ['tmpfiles', /^(?:usr\/lib|etc)\/tmpfiles\.d\/[^/]+$/],
  ['sysusers', /^(?:usr\/lib|etc)\/sysusers\.d\/[^/]+$/],
  ['logrotate', /^etc\/logrotate\.d\/[^/]+$/],
  ['udev', /^(?:(?:usr\/)?lib|etc)\/udev\/rules\.d\/[^/]+$/],
  ['sysctl', /^(?:(?:usr\/)?lib|etc)\/sysctl\.d\/[^/]+$/],
  ['pam', /^etc\/pam\.d\/[^/]+$/],
  ['sudoers', /^etc\/sudoers\.d\/[^/]+$/],
  ['dbus', /^(?:usr\/share|etc)\/dbus-1\/.+\.(?:conf|service)$/],
  ['apparmor', /^etc\/apparmor\.d\/[^/]+$/],
  ['profile', /^etc\/profile\.d\/[^/]+$/],
  ['desktop', /^usr\/share\/applications\/[^/]+\.desktop$/],
  [
    'completion',
    /^usr\/share\/(?:bash-completion\/completions|zsh\/vendor-completions|fish\/vendor_completions\.d)\/[^/]+$/,
  ],
];

/** Units of the package, system first, by name. */
export function findUnits(survey: Survey): readonly BundledUnit[] {
  return survey.contents.entries
    .flatMap(({path, type}): readonly BundledUnit[] => {
      const {scope, name} = UNIT.exec(path)?.groups ?? {};
      if (name === undefined || type === 'directory') return [];
      return [{name, path: `/${path}`, scope: scope as 'system' | 'user', ...unitDetails(survey, path)}];
    })
    .sort((a, b) => compareBytes(a.scope, b.scope) || compareBytes(a.name, b.name));
}

function unitDetails(
  survey: Survey,
  path: string,
): Pick<BundledUnit, 'installable' | 'description' | 'command' | 'detail' | 'user'> {
  const settings = parseUnit(keptText(survey, path) ?? '');
  const all = (pattern: RegExp) => settings.filter(({key}) => pattern.test(key));
  const [description] = all(/^Description$/);
  const [user] = all(/^User$/);
  const command = execWords(all(/^ExecStart$/)).join(' ');
  const detail = all(/^(?:On[A-Z]\w+|Listen[A-Z]\w+|Type|Path[A-Z]\w+)$/)
    .filter(({section}) => section !== 'Unit')
    .map(({key, value}) => `${key}=${value}`)
    .join(' ');
  return {
    ...(description ? {description: description.value} : {}),
    ...(detail ? {detail} : {}),
    ...(command ? {command} : {}),
    ...(user ? {user: user.value} : {}),
    installable: settings.some(({section}) => section === 'Install'),
  };
}

/** Paths of the conffiles, as deb-conffiles(5) has them, absolute; with flags left out. */
export const conffilesOf = (survey: Pick<Survey, 'contents'>): readonly string[] =>
  (controlText(survey, 'conffiles') ?? '')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line.startsWith('/'));

/** What the package does in other parts of the system: by its files, its control archive and its scripts. */
export function findIntegration(survey: Survey): readonly Integration[] {
  const found: Integration[] = [
    ...placed(survey.contents.entries),
    ...accounts(survey),
    ...triggersAndQuestions(survey),
    ...alternatives(survey),
  ];
  const seen = new Set<string>();
  return found.filter(({kind, name}) => {
    const key = `${kind} ${name}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

const placed = (entries: readonly DebEntry[]): readonly Integration[] =>
  entries.flatMap(({path, type}) => {
    const rule = type === 'directory' ? undefined : PLACES.find(([, pattern]) => pattern.test(path));
    return rule === undefined || posix.basename(path) === '.placeholder'
      ? []
      : [{kind: rule[0], name: `/${path}`}];
  });

/** Words of a command in a maintainer script, its continued lines joined; quotes removed. */
const calls = (survey: Survey, command: RegExp): readonly (readonly string[])[] =>
  ['preinst', 'postinst'].flatMap((script) =>
    (controlText(survey, script) ?? '')
      .replace(/\\\n\s*/g, ' ')
      .split(/\n|;|&&|\|\|/)
      .map((line) => line.trim())
      .filter((line) => command.test(line))
      .map((line) =>
        (line.match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? []).map((word) => word.replace(/^(["'])(.*)\1$/, '$2')),
      ),
  );

const isPlainName = (name: string | undefined): name is string =>
  name !== undefined && /^[A-Za-z_][\w.-]*\$?$/.test(name);

/** Accounts by sysusers.d(5), and those that the scripts make, as far as their names are written out. */
function* accounts(survey: Survey): Generator<Integration> {
  for (const [path, data] of survey.kept) {
    if (!/\/sysusers\.d\/[^/]+$/.test(path)) continue;
    for (const [, kind, name = ''] of data.toString().matchAll(/^([ug])!?[ \t]+"?([^\s":]+)/gm))
      yield {kind: kind === 'u' ? 'user' : 'group', name};
  }
  for (const line of calls(survey, /^(?:adduser|useradd)\s/)) {
    const plain = line.slice(1).filter((word) => !word.startsWith('-'));
    const name = plain.at(-1);
    if (line.some((word) => /^--?(?:system|r)$/.test(word)) && isPlainName(name)) yield {kind: 'user', name};
  }
  for (const line of calls(survey, /^(?:addgroup|groupadd)\s/)) {
    const name = line.at(-1);
    if (isPlainName(name)) yield {kind: 'group', name};
  }
}

function* triggersAndQuestions(survey: Survey): Generator<Integration> {
  for (const line of (controlText(survey, 'triggers') ?? '').split('\n'))
    if (/^[a-z]/.test(line)) yield {kind: 'trigger', name: line.trim()};
  for (const [, name = ''] of (controlText(survey, 'templates') ?? '').matchAll(/^Template:[ \t]*(\S+)/gm))
    yield {kind: 'debconf', name};
}

function* alternatives(survey: Survey): Generator<Integration> {
  for (const line of calls(survey, /^update-alternatives\s/)) {
    const at = line.indexOf('--install');
    const [link, name] = at < 0 ? [] : line.slice(at + 1);
    if (link?.startsWith('/') && isPlainName(name)) yield {kind: 'alternative', name: `${name} (${link})`};
  }
}
