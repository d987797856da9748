import {readdirSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';

/** What the lookup of a file depends on. */
export interface LookupOptions {
  readonly package: string;
  /** The first package of debian/control may leave its name out. */
  readonly isFirst: boolean;
  /** What `--name` of a program says. */
  readonly name?: string | undefined;
}

/** A debian/ folder on the disk; paths are relative to the project: `debian/app.install`. */
export interface DebianFolder {
  readonly project: string;
  readonly names: ReadonlySet<string>;
  readonly read: (path: string) => string;
  readonly isExecutable: (path: string) => boolean;
  /** The file of a package for an extension (debhelper(7), "DEBHELPER CONFIGURATION FILES"). */
  readonly find: (extension: string, options: LookupOptions) => string | undefined;
}

/** Open the debian/ folder of a project; undefined where it has no debian/control. */
export function openDebianFolder(project: string, architecture: string): DebianFolder | undefined {
  const folder = join(project, 'debian');
  if (!statSync(join(folder, 'control'), {throwIfNoEntry: false})?.isFile()) return undefined;
  const names = new Set(
    readdirSync(folder).filter((name) => statSync(join(folder, name), {throwIfNoEntry: false})?.isFile()),
  );
  const find = (extension: string, {package: owner, isFirst, name}: LookupOptions) => {
    const whole = name === undefined ? extension : `${name}.${extension}`;
    const own = `${owner}.${whole}`;
    const tried = [`${own}.${architecture}`, `${own}.linux`, own, ...(isFirst ? [whole] : [])];
    const found = tried.find((one) => names.has(one));
    return found === undefined ? undefined : `debian/${found}`;
  };
  return {
    project,
    names,
    find,
    read: (path) => readFileSync(join(project, path), 'utf8'),
    isExecutable: (path) =>
      ((statSync(join(project, path), {throwIfNoEntry: false})?.mode ?? 0) & 0o111) !== 0,
  };
}
