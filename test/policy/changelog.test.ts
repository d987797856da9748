import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  changelogDay,
  changelogTime,
  checkNews,
  type EntryFacts,
  makeChangelog,
  readChangelog,
} from '../../lib/policy/changelog.js';
import {inFolder, rejects, skip} from '../helpers/suite.js';

const changelog = suite('policy/changelog');

const FACTS: EntryFacts = {
  package: 'thing',
  version: '1.2.0-1',
  distribution: undefined,
  maintainer: 'Jo Doe <jo@example.org>',
  seconds: 1_700_000_000,
};

/** The option's file, read. */
const given = (text: string | Uint8Array, name = 'CHANGELOG.md') =>
  inFolder(async (folder) => {
    const file = join(folder, name);
    await writeFile(file, text);
    return readChangelog(file);
  });
const made = async (text: string, facts: Partial<EntryFacts> = {}) =>
  makeChangelog(await given(text), {...FACTS, ...facts});

const MARKDOWN = `# Changelog

## [Unreleased]

- Not yet.

## [1.2.0] - 2023-11-01

### Added

- **Everything** that [was asked for](https://example.org), written in one line that is by far longer than eighty columns.
  - And something below it.

### Fixed

- A bug. Closes: #12

## 1.1.0rc2 (2023-10-01)

- Second candidate.

## 1.0

- First.
`;

changelog('one entry is made where nothing is given', () => {
  const {text, newest, problems} = makeChangelog(undefined, FACTS);
  assert.is(
    text,
    'thing (1.2.0-1) unstable; urgency=medium\n\n  * Version 1.2.0.\n\n' +
      ' -- Jo Doe <jo@example.org>  Tue, 14 Nov 2023 22:13:20 +0000\n',
  );
  assert.is(newest.seconds, FACTS.seconds);
  assert.equal(problems, []);
});

changelog('a Markdown changelog becomes entries, the newest of this moment', async () => {
  const {text, upstream, problems} = await made(MARKDOWN);
  assert.is(
    text,
    `thing (1.2.0-1) unstable; urgency=medium

  * Added:
    - Everything that was asked for, written in one line that is by far longer
      than eighty columns.
      + And something below it.
  * Fixed:
    - A bug. Closes #12

 -- Jo Doe <jo@example.org>  Tue, 14 Nov 2023 22:13:20 +0000

thing (1.1.0~rc2-1) unstable; urgency=medium

  * Second candidate.

 -- Jo Doe <jo@example.org>  Sun, 01 Oct 2023 00:00:00 +0000

thing (1.0-1) unstable; urgency=medium

  * First.

 -- Jo Doe <jo@example.org>  Sun, 01 Oct 2023 00:00:00 +0000
`,
  );
  assert.is(upstream, MARKDOWN);
  assert.equal(problems, []);
});

const versions = (text: string) =>
  [...text.matchAll(/^thing \((\S+)\) (\S+);/gm)].map(([, version]) => version);
const firstChange = (text: string) => /^ {2}\* (.*)$/m.exec(text)?.[1];

for (const [title, version, wanted, change] of [
  [
    'what is not released yet is of a version that has no heading',
    '1.3.0~dev1-1',
    ['1.3.0~dev1-1', '1.2.0-1', '1.1.0~rc2-1', '1.0-1'],
    'Not yet.',
  ],
  [
    'newer versions are of no concern to an older package',
    '1.1.0~rc2-5',
    ['1.1.0~rc2-5', '1.0-1'],
    'Second candidate.',
  ],
  [
    'the revision makes no other version',
    '1.2.0-7~bookworm1',
    ['1.2.0-7~bookworm1', '1.1.0~rc2-1', '1.0-1'],
    'Added:',
  ],
  ['a native package has native entries', '1.2.0', ['1.2.0', '1.1.0~rc2', '1.0'], 'Added:'],
] as const) {
  changelog(title, async () => {
    const {text} = await made(MARKDOWN, {version});
    assert.equal(versions(text), wanted);
    assert.is(firstChange(text), change);
  });
}

changelog('what is no version of Python is left out, and disorder is told', async () => {
  const {text, problems} = await made('## 1.2\n- A\n## 1.0\n- B\n## 1.1\n- C\n## 1.0\n- D\n', {
    version: '1.2-1',
  });
  assert.equal(versions(text), ['1.2-1', '1.0-1']);
  assert.is(problems.length, 2);
  assert.match(problems[0] ?? '', /has version 1\.1 below an older one: .*CHANGELOG\.md/);
});

