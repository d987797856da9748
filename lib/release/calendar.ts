import {MkvenvdebError} from '../errors.js';

/** A day of the calendar, as versions name it. */
export interface CalendarDay {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
  /** 1 to 53, as ISO 8601 counts them. */
  readonly week: number;
  /** The year that the week belongs to: the first days of January may be in the last week of the year before. */
  readonly weekYear: number;
}

/**
 * What day it is somewhere.
 *
 * @param seconds since 1970
 * @param zone a name of the IANA time zone database, such as `UTC` or `Europe/Berlin`
 * @throws E_OPTION for no such zone
 */
export function dayIn(zone: string, seconds: number): CalendarDay {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en', {
      timeZone: zone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      ...{year: 'numeric', month: 'numeric', day: 'numeric'},
    });
  } catch (cause) {
    throw new MkvenvdebError('E_OPTION', `No such time zone: ${JSON.stringify(zone)}`, {
      hint: 'Use a name such as UTC or Europe/Berlin',
      cause,
    });
  }
  const parts = new Map(format.formatToParts(seconds * 1000).map(({type, value}) => [type, Number(value)]));
  const [year = 0, month = 0, day = 0] = (['year', 'month', 'day'] as const).map((name) => parts.get(name));
  return {year, month, day, ...isoWeek(year, month, day)};
}

const DAY = 24 * 3600 * 1000;

/** A week belongs to the year that its Thursday is in. */
function isoWeek(year: number, month: number, day: number): Pick<CalendarDay, 'week' | 'weekYear'> {
  const date = Date.UTC(year, month - 1, day);
  const weekday = (new Date(date).getUTCDay() + 6) % 7;
  const thursday = date + (3 - weekday) * DAY;
  const weekYear = new Date(thursday).getUTCFullYear();
  return {week: Math.floor((thursday - Date.UTC(weekYear, 0, 1)) / DAY / 7) + 1, weekYear};
}
