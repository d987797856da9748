/** The two parts of a soname that a shlibs file tells apart: `libpq.so.5` is version 5 of libpq. */
export interface VersionedSoname {
  readonly library: string;
  readonly version: string;
}

/** Take a soname apart (deb-shlibs(5)): `NAME.so.VERSION` or `NAME-VERSION.so`; undefined for a plugin's name. */
export function splitSoname(soname: string): VersionedSoname | undefined {
  const [, library, version] =
    /^(.+)\.so\.(.+)$/s.exec(soname) ?? ((soname.endsWith('.so') && /^(.+)-(\d.*)\.so$/s.exec(soname)) || []);
  return library === undefined || version === undefined ? undefined : {library, version};
}

const LINE = /^\s*(?:(\S+):\s+)?(\S+)\s+(\S+)(?:\s+(\S.*\S))?\s*$/;

/**
 * The dependency that a shlibs file (deb-shlibs(5)) has for a library: a line for packages of type deb wins over one
 * for all types, and of those the first. An empty text needs nothing; undefined when the file does not know it.
 */
export function shlibsDependency(text: string, {library, version}: VersionedSoname): string | undefined {
  let general: string | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue;
    const [matched, type, name, soVersion, dependency = ''] = LINE.exec(line) ?? [];
    if (matched === undefined || name !== library || soVersion !== version) continue;
    if (type === 'deb') return dependency;
    if (type === undefined) general ??= dependency;
  }
  return general;
}
