import {compare as comparePython} from '@renovatebot/pep440';
import fc from 'fast-check';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  compareDebianVersions,
  givenVersion,
  parseDebianVersion,
  toDebianVersion,
} from '../../lib/policy/version.js';
import {compareWithDpkg} from '../helpers/dpkg.js';
import {long, throws} from '../helpers/suite.js';

const version = suite('policy/version');

for (const [given, wanted] of [
  ['14.2.1', '14.2.1-1'],
  ['14.01.00', '14.1.0-1'],
  ['v1.0', '1.0-1'],
  [' 1.0 ', '1.0-1'],
  ['1.0.dev3', '1.0~~dev3-1'],
  ['1.0a1', '1.0~a1-1'],
  ['1.0-alpha.1', '1.0~a1-1'],
  ['1.0b2.dev4', '1.0~b2~dev4-1'],
  ['1.0RC1', '1.0~rc1-1'],
  ['1.0rc1.post2', '1.0~rc1+.post2-1'],
  ['1.0.post2', '1.0+.post2-1'],
  ['1.0-2', '1.0+.post2-1'],
  ['1.0.post2.dev1', '1.0+.post2~dev1-1'],
  ['2!1.0', '2:1.0-1'],
  ['0!1.0', '1.0-1'],
  ['1.0+ubuntu.1', '1.0+ubuntu.1-1'],
  ['1.0+Ubuntu-1_007', '1.0+ubuntu.1.7-1'],
  ['1.0+1e5.0x10', '1.0+1e5.0x10-1'],
  [
    '1.0.dev3+g0123456789abcdef0123456789abcdef01234567',
    '1.0~~dev3+g0123456789abcdef0123456789abcdef01234567-1',
  ],
  ['1.0+12345678901234567890', '1.0+12345678901234567890-1'],
  ['2!1.0rc1.post2.dev3+abc.4', '2:1.0~rc1+.post2~dev3+abc.4-1'],
] as const) {
  version(`turns ${given} into ${wanted}`, () => assert.is(toDebianVersion(given), wanted));
}

version('takes another revision', () =>
  assert.is(toDebianVersion('1.0', {revision: '2~bookworm1'}), '1.0-2~bookworm1'),
);

for (const [title, given, revision, message] of [
  ['words', 'one', '1', /not a Python version/],
  ['nothing', '', '1', /not a Python version/],
  ['a line break inside', '1.0\n1', '1', /not a Python version/],
  ['a number that would be rounded', '1.12345678901234567', '1', /more than 15 digits/],
  ['an epoch that dpkg cannot hold', '2147483648!1.0', '1', /Epoch/],
  ['an empty revision', '1.0', '', /"revision"/],
  ['a hyphen in the revision', '1.0', '1-1', /"revision"/],
  ['a line break in the revision', '1.0', '1\nX: y', /"revision"/],
] as const) {
  version(`refuses ${title}`, () => {
    throws(() => toDebianVersion(given, {revision}), 'E_OPTION', message);
  });
}

for (const [given, wanted] of [
  ['1.0', '1.0-1'],
  ['1.0-1', '1.0-1'],
  ['1.0-2ubuntu1', '1.0-2ubuntu1'],
  ['1.0~rc1', '1.0~rc1-1'],
  ['1.0~rc1-3', '1.0~rc1-3'],
  ['1.0rc1', '1.0~rc1-1'],
  ['2:1.0', '2:1.0-1'],
  ['2!1.0', '2:1.0-1'],
  ['1.0+dfsg', '1.0+dfsg-1'],
  ['1.0+git20240101.abc', '1.0+git20240101.abc-1'],
  ['1.2.3-4-5', '1.2.3-4-5'],
] as const) {
  version(`takes the given version ${given} as ${wanted}`, () => assert.is(givenVersion(given), wanted));
}

for (const given of ['', '-1', 'v-1', '1.0_1', 'one', '1.0 2', '1.0-', '1:', '1.0-1\nX: y', 'a:1.0']) {
  version(`refuses the given version ${JSON.stringify(given)}`, () => {
    throws(() => givenVersion(given), 'E_OPTION', /Not a Debian version/);
  });
}

version('takes a Debian version apart', () => {
  assert.equal(parseDebianVersion('2:1.0-1-3'), {epoch: 2, upstream: '1.0-1', revision: '3'});
  assert.equal(parseDebianVersion('1.0'), {epoch: 0, upstream: '1.0', revision: ''});
});

