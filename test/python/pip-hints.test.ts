import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {collapseRetries, pipHint} from '../../lib/python/pip-hints.js';

const hints = suite('python/pip-hints');

const retry = (total: number, address: string, why = '[Errno 111] Connection refused') =>
  `WARNING: Retrying (Retry(total=${total}, connect=None)) after connection broken by 'NewConnectionError('<HTTPSConnection object at ${address}>: ${why}')': /simple/flask/`;

hints('retries of one request are told once', () => {
  const output = [retry(4, '0x7f01'), retry(3, '0x7f02'), retry(2, '0x7f03'), 'ERROR: no'].join('\n');
  assert.is(collapseRetries(output), `${retry(4, '0x7f01')} (and 2 times more)\nERROR: no`);
});

for (const output of ['a\na\nERROR: no', `${retry(4, '0x1')}\n${retry(4, '0x1', 'other')}`]) {
  hints(`nothing else is left out: ${output.length} characters`, () =>
    assert.is(collapseRetries(output), output),
  );
}

for (const [output, offline, wanted] of [
  [retry(0, '0x1'), false, /^The index could not be reached: check index_url/],
  [retry(0, '0x1', '[Errno -2] Name or service not known'), false, /^The index could not be reached/],
  ['ERROR: No matching distribution found for hatchling', true, /^Put hatchling into a folder of find_links/],
  ['ERROR: No matching distribution found for hatchling', false, undefined],
  ['ERROR: ResolutionImpossible', true, undefined],
] as const) {
  hints(
    `${offline ? 'offline' : 'online'}, ${output.slice(0, 60)}… has ${wanted ? 'advice' : 'none'}`,
    () => {
      const hint = pipHint(output, {offline});
      if (wanted) assert.match(hint ?? '', wanted);
      else assert.is(hint, undefined);
    },
  );
}

hints.run();
