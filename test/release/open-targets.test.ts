import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openTargets, type TargetChoices} from '../../lib/release/open-targets.js';
import {openTestCaller, plannedOf, releaseOf} from '../helpers/releases.js';
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

targets('a place that cannot be understood is told by its preflight', async () => {
  const planned = plannedOf(await releaseOf([]));
  const url = 'https://apt.example.org/';
  for (const [choices, message] of [
    [{index: {name: 'own'}}, /no section/],
    [{apt: [{}]}, /Command that publishes is empty/],
    [{apt: [{command: ['x'], url}]}, /No suite/],
  ] as const) {
    const [place] = (await open(choices)).places;
    await rejects(place?.preflight(planned) ?? Promise.resolve(), 'E_OPTION', message);
  }
  await rejects((await open({remote: '-x'})).tag.preflight(planned), 'E_OPTION', /Not a git remote/);
  const own = await open({apt: [{command: ['x'], url}], cells: [{id: 'a', suite: 'b'}]});
  assert.is(own.places[0]?.place, 'x');
});

targets.run();