/** In the order of PEP 440, oldest first. */
const ORDERED = [
  '0.9',
  '1.0.dev1',
  '1.0.dev1+local',
  '1.0.dev2',
  '1.0a1.dev1',
  '1.0a1',
  '1.0a1+local',
  '1.0a1.post1.dev1',
  '1.0a1.post1',
  '1.0a2.dev1',
  '1.0a10',
  '1.0b1.dev1',
  '1.0b1',
  '1.0rc1.dev1',
  '1.0rc1',
  '1.0rc1.post1.dev1',
  '1.0rc1.post1',
  '1.0rc2',
  '1.0',
  '1.0+abc',
  '1.0+ubuntu.1',
  '1.0+ubuntu.2',
  '1.0+zzz',
  '1.0.post1.dev1',
  '1.0.post1',
  '1.0.post1+local',
  '1.0.post2',
  '1.0.post10',
  '1.0.1.dev1',
  '1.0.1a1',
  '1.0.1',
  '1.1.dev1',
  '1.1',
  '1.9',
  '1.10',
  '14.1.0',
  '14.2.0.dev1',
  '14.2.0',
  '1!0.1.dev1',
  '1!0.1',
];

version('sorts a table of versions as PEP 440 does, by dpkg', async () => {
  const pairs = ORDERED.flatMap((a, index) => ORDERED.slice(index + 1).map((b) => [a, b] as const));
  const results = await compareWithDpkg(pairs.map(([a, b]) => [toDebianVersion(a), toDebianVersion(b)]));
  const wrong = pairs.filter((_, index) => results[index] !== -1);
  assert.equal(wrong, []);
  assert.ok(pairs.every(([a, b]) => comparePython(a, b) < 0));
});

const number = fc.oneof(fc.nat(3), fc.constantFrom(9, 10, 99, 100, 20240131));
const part = (word: string) =>
  fc.oneof(
    fc.constant(''),
    number.map((n) => `${word}${n}`),
  );
const python = fc
  .record({
    epoch: fc.constantFrom('', '', '', '1!', '2!'),
    release: fc.tuple(number, number, number).map((all) => all.join('.')),
    pre: fc.oneof(part('a'), part('b'), part('rc')),
    post: part('.post'),
    dev: part('.dev'),
    local: fc.constantFrom('', '', '+abc.1', '+zz'),
  })
  .map(({epoch, release, pre, post, dev, local}) => `${epoch}${release}${pre}${post}${dev}${local}`);

version('sorts generated versions of equal length as PEP 440 does, by dpkg', async () => {
  const close = fc.tuple(python, python).chain(([a, b]) => {
    const release = /(\d+!)?\d+\.\d+\.\d+/;
    const same = b.replace(release, release.exec(a)?.[0] ?? '');
    return fc.constantFrom<[string, string]>([a, b], [a, same], [a, same]);
  });
  const pairs = fc.sample(close, {numRuns: long ? 5000 : 300, seed: 440});
  const results = await compareWithDpkg(pairs.map(([a, b]) => [toDebianVersion(a), toDebianVersion(b)]));
  const wrong = pairs.filter(([a, b], index) => results[index] !== Math.sign(comparePython(a, b)));
  assert.equal(wrong, []);
});

version('compares as dpkg does', async () => {
  const text = fc.string({unit: fc.constantFrom(...'0019~~..+-az'), maxLength: 8});
  const debian = fc
    .tuple(fc.constantFrom('', '', '0:', '1:'), text, fc.constantFrom('', '-1', '-1~a', '-0'))
    .map(([epoch, rest, revision]) => `${epoch}1${rest.replace(/-+$/, '')}${revision}`);
  const pairs = [
    ['1.0', '1.0-0'] as [string, string],
    ['1.0', '1.00'] as [string, string],
    ['1.18446744073709551617', '1.18446744073709551616'] as [string, string],
    ...fc.sample(fc.tuple(debian, debian), {numRuns: long ? 5000 : 300, seed: 7}),
  ];
  const results = await compareWithDpkg(pairs);
  const ours = pairs.map(([a, b]) => Math.sign(compareDebianVersions(a, b)));
  assert.equal(
    pairs.filter((_, index) => results[index] !== ours[index]),
    [],
  );
});

version.run();
