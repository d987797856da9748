import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {checkDeb} from '../../lib/archive/check.js';
import {compareDebs} from '../../lib/archive/compare.js';
import {readDeb} from '../../lib/archive/read.js';
import {hold, Outcomes} from '../helpers/fuzz.js';
import {inFolder} from '../helpers/suite.js';
import {debFile, debOf} from './deb-helper.js';
import {mutatedDeb, mutation} from './mutated-deb.js';

const mutations = suite('archive/mutations');
/** Ten thousand packages in each run. */
const [STRUCTURE, CHECKED] = [9100, 900];
const outcomes = new Outcomes();
mutations.after(() => console.log(outcomes.table()));

const visit = async (_: unknown, parts: AsyncIterable<Buffer>) => {
  for await (const _ of parts);
};

mutations('a package that was changed in its structure is read or refused', () =>
  inFolder(async (folder) => {
    await hold(mutation, STRUCTURE, async (change) => {
      const file = debFile(folder, await mutatedDeb(change));
      await outcomes.of('readDeb, structure', () => readDeb(file, {visit}));
    });
    assert.ok(outcomes.cases('readDeb, structure') >= STRUCTURE);
  }),
);

mutations('checking and comparing survive what reading survives', () =>
  inFolder(async (folder) => {
    const whole = debFile(folder, await debOf(), 'whole.deb');
    await hold(mutation, CHECKED, async (change) => {
      const file = debFile(folder, await mutatedDeb(change));
      const readable = await outcomes.of('readDeb, structure', () => readDeb(file).then(() => true));
      const issues = await outcomes.of('checkDeb', () => checkDeb(file, {forbidden: ['/build']}));
      assert.is(
        issues?.some(({code}) => code === 'unreadable' || code === 'lost-data'),
        readable !== true,
      );
      const errors = await outcomes.of('checkDeb, errors', () => checkDeb(file, {scope: 'errors'}));
      const all = await outcomes.of('checkDeb, all', () => checkDeb(file));
      assert.equal(
        errors,
        all?.filter(({severity}) => severity === 'error'),
      );
      await outcomes.of('compareDebs', () => compareDebs(whole, file));
    });
  }),
);

mutations.run();
