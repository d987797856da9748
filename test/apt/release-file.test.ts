import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {formatRelease, parseRelease, type ReleaseFile} from '../../lib/apt/release-file.js';
import {throws} from '../helpers/suite.js';

const release = suite('apt/release-file');
const sha256 = 'a'.repeat(64);
const written: ReleaseFile = {
  facts: {
    origin: 'own',
    label: 'Own',
    suite: 'canary',
    codename: 'canary',
    description: 'About it',
    architectures: ['amd64', 'arm64'],
    components: ['main'],
    notAutomatic: true,
    butAutomaticUpgrades: true,
    validFor: 14 * 24 * 3600,
  },
  date: 1_700_000_000,
  files: [{path: 'main/binary-amd64/Packages', size: 12, sha256}],
};
const text = formatRelease(written);

release('what is written is read again', () => assert.equal(parseRelease(text, 'Release'), written));

release('dates are in UTC and in English, whatever the locale', () => {
  assert.match(text, /^Date: Tue, 14 Nov 2023 22:13:20 UTC$/m);
  assert.match(text, /^Valid-Until: Tue, 28 Nov 2023 22:13:20 UTC$/m);
});

const refused: readonly (readonly [string, string, RegExp])[] = [
  ['a path that leads out', text.replace('main/binary', '../binary'), /line is not as it should be/],
  [
    'a path that leads out further in',
    text.replace('main/binary', 'main/../../binary'),
    /line is not as it should be/,
  ],
  ['an absolute path', text.replace('main/binary', '/main/binary'), /line is not as it should be/],
  ['a size that is no number', text.replace(' 12 ', ' 1e9 '), /line is not as it should be/],
  ['a short digest', text.replace(sha256, 'a'.repeat(63)), /line is not as it should be/],
  ['no date', text.replace(/^Date.*\n/m, ''), /no usable Date/],
  ['a date of another language', text.replace('Tue, 14 Nov', 'Di, 14. Nov'), /no usable Date/],
  ['two paragraphs', `${text}\n${text}`, /not exactly one paragraph/],
  ['nothing', '', /not exactly one paragraph/],
];
for (const [what, given, message] of refused)
  release(`${what} is refused`, () => void throws(() => parseRelease(given, 'Release'), 'E_FORMAT', message));

release.run();
