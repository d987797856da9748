import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {dayIn} from '../../lib/release/calendar.js';
import {
  compareNumbers,
  formatVersion,
  matchVersion,
  nextInPattern,
  parseVersionPattern,
} from '../../lib/release/version-pattern.js';
import {rejects} from '../helpers/suite.js';

const pattern = suite('release/version-pattern');
const on = (text: string) => dayIn('UTC', Date.parse(`${text}T12:00:00Z`) / 1000);

/** Pattern, day, what exists, and the next; a fifth is the token that is bumped. */
const NEXT: readonly (readonly [string, string, readonly string[], string, string?])[] = [
  ['YY.MM.NN', '2014-01-31', [], '14.1.0'],
  ['YY.MM.NN', '2014-01-31', ['14.1.0'], '14.1.1'],
  ['YY.MM.NN', '2014-01-31', ['14.1.9', '14.1.10', '14.1.2'], '14.1.11'],
  ['YY.MM.NN', '2014-02-01', ['14.1.9', '13.12.40'], '14.2.0'],
  ['YY.MM.NN', '2015-01-01', ['14.12.3'], '15.1.0'],
  // What was padded once is the same version.
  ['YY.MM.NN', '2014-01-31', ['14.01.07'], '14.1.8'],
  ['YY.0M.0N', '2014-01-31', ['14.1.7'], '14.01.08'],
  ['YY.0M.0N', '2014-01-31', ['14.1.99'], '14.01.100'],
  // Others do not count.
  ['YY.MM.NN', '2014-01-31', ['v14.1.3', '14.1.3.dev0', '14.1', '14.1.3.1', '1e1.1.1', 'x', ''], '14.1.0'],
  ['YYYY.MM.DD.NN', '2026-11-27', ['2026.11.27.0', '2026.11.26.7'], '2026.11.27.1'],
  ['YYYY.WW.MICRO', '2026-11-27', ['2026.48.4'], '2026.48.5'],
  ['YYYY.WW.MICRO', '2027-01-01', ['2026.53.4'], '2026.53.5'],
  ['YY.0W.NN', '2024-12-30', ['24.52.4'], '25.01.0'],
  ['0Y.0W.NN', '2006-01-05', [], '06.01.0'],
  ['YYYY.MINOR', '2026-11-27', ['2026.3'], '2026.4'],
  ['MAJOR.MINOR.PATCH', '2026-11-27', [], '0.0.1'],
  ['MAJOR.MINOR.PATCH', '2026-11-27', ['1.2.3', '1.10.0', '1.9.9'], '1.10.1'],
  ['MAJOR.MINOR.PATCH', '2026-11-27', ['1.2.3'], '1.3.0', 'minor'],
  ['MAJOR.MINOR.PATCH', '2026-11-27', ['1.2.3'], '2.0.0', 'major'],
  ['MAJOR.YY.NN', '2026-11-27', ['3.26.4'], '3.26.5'],
  ['MAJOR.YY.NN', '2026-11-27', ['3.25.4'], '3.26.0'],
  ['MAJOR.YY.NN', '2026-11-27', ['3.26.4'], '4.26.0', 'major'],
];

for (const [text, day, known, wanted, bump] of NEXT)
  pattern(`${text} on ${day} after ${known.join(', ') || 'nothing'} makes ${wanted}`, () => {
    const next = nextInPattern(parseVersionPattern(text), {day: on(day), known, bump});
    assert.is(next, wanted);
  });

pattern('what is made fits its pattern and is newer than all that fitted before, for years', () => {
  for (const text of ['YY.MM.NN', '0Y.0M.0N', 'YYYY.WW.NN', 'YYYY.0M.0D.NN', 'MAJOR.MINOR.PATCH']) {
    const parsed = parseVersionPattern(text);
    const known: string[] = [];
    for (let day = 0; day < 800; day += 1) {
      const seconds = Date.parse('2025-01-06T00:00:00Z') / 1000 + day * 12 * 3600;
      const today = dayIn('UTC', seconds);
      const next = nextInPattern(parsed, {day: today, known});
      const [before, after] = [known.at(-1), matchVersion(parsed, next)];
      assert.ok(after !== undefined && formatVersion(parsed, after) === next);
      if (before !== undefined)
        assert.ok(compareNumbers(after, matchVersion(parsed, before) ?? []) > 0, `${next} after ${before}`);
      known.push(next);
    }
  }
});

pattern('a version of a later day is told, not passed by', async () => {
  await rejects(
    (async () =>
      nextInPattern(parseVersionPattern('YY.MM.NN'), {day: on('2014-01-31'), known: ['14.2.0']}))(),
    'E_PUBLISH',
    /Version would be older than one that exists: 14\.1\.0 after 14\.2\.0/,
  );
});

for (const [text, problem] of [
  ['', /No such token: ""/],
  ['YY.MM', /Nothing in it is counted/],
  ['YY.MM.NN.NN', /A token stands in it twice/],
  ['YY-MM-NN', /No such token: "YY-MM-NN"/],
  ['yy.mm.nn', /No such token: "yy"/],
] as const)
  pattern(`${JSON.stringify(text)} is no pattern`, async () => {
    const issues = await (async () => parseVersionPattern(text))().catch(({issues}) => issues.join('\n'));
    assert.match(issues, problem);
  });

pattern('only what is counted can be bumped', async () => {
  await rejects(
    (async () =>
      nextInPattern(parseVersionPattern('YY.MM.NN'), {day: on('2014-01-31'), known: [], bump: 'mm'}))(),
    'E_OPTION',
    /counts no mm/,
  );
});

pattern.run();
