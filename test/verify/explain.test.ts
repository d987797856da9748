import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {VARIATIONS, type VariationName, wantedVariations} from '../../lib/variations/names.js';
import {CAUSES, CHANCE, causeOf, guessCause} from '../../lib/verify/causes.js';
import {attribute} from '../../lib/verify/explain.js';
import {throws} from '../helpers/suite.js';

const explain = suite('verify/explain');

/** Differences by what brings them about: any of the groups does, and it takes all of a group. */
type World = Readonly<Record<string, readonly (readonly VariationName[])[]>>;

async function explore(world: World) {
  const tried: string[] = [];
  const keys = new Set(Object.keys(world));
  const found = await attribute({keys, names: VARIATIONS}, async (names) => {
    tried.push(names.join(' '));
    const shows = (groups: World[string]) =>
      groups.some((group) => group.every((name) => names.includes(name)));
    return new Set(Object.keys(world).filter((key) => shows(world[key] ?? [])));
  });
  return {found: Object.fromEntries(found), tried};
}

for (const [title, world, wanted] of [
  ['one variation', {a: [['umask']]}, {a: ['umask']}],
  ['one of two, in both halves', {a: [['path'], ['cpus']]}, {a: ['path', 'cpus']}],
  ['chance', {a: [[]], b: [['date']]}, {a: [], b: ['date']}],
  ['two of one half together', {a: [['path', 'user']]}, {a: VARIATIONS.slice(0, 4)}],
] as const) {
  explain(`what brings it about is found: ${title}`, async () => {
    const {found} = await explore(world);
    assert.equal(found, wanted);
  });
}

explain('a half that shows nothing is not looked at again, nor is chance', async () => {
  const {tried} = await explore({a: [['cpus']]});
  assert.ok(tried.length < 11, tried.join('\n'));
  assert.equal((await explore({a: [[]]})).tried, ['']);
});

explain('every variation has a cause and a cure, no two the same', () => {
  const texts = VARIATIONS.map((name) => CAUSES[name].cause);
  assert.is(new Set(texts).size, VARIATIONS.length);
});

explain('a kind that tells its own cause keeps it', () => {
  const own = {member: 'data.tar', kind: 'gzip-header', detail: '', cause: 'x'};
  assert.equal(causeOf(own, ['date']), {});
  assert.equal(causeOf({...own, kind: 'text'}, ['date']), CAUSES.date);
  assert.equal(causeOf({...own, kind: 'text'}, []), CHANCE);
  assert.match(
    causeOf({...own, kind: 'text'}, ['path', 'date']).cure ?? '',
    /MKVENVDEB_PREFIX.*; Take it from/,
  );
});

explain('a value of the second build that is seen tells the cause, if that was varied', () => {
  const one = {member: 'data.tar', kind: 'text', detail: 'Line 1: "vm" and "another-host"'};
  const varied = [{name: 'hostname', value: 'another-host'}] as const;
  assert.equal(guessCause(one, varied), CAUSES.hostname);
  assert.equal(guessCause(one, [{name: 'hostname', why: 'switched off'}]), {});
  assert.equal(
    guessCause({...one, path: 'of-another-host', kind: 'extra', detail: ''}, varied),
    CAUSES.hostname,
  );
  assert.equal(guessCause({...one, detail: 'uid 65534'}, [{name: 'user', value: 'x'}]), CAUSES.user);
  assert.equal(guessCause({...one, kind: 'text-time'}, varied), {});
});

explain('what shall not be varied is one of the names', () => {
  assert.is(wantedVariations(undefined).size, VARIATIONS.length);
  assert.not.ok(wantedVariations(['date']).has('date'));
  throws(
    () => wantedVariations(['date', 'colour', 3]),
    'E_OPTION',
    /Option "noVary" names no variation: colour, 3\n.*\n?.*path, file-system, folder-order/,
  );
  throws(() => wantedVariations('date'), 'E_OPTION', /not a list: date/);
  throws(() => wantedVariations(['x'], true), 'E_OPTION', /Option --no-vary/);
});

explain.run();
