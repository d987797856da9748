/** Sections of an INI file, each with its keys in lower case. */
export type Ini = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Read an INI file as Python's configparser does: `key = value` or `key: value`, deeper lines continue a value,
 * whole lines beginning with # or ; are comments. Used for setup.cfg and entry_points.txt.
 *
 * `keepCase` leaves keys as they are, which entry points want.
 */
export function parseIni(text: string, {keepCase = false}: {readonly keepCase?: boolean} = {}): Ini {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let key: string | undefined;
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (/^\s*[#;]/.test(line)) continue;
    const header = /^\[([^\]]+)\]/.exec(line)?.[1];
    const pair = /^([^\s=:][^=:]*)[=:](.*)$/s.exec(line);
    if (header !== undefined) {
      section = sections.get(header.trim()) ?? new Map();
      sections.set(header.trim(), section);
      key = undefined;
    } else if (/^\s+\S/.test(line) && section && key !== undefined) {
      section.set(key, `${section.get(key) ?? ''}\n${line.trim()}`);
    } else if (pair && section) {
      const name = (pair[1] ?? '').trimEnd();
      key = keepCase ? name : name.toLowerCase();
      section.set(key, (pair[2] ?? '').trim());
    }
  }
  return sections;
}
