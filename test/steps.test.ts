import {setTimeout as wait} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {ReportEvent} from '../lib/report.js';
import {steps} from '../lib/steps.js';
import {rejects} from './helpers/suite.js';

const test = suite('steps');

function collect(signal?: AbortSignal) {
  const events: ReportEvent[] = [];
  return {events, step: steps((event) => events.push(event), signal)};
}

test('reports begin, end and time of a stage and gives back what it made', async () => {
  const {events, step} = collect();
  assert.is(await step('venv', () => wait(30, 'made')), 'made');
  const [begin, end, ...more] = events;
  assert.equal(begin, {type: 'step', name: 'venv'});
  assert.ok(end?.type === 'done' && end.name === 'venv' && end.milliseconds >= 29 && end.milliseconds < 5000);
  assert.equal(more, []);
});

test('a stage that fails does not end', async () => {
  const {events, step} = collect();
  const failure = new Error('it failed');
  const error = await step('install', () => Promise.reject(failure)).catch((caught) => caught);
  assert.is(error, failure);
  assert.equal(events, [{type: 'step', name: 'install'}]);
});

test('an error of the operating system names the stage in which nobody expected it', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left'), {code: 'ENOSPC', path: '/work/x'});
  const error = await rejects(
    collect().step('wheels', () => Promise.reject(full)),
    'E_IO',
    /^No space left while the stage "wheels" ran: \/work\/x/,
  );
  assert.is(error.cause, full);
});

test('an aborted build begins no further stage', async () => {
  const reason = new Error('stop');
  const {events, step} = collect(AbortSignal.abort(reason));
  const error = await step('pack', async () => assert.unreachable('it began')).catch((caught) => caught);
  assert.is(error, reason);
  assert.equal(events, []);
});

test('a stage that was aborted without noticing does not count as done', async () => {
  const controller = new AbortController();
  const reason = new Error('stop');
  const {events, step} = collect(controller.signal);
  const error = await step('pack', async () => controller.abort(reason)).catch((caught) => caught);
  assert.is(error, reason);
  assert.equal(events, [{type: 'step', name: 'pack'}]);
});

test.run();
