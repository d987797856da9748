import {posix} from 'node:path';
import {parseIni} from '../formats/ini.js';
import {normalizeName} from '../formats/names.js';
import {compareBytes} from '../formats/order.js';
import type {BundledDistribution} from './inspect-distributions.js';
import type {DebEntry} from './read-tar.js';
import {keptText, type Survey} from './survey.js';

/** A virtualenv in the package, and the interpreter that it needs on the server. */
export interface BundledVirtualenv {
  /** Absolute: `/opt/warehouse`. */
  readonly prefix: string;
  readonly implementation: 'pypy' | 'cpython' | 'unknown';
  /** As pyvenv.cfg has it. */
  readonly version?: string;
  /** What bin/python points to in the end, absolute; undefined where the package has no such link. */
  readonly interpreter?: string;
  /** True when the interpreter is a file of this package. */
  readonly bundled: boolean;
  readonly systemSitePackages: boolean;
  /** Alternatives of the Depends field that name a Python interpreter, as they are written. */
  readonly providedBy: readonly string[];
}

/** A command that a distribution declares. */
export interface EntryPoint {
  readonly name: string;
  /** The group that it is declared in. */
  readonly kind: 'console_scripts' | 'gui_scripts';
  /** `module:function` */
  readonly value: string;
  /** Normalised name of the distribution. */
  readonly distribution: string;
  /** Absolute path of its script; undefined where the package has none. */
  readonly script?: string;
}

/** A command on the path of every user. */
export interface CommandFile {
  /** Absolute: `/usr/bin/warehouse`. */
  readonly path: string;
  /** Of a link: as it is written. */
  readonly target?: string;
}

/** Follow the links of the package; what leaves it, or turns in a circle, is where that ends. */
export function resolveLink(links: ReadonlyMap<string, string>, path: string): string {
  let current = path;
  for (let step = 0; step < 40; step += 1) {
    const target = links.get(current);
    if (target === undefined) return current;
    const absolute = target.startsWith('/') ? target : posix.join('/', posix.dirname(current), target);
    current = posix.normalize(absolute).slice(1);
  }
  return current;
}

/** Targets of the symlinks of a package, by path. */
export const linksOf = (entries: readonly DebEntry[]): ReadonlyMap<string, string> =>
  new Map(
    entries.flatMap(({type, path, target}) =>
      type === 'symlink' && target ? [[path, target] as const] : [],
    ),
  );

/** Find virtualenvs by their pyvenv.cfg. */
export function findVirtualenvs(survey: Survey): readonly BundledVirtualenv[] {
  const {entries, control} = survey.contents;
  const links = linksOf(entries);
  const files = new Set(entries.filter(({type}) => type !== 'directory').map(({path}) => path));
  const pypys = new Set(entries.flatMap(({path}) => /^(.*)\/lib\/pypy[^/]*$/.exec(path)?.[1] ?? []));
  const depends = `${control.get('Pre-Depends') ?? ''},${control.get('Depends') ?? ''}`;
  const interpreters = depends
    .split(',')
    .map((part) => part.trim())
    .filter((part) => /^(?:python|pypy)[0-9.]*(?:-minimal)?(?:[\s:(|[]|$)/.test(part));
  return [...survey.kept.keys()]
    .filter((path) => posix.basename(path) === 'pyvenv.cfg')
    .sort(compareBytes)
    .map((path) => {
      const prefix = posix.dirname(path);
      const settings = readSettings(keptText(survey, path) ?? '');
      const link = ['python', 'python3', 'pypy3', 'pypy'].find((name) => files.has(`${prefix}/bin/${name}`));
      const found = link === undefined ? undefined : resolveLink(links, `${prefix}/bin/${link}`);
      const version = settings.get('version_info') ?? settings.get('version');
      return {
        prefix: `/${prefix}`,
        implementation: implementationOf(settings.get('implementation'), found, pypys.has(prefix)),
        ...(version ? {version} : {}),
        ...(found === undefined ? {} : {interpreter: `/${found}`}),
        bundled: found !== undefined && files.has(found),
        systemSitePackages: settings.get('include-system-site-packages')?.toLowerCase() === 'true',
        providedBy: interpreters,
      };
    });
}

const readSettings = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split(/\r?\n/).flatMap((line) => {
      const [, key, value] = /^\s*([\w-]+)\s*=(.*)$/s.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key.toLowerCase(), value.trim()] as const];
    }),
  );

function implementationOf(
  told: string | undefined,
  interpreter: string | undefined,
  hasPypy: boolean,
): BundledVirtualenv['implementation'] {
  const name = `${told ?? ''} ${posix.basename(interpreter ?? '')}`.toLowerCase();
  if (name.includes('pypy')) return 'pypy';
  // PyPy's own virtualenvs have a link called python as well.
  if (name.includes('python')) return hasPypy ? 'pypy' : 'cpython';
  return 'unknown';
}

/** The commands that distributions declare, with the scripts that are really there. */
export function findEntryPoints(
  survey: Survey,
  distributions: readonly BundledDistribution[],
): readonly EntryPoint[] {
  const files = new Set(survey.contents.entries.map(({path}) => path));
  return distributions.flatMap(({path, name}) => {
    const text = keptText(survey, `${path}/entry_points.txt`) ?? '';
    const sections = parseIni(text, {keepCase: true});
    // A virtualenv's scripts lie beside its lib, those of Debian's own packages in /usr/bin.
    const folders = [posix.join(path, '../../../../bin'), 'usr/bin'];
    return (['console_scripts', 'gui_scripts'] as const).flatMap((kind) =>
      [...(sections.get(kind) ?? [])].map(([command, value]): EntryPoint => {
        const script = folders.map((folder) => `${folder}/${command}`).find((file) => files.has(file));
        const distribution = normalizeName(name);
        return {name: command, kind, value, distribution, ...(script ? {script: `/${script}`} : {})};
      }),
    );
  });
}

/** What the package puts on the path. */
export const findCommands = (entries: readonly DebEntry[]): readonly CommandFile[] =>
  entries
    .filter(({path, type}) => type !== 'directory' && /^(?:usr\/)?(?:s?bin|games)\/[^/]+$/.test(path))
    .map(({path, target, type}) => ({path: `/${path}`, ...(type === 'symlink' && target ? {target} : {})}))
    .sort((a, b) => compareBytes(a.path, b.path));
