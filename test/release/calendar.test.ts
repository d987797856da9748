import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {dayIn} from '../../lib/release/calendar.js';
import {rejects} from '../helpers/suite.js';

const calendar = suite('release/calendar');

for (const [text, zone, wanted] of [
  ['2026-11-30T23:30:00Z', 'UTC', {year: 2026, month: 11, day: 30, week: 49, weekYear: 2026}],
  ['2026-11-30T23:30:00Z', 'Europe/Berlin', {year: 2026, month: 12, day: 1, week: 49, weekYear: 2026}],
  ['2026-12-01T02:00:00Z', 'America/New_York', {year: 2026, month: 11, day: 30, week: 49, weekYear: 2026}],
  ['2027-01-01T00:00:00Z', 'UTC', {year: 2027, month: 1, day: 1, week: 53, weekYear: 2026}],
  ['2024-12-30T12:00:00Z', 'UTC', {year: 2024, month: 12, day: 30, week: 1, weekYear: 2025}],
] as const)
  calendar(`${text} in ${zone} is ${JSON.stringify(wanted)}`, () =>
    assert.equal(dayIn(zone, Date.parse(text) / 1000), wanted),
  );

calendar('days and weeks are those of date(1)', async () => {
  const days = Array.from({length: 60}, (_, index) => 1_700_000_000 + index * 1_234_567);
  for (const zone of ['UTC', 'Asia/Kolkata', 'Pacific/Auckland'])
    for (const seconds of days) {
      const {stdout} = await execa('date', ['-d', `@${seconds}`, '+%Y %m %d %V %G'], {env: {TZ: zone}});
      const {year, month, day, week, weekYear} = dayIn(zone, seconds);
      assert.equal(
        [year, month, day, week, weekYear],
        stdout.split(' ').map(Number),
        `${seconds} in ${zone}`,
      );
    }
});

calendar('an unknown zone is refused', async () => {
  await rejects((async () => dayIn('Mars/Olympus', 0))(), 'E_OPTION', /No such time zone: "Mars\/Olympus"/);
});

calendar.run();
