/**
 * The records of a PAX header (pax(1), "pax Extended Header"): `LENGTH KEY=VALUE` and a line break, the length in
 * decimal digits and of the whole record; undefined when they are not.
 */
export function parsePax(content: Buffer): ReadonlyMap<string, string> | undefined {
  const records = new Map<string, string>();
  for (let at = 0; at < content.length; ) {
    const digits = /^[1-9]\d{0,5}(?= )/.exec(content.toString('latin1', at, at + 7))?.[0];
    const end = at + Number(digits ?? Number.NaN);
    if (digits === undefined || end > content.length || content[end - 1] !== 0x0a) return undefined;
    const text = content.toString('utf8', at + digits.length + 1, end - 1);
    const equals = text.indexOf('=');
    if (equals < 1) return undefined;
    records.set(text.slice(0, equals), text.slice(equals + 1));
    at = end;
  }
  return records;
}

/** Whether a record changes how much content follows, which not every reader of tar archives knows. */
export const hasSize = (records: ReadonlyMap<string, string>): boolean =>
  [...records.keys()].some((key) => key === 'size' || key.startsWith('GNU.sparse'));
