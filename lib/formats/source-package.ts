import {isDebianVersion, isPackageName} from './names.js';

/** What a package was made from, as an archive knows it. */
export interface SourcePackage {
  readonly name: string;
  /** Debian version. */
  readonly version: string;
}

/** A package by its name and version. */
export type NamedPackage = Readonly<Record<'package' | 'version', string>>;

const FORM = /^(\S+)(?: \((\S+)\))?$/;

/** True for what the field Source of a package may be (deb-control(5)): `name` or `name (version)`. */
export function isSourcePackage(text: string): boolean {
  const [, name, version] = FORM.exec(text) ?? [];
  return name !== undefined && isPackageName(name) && (version === undefined || isDebianVersion(version));
}

/** The source of a package by its field Source; where that says nothing, the two are called the same. */
export function sourceOf(field: string | undefined, deb: NamedPackage): SourcePackage {
  const [, name = deb.package, version = deb.version] = FORM.exec(field ?? '') ?? [];
  return {name, version};
}

/** The field Source of a package: only what it does not say itself, as dpkg-gencontrol(1) writes it. */
export function sourceField({name, version}: SourcePackage, deb: NamedPackage): string | undefined {
  if (version !== deb.version) return `${name} (${version})`;
  return name === deb.package ? undefined : name;
}
