/** One setting of a unit of systemd; a key may be there several times. */
export interface UnitSetting {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

/** Read a unit file (systemd.syntax(7)): comments left out, lines that end in a backslash joined with a blank. */
export function parseUnit(text: string): readonly UnitSetting[] {
  const settings: UnitSetting[] = [];
  let section = '';
  const lines = text.replace(/\\\r?\n(?:[ \t]*[#;].*\n)*/g, ' ').split(/\r?\n/);
  for (const line of lines) {
    if (/^\s*(?:[#;]|$)/.test(line)) continue;
    const header = /^\s*\[([^\]]+)\]\s*$/.exec(line)?.[1];
    if (header !== undefined) section = header;
    const [, key, value = ''] = header === undefined ? (/^\s*([^=\s]+)\s*=(.*)$/s.exec(line) ?? []) : [];
    if (key !== undefined) settings.push({section, key, value: value.trim()});
  }
  return settings;
}

/** The programs that a unit starts: absolute paths and all other words of its Exec… lines, prefixes removed. */
export const execWords = (settings: readonly UnitSetting[]): readonly string[] =>
  settings
    .filter(({key}) => /^Exec(?:Start|StartPre|StartPost|Reload|Stop|StopPost|Condition)$/.test(key))
    .flatMap(({value}) => value.replace(/^[-@:+!|]+/, '').match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? [])
    .map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