changelog('no entry is younger than the one above it, and none older than 1970', async () => {
  const text = '## 1.2\n- A\n## 1.1 (2030-01-01)\n- B\n## 1.0 (1960-01-01)\n- C\n';
  const dates = [...(await made(text, {version: '1.2-1'})).text.matchAll(/> {2}(.*)$/gm)].map(
    ([, date]) => date,
  );
  assert.equal(dates.slice(1), ['Tue, 14 Nov 2023 22:13:20 +0000', 'Thu, 01 Jan 1970 00:00:00 +0000']);
});

changelog('the distribution is the one that is asked for', async () => {
  assert.match((await made(MARKDOWN, {distribution: 'bookworm'})).text, /^thing \(1\.2\.0-1\) bookworm;/);
});

const DEBIAN =
  'other (1.2.0-1) bookworm; urgency=low\n\n  * A.\n\n -- Al <al@example.org>  Thu, 02 Nov 2023 10:11:12 +0100\n';

changelog('a Debian changelog is taken as it is, and tells the time', async () => {
  const read = await given(DEBIAN, 'changelog');
  const {text, newest, upstream, problems} = makeChangelog(read, {...FACTS, package: 'other'});
  assert.is(text, DEBIAN);
  assert.is(newest.source, 'other');
  assert.is(upstream, undefined);
  assert.equal(problems, []);
  assert.is(changelogTime(read), Date.UTC(2023, 10, 2, 9, 11, 12) / 1000);
});

changelog('a Debian changelog of another version is told of', async () => {
  const {problems} = makeChangelog(await given(DEBIAN, 'changelog'), {...FACTS, version: '1.3-1'});
  assert.equal(problems, [
    'Newest changelog entry is of version 1.2.0-1, the package of 1.3-1',
    "Newest changelog entry is of other, the package's source is thing",
  ]);
});

changelog('a Markdown changelog tells no time, but a day, the newest of all', async () => {
  assert.is(changelogTime(await given(MARKDOWN)), undefined);
  const days = await given('## 1.1\n- A\n## 1.0 - 2023-11-02\n- B\n## 0.9 - 2024-01-03\n- C\n');
  assert.is(changelogDay(days), Date.UTC(2024, 0, 3) / 1000);
  assert.is(changelogDay(await given('## 1.1\n- A\n')), undefined);
  assert.is(changelogDay(await given(DEBIAN, 'changelog')), undefined);
});

for (const [title, text, name, code, message] of [
  ['a damaged Debian changelog', 'thing 1.0\n', 'changelog', 'E_OPTION', /Not the head of an entry/],
  [
    'Markdown without versions',
    '# Changes\n\n- A\n',
    'CHANGES.md',
    'E_OPTION',
    /No version in changelog: .*CHANGES\.md/,
  ],
  ['an empty file', ' \n', 'changelog', 'E_PAYLOAD', /Changelog is empty/],
  ['a file in Latin-1', Buffer.from('caf\xe9', 'latin1'), 'changelog', 'E_PAYLOAD', /Changelog is not UTF-8/],
] as const) {
  changelog(`refuses ${title}`, async () => {
    await rejects(given(text, name), code, message);
  });
}

changelog('what is made is a changelog for dpkg-parsechangelog, which has nothing to complain', async () => {
  const texts = [makeChangelog(undefined, FACTS).text, (await made(MARKDOWN)).text];
  for (const text of texts) {
    const args = ['--all', '-l', '-'];
    const {stdout, stderr, code} = await execa('dpkg-parsechangelog', args, {input: text, reject: false});
    if (code === 'ENOENT') return skip('dpkg-parsechangelog', 'it is not installed');
    assert.is(stderr, '');
    assert.match(String(stdout), /^Version: 1\.2\.0-1$/m);
    assert.not.match(String(stdout), /^Closes:/m);
  }
});

const NEWS =
  'thing (2.0-1) unstable; urgency=medium\n\n  It has moved.\n\n -- J <j@example.org>  Mon, 01 Jan 2024 00:00:00 +0000\n';
for (const [title, bytes, code, message] of [
  ['plain text', 'It has moved.\n', 'E_OPTION', /^\S.*NEWS/],
  [
    'another charset',
    Buffer.from(NEWS.replace('J <', '\xe9 <'), 'latin1'),
    'E_PAYLOAD',
    /^NEWS is not UTF-8/,
  ],
  ['nothing', '\n', 'E_PAYLOAD', /^NEWS is empty/],
] as const) {
  changelog(`refuses a NEWS that holds ${title}`, () =>
    inFolder(async (folder) => {
      const file = join(folder, 'NEWS');
      await writeFile(file, NEWS);
      await checkNews(file);
      await writeFile(file, bytes);
      await rejects(checkNews(file), code, message);
    }),
  );
}

changelog.run();
