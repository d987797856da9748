import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {formatMailDate, parseMailDate} from '../../lib/formats/mail-date.js';

const mailDate = suite('formats/mail-date');

const MOMENTS = [0, 1, 59, 315532800, 951782399, 951782400, 1709164800, 1793491200, 4107542399, 8589934591];

mailDate('writes what "date -R" writes, and reads it back', async () => {
  for (const seconds of MOMENTS) {
    const {stdout} = await execa('date', ['-R', '-u', '-d', `@${seconds}`], {env: {LC_ALL: 'C'}});
    assert.is(formatMailDate(seconds), stdout);
    assert.is(parseMailDate(stdout), seconds);
  }
});

mailDate('reads other zones as date does', async () => {
  for (const zone of ['UTC-5:30', 'UTC+11', 'UTC-14', 'UTC+0:01']) {
    for (const seconds of MOMENTS) {
      const {stdout} = await execa('date', ['-R', '-d', `@${seconds}`], {env: {LC_ALL: 'C', TZ: zone}});
      assert.is(parseMailDate(stdout), seconds, stdout);
    }
  }
});

for (const text of [
  '',
  'now',
  'Thu, 30 Feb 2024 00:00:00 +0000',
  'Wed, 29 Feb 2023 00:00:00 +0000',
  'Thu, 00 Nov 2023 00:00:00 +0000',
  'Thu, 02 Nov 2023 24:00:00 +0000',
  'Thu, 02 Nov 2023 00:60:00 +0000',
  'Thu, 02 Nov 2023 00:00:61 +0000',
  'Thu, 02 Nov 2023 00:00:00 +0060',
  'Thu, 02 Nov 2023 00:00:00 UTC',
  'Thu, 02 Nov 2023 00:00:00',
  'Thu, 02 Nov 23 00:00:00 +0000',
  'Don, 02 Nov 2023 00:00:00 +0000',
  '2023-11-02T00:00:00Z',
]) {
  mailDate(`takes ${JSON.stringify(text)} for no date`, () => assert.is(parseMailDate(text), undefined));
}

mailDate.run();
