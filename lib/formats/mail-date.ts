const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

const pad = (value: number): string => String(value).padStart(2, '0');

/** Write a moment, in seconds since 1970, as RFC 5322 and `date -R` do, in UTC: `Thu, 01 Jan 1970 00:00:00 +0000`. */
export function formatMailDate(seconds: number): string {
  const date = new Date(seconds * 1000);
  const day = `${DAYS[date.getUTCDay()]}, ${pad(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]}`;
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(pad).join(':');
  return `${day} ${date.getUTCFullYear()} ${time} +0000`;
}

const FORM = new RegExp(
  [
    `^(?:(?:${DAYS.join('|')}), *)?`,
    `(\\d{1,2}) +(${MONTHS.join('|')}) +(\\d{4})`, // day, month, year
    ' +(\\d{1,2}):(\\d{2}):(\\d{2}) +([-+])(\\d{2})(\\d{2})$', // time, zone
  ].join(''),
);

/**
 * Read a date in the form of deb-changelog(5), a subset of RFC 5322. The day of the week may be missing or wrong, as
 * it may be for dpkg.
 *
 * @returns seconds since 1970; undefined for what is no such date, or one that no calendar has
 */
export function parseMailDate(text: string): number | undefined {
  const parts = FORM.exec(text);
  if (!parts) return undefined;
  const [, day, name = '', year, hour, minute, second, sign, zoneHours, zoneMinutes] = parts;
  const month = (MONTHS as readonly string[]).indexOf(name);
  const date = new Date(Date.UTC(Number(year), month, Number(day)));
  const exists = date.getUTCMonth() === month && date.getUTCDate() === Number(day);
  const limits = [
    [hour, 23],
    [minute, 59],
    [second, 60], // a leap second
    [zoneMinutes, 59],
  ] as const;
  if (!exists || limits.some(([value, most]) => Number(value) > most)) return undefined;
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60 * (sign === '-' ? -1 : 1);
  return date.getTime() / 1000 + Number(hour) * 3600 + Number(minute) * 60 + Number(second) - zone;
}
