import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openTargets, type TargetChoices} from '../../lib/release/open-targets.js';
import {openTestCaller} from '../helpers/releases.js';
import {rejects} from '../helpers/suite.js';

const targets = suite('release/open-targets');
const home = await mkdtemp(join(tmpdir(), 'open-targets-'));
targets.after(() => rm(home, {recursive: true, force: true}));

const open = (choices: Partial<TargetChoices>) =>
  openTargets({apt: [], remote: 'origin', ...choices}, openTestCaller(home, {}).caller);

targets(
  'what cannot be taken back comes first, in the order of the configuration, and the tag apart',
  async () => {
    const {places, tag} = await open({
      index: {uploadUrl: 'https://jo:hunter2@index.example.org/legacy/'},
      apt: [
        {repository: '/srv/apt', suite: 'stable'},
        {command: ['reprepro', 'includedeb', 'stable', '{files}']},
        {repository: '/srv/other'},
      ],
      remote: 'https://jo:hunter2@git.example.org/x.git',
    });
    assert.equal(
      [...places, tag].map(({name, place, irreversible}) => [name, place, irreversible]),
      [
        ['package index', 'https://index.example.org/legacy/', true],
        ['apt repository', '/srv/apt stable', false],
        ['command', "reprepro includedeb stable '{files}'", true],
        ['apt repository', '/srv/other', false],
        ['tag', 'https://****@git.example.org/x.git', false],
      ],
    );
  },
);

targets('a release that goes nowhere has its tag', async () => assert.is((await open({})).places.length, 0));

targets('a place that cannot be understood is told', async () => {
  await rejects(open({index: {name: 'own'}}), 'E_OPTION', /no section/);
  await rejects(open({apt: [{}]}), 'E_OPTION', /Command that publishes is empty/);
  const url = 'https://apt.example.org/';
  await rejects(open({apt: [{command: ['x'], url}]}), 'E_OPTION', /No suite/);
  await open({apt: [{command: ['x'], url}], cells: [{id: 'a', suite: 'b'}]});
  await rejects(open({remote: '-x'}), 'E_OPTION', /Not a git remote/);
});

targets.run();
