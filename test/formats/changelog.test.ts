import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseChangelog} from '../../lib/formats/changelog.js';
import {parseStanzas} from '../../lib/formats/stanza.js';
import {inFolder, skip, throws} from '../helpers/suite.js';

const changelog = suite('formats/changelog');

const END = ' -- Jo Doe <jo@example.org>  Thu, 02 Nov 2023 10:11:12 +0100\n';
const entry = (head = 'thing (1.0-1) unstable; urgency=medium', changes = '  * Change.', end = END) =>
  `${head}\n\n${changes}\n\n${end}`;

/** Every entry as dpkg-parsechangelog tells it, and what it warns of. */
async function byDpkg(text: string): Promise<{entries: object[]; warnings: string} | undefined> {
  return inFolder(async (folder) => {
    const file = join(folder, 'changelog');
    await writeFile(file, text);
    const args = ['--all', '--format', 'rfc822', '-l', file];
    const {stdout, stderr, code} = await execa('dpkg-parsechangelog', args, {reject: false});
    if (code === 'ENOENT') return undefined;
    const entries = parseStanzas(String(stdout), 'dpkg').map((stanza) => Object.fromEntries(stanza));
    return {entries, warnings: String(stderr)};
  });
}

/** The same, as our parser tells it. */
const byUs = (text: string) =>
  parseChangelog(text, 'changelog').entries.map((one) => ({
    Source: one.source,
    Version: one.version,
    Distribution: one.distributions.join(' '),
    Urgency: one.urgency,
    Maintainer: one.maintainer,
    Timestamp: String(one.seconds),
    Date: one.date,
    ...(one.binaryOnly ? {'Binary-Only': 'yes'} : {}),
    ...(one.closes.length > 0 ? {Closes: one.closes.join(' ')} : {}),
    Changes: ['', one.header, ...(one.changes.length > 0 ? ['', ...one.changes] : [])]
      .map((line) => (line === '' ? ' .' : ` ${line}`))
      .join('\n')
      .slice(2),
  }));

const SOUND = {
  'one entry': entry(),
  'several entries':
    entry() +
    '\n' +
    entry('thing (0.9-2) testing; urgency=low') +
    '\n' +
    entry('thing (0.9-1) unstable; urgency=low'),
  'no blank lines anywhere': `thing (1) unstable; urgency=low\n  * A.\n${END}thing (0) unstable; urgency=low\n  * B.\n${END}`,
  'blank lines within the changes, and many around': entry(
    'thing (1) unstable; urgency=low',
    '\n\n  * A.\n\n  [ Jo Doe ]\n  * B\n    more of B\n\n   - C\n\n',
  ),
  'an entry without changes': `thing (1) unstable; urgency=low\n\n${END}`,
  'several distributions': entry('thing (1) unstable experimental bookworm-backports; urgency=low'),
  'a native version, an epoch and a tilde': entry(
    'lib3x.y+z (2:1.0~rc1+dfsg-0.1~bpo12+1) unstable; urgency=low',
  ),
  'an urgency in capitals with a comment': entry('thing (1) unstable; urgency=HIGH (security)'),
  'no urgency': entry('thing (1) unstable;'),
  'a binary rebuild': entry('thing (1+b1) sid; urgency=low, binary-only=yes'),
  'blanks after the head and the end': entry(
    'thing (1) unstable; urgency=low  ',
    '  * A.  ',
    `${END.trimEnd()}   \n`,
  ),
  'bugs that are closed': entry(
    undefined,
    '  * A. Closes: #12, bug#7, Bug 9\n  * B (closes:bug 7,\n    #1).\n  * C. Closes #99, closed: #98',
  ),
  'a day of one digit': entry(
    undefined,
    undefined,
    ' -- Jo <jo@example.org>  Thu, 2 Nov 2023 10:11:12 +0000\n',
  ),
  'no day of the week': entry(undefined, undefined, ' -- Jo <jo@example.org>  02 Nov 2023 10:11:12 -0530\n'),
  'the wrong day of the week': entry(
    undefined,
    undefined,
    ' -- Jo <jo@example.org>  Sun, 02 Nov 2023 10:11:12 -0530\n',
  ),
  'the 29th of February': entry(
    undefined,
    undefined,
    ' -- Jo <jo@example.org>  Thu, 29 Feb 2024 23:59:59 +1400\n',
  ),
  'a time before 1970': entry(
    undefined,
    undefined,
    ' -- Jo <jo@example.org>  Wed, 31 Dec 1969 23:59:59 +0000\n',
  ),
  'names beyond ASCII': entry(
    undefined,
    '  * Größe, 日本.',
    ' -- Jörg Doe, "x" <jörg@example.org>  Thu, 02 Nov 2023 10:11:12 +0100\n',
  ),
  'no person before the address': entry(
    undefined,
    undefined,
    ' --  <jo@example.org>  Thu, 02 Nov 2023 10:11:12 +0100\n',
  ),
  'settings of editors': `${entry()}\nLocal variables:\nmode: debian-changelog\nEnd:\n`,
  'a mode line of vim': `${entry()}\nvim: set ts=2:\nnonsense`,
  'comments and keywords of RCS': `# a comment\n/* another */\n$Id: changelog $\n${entry(undefined, '  * A.\n# not a change\n  # a change')}`,
  'entries of an older format': `${entry()}\nOld Changelog:\nSun Jan  2 1994  Jo (jo@x)\n * something\n`,
  'heads of an older format': `${entry()}\nthing (0.1-1);\n\n  * A.\n -- Jo\n`,
  'versions of an older format': `${entry()}\n0.1\n\n  * A.\n -- Jo\n`,
  'blank lines at the top': `\n\n${entry()}`,
  'no line break at the end': entry().trimEnd(),
};

