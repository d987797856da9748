/**
 * Measures how long it takes from a push to the upgraded server, by step: the loop of the acceptance test, with
 * fixtures/warehouse on PyPy, whose second push is timed.
 *
 *   node dist/test/bench/push.js
 */
import {pypy} from '../acceptance/interpreters.js';
import {Loop} from '../acceptance/loop.js';
import {table} from './measure.js';

const loop = await Loop.open(pypy.needs);
try {
  const nothing = async () => {};
  await loop.push('Begin', nothing);
  await loop.poll();
  const pushed = performance.now();
  const {result} = await loop.push('Go on', nothing);
  const released = performance.now();
  await loop.poll();
  const upgraded = performance.now();
  if (!result?.released) throw new Error('nothing was released');
  const steps = Object.entries(result.milliseconds).map(([name, time]) => [name, seconds(time ?? 0)]);
  const rows = [
    ...steps,
    ['push, all of it', seconds(released - pushed)],
    ['poll: update, install', seconds(upgraded - released)],
    ['from push to upgraded server', seconds(upgraded - pushed)],
  ];
  console.log(table(['step', 's'], rows));
} finally {
  await loop.close();
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}