for (const [title, text] of Object.entries(SOUND)) {
  changelog(`reads ${title} as dpkg-parsechangelog does`, async () => {
    const theirs = await byDpkg(text);
    if (theirs === undefined) return skip('dpkg-parsechangelog', 'it is not installed');
    assert.equal(byUs(text), theirs.entries.map(sorted));
    assert.equal(parseChangelog(text, 'changelog').problems, []);
  });
}

/** Fields in our order; what dpkg adds of its own is an error of this test. */
const sorted = (fields: object) => ({...fields});

const DAMAGED: Readonly<Record<string, readonly [string, RegExp]>> = {
  'an empty file': ['', /No entry in changelog: changelog/],
  'a file of comments': ['# nothing\n', /No entry in changelog/],
  'no changelog at all': ['# Changes\n\n## 1.0\n\n- A.\n', /Not the head of an entry: changelog:3: ## 1\.0/],
  'a head without version': [
    entry('thing unstable; urgency=low'),
    /Not the head of an entry: changelog:1: thing/,
  ],
  'a head without distribution': [entry('thing (1.0); urgency=low'), /No entry|Not the head/],
  'a head without semicolon': [
    entry('thing (1.0) unstable urgency=low'),
    /Not the head of an entry: changelog:1/,
  ],
  'a version that is none': [entry('thing (one) unstable; urgency=low'), /Not a Debian version: changelog:1/],
  'a version with an underscore': [entry('thing (1_0) unstable; urgency=low'), /Not a Debian version/],
  'an unknown key': [entry('thing (1) unstable; urgency=low, colour=red'), /Unknown key "colour"/],
  'a key twice': [entry('thing (1) unstable; urgency=low, Urgency=low'), /Key "urgency" twice/],
  'no key': [entry('thing (1) unstable; low'), /Not KEY=VALUE after the semicolon: "low"/],
  'an entry without end': [
    'thing (1) unstable; urgency=low\n\n  * A.\n',
    /has no line " -- Name <mail> {2}date": changelog:1/,
  ],
  'an end that is cut off by the next entry': [
    `thing (2) unstable; urgency=low\n\n  * A.\n\n${entry()}`,
    /has no line " --/,
  ],
  'one blank before the date': [
    entry(undefined, undefined, END.replace('>  ', '> ')),
    /Not two blanks before the date: changelog:5/,
  ],
  'a date that is none': [entry(undefined, undefined, END.replace('Nov', 'November')), /Not a date/],
  'a time that is none': [entry(undefined, undefined, END.replace('10:11', '10:71')), /Not a date/],
  'no date': [entry(undefined, undefined, ' -- Jo Doe <jo@example.org>\n'), /Not of the form " -- Name/],
  'no address': [entry(undefined, undefined, END.replace(/<.*>/, '')), /Not of the form/],
  'a change with one blank': [
    entry(undefined, ' * A.'),
    /Change is not indented by two blanks: changelog:3: \* A\./,
  ],
  'a change without blank': [entry(undefined, '* A.'), /Not the head of an entry: changelog:3/],
  'text before the first entry': [
    `Hello there.\n${entry()}`,
    /Not the head of an entry: changelog:1: Hello there/,
  ],
};

for (const [title, [text, message]] of Object.entries(DAMAGED)) {
  changelog(`refuses ${title}, as dpkg-parsechangelog warns of it`, async () => {
    throws(() => parseChangelog(text, 'changelog'), 'E_OPTION', message);
    const theirs = await byDpkg(text);
    if (theirs === undefined) return skip('dpkg-parsechangelog', 'it is not installed');
    assert.is.not(theirs.warnings, '');
  });
}

changelog('refuses days that no calendar has', () => {
  const text = entry(undefined, undefined, END.replace('02 Nov', '31 Nov'));
  throws(() => parseChangelog(text, 'changelog'), 'E_OPTION', /Not a date/);
});

changelog('tells everything that is wrong with the newest entry at once', () => {
  const error = throws(
    () => parseChangelog(entry('thing (one) unstable; low', ' * A.', ' -- Jo <jo>  now\n'), 'd/changelog'),
    'E_OPTION',
    /Not a Debian version/,
  );
  assert.is(error.issues.length, 4);
  for (const issue of error.issues) assert.match(issue, /: d\/changelog:\d: /);
});

changelog('only tells what is wrong with older entries, and reads the others', () => {
  const text = [
    entry(),
    entry('thing (0.9-1) unstable; urgency=low', ' * A.'),
    entry('thing (broken', '  * A.'),
    entry('thing (0.8-1) unstable; urgency=low', undefined, ' -- Jo <jo@example.org>\n'),
    entry('thing (0.7-1) unstable; urgency=low'),
  ].join('\n');
  const {entries, problems} = parseChangelog(text, 'changelog');
  assert.equal(
    entries.map(({version}) => version),
    ['1.0-1', '0.9-1', '0.7-1'],
  );
  assert.ok(problems.length >= 3, problems.join('\n'));
  assert.match(problems[0] ?? '', /^Change is not indented by two blanks: changelog:9: \* A\.$/);
});

changelog('reads line breaks of Windows', () => {
  const [one] = parseChangelog(entry().replaceAll('\n', '\r\n'), 'changelog').entries;
  assert.equal([one.header, ...one.changes], ['thing (1.0-1) unstable; urgency=medium', '  * Change.']);
});

changelog.run();
