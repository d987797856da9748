import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type MarkdownRelease, parseMarkdownChangelog} from '../../lib/formats/markdown-changelog.js';

const markdown = suite('formats/markdown-changelog');

const DAY = Date.UTC(2024, 0, 2) / 1000;

/** Heading, and the version and day in it; null for one that opens no version. */
for (const [heading, wanted] of [
  ['## [1.2.0] - 2024-01-02', {version: '1.2.0', seconds: DAY}],
  ['## 1.2.0 (2024-01-02)', {version: '1.2.0', seconds: DAY}],
  ['## v1.2.0', {version: '1.2.0'}],
  ['# 1.2.0 / 2024-01-02', {version: '1.2.0', seconds: DAY}],
  ['### Version 1.2.0: 2024-01-02', {version: '1.2.0', seconds: DAY}],
  ['## [1.2.0](https://example.org/a_(b)) (2024-01-02)', {version: '1.2.0', seconds: DAY}],
  ['## [1.2.0][diff] - 2024-01-02 [YANKED]', {version: '1.2.0', seconds: DAY}],
  ['## **1.2.0** – 2024-01-02 ##', {version: '1.2.0', seconds: DAY}],
  ['## Release 1.2.0rc1', {version: '1.2.0rc1'}],
  ['## 1.2.0-beta.2', {version: '1.2.0-beta.2'}],
  ['## 24.1', {version: '24.1'}],
  ['## 1.2.0 - 2024-13-45', {version: '1.2.0'}],
  ['1.2.0 - 2024-01-02\n------------------', {version: '1.2.0', seconds: DAY}],
  ['1.2.0\n=====', {version: '1.2.0'}],
  ['## [Unreleased]', {}],
  ['## Unreleased', {}],
  ['## Unreleased - 2024-01-02', {}],
  ['## Upcoming (1.3)', {}],
  ['## Changelog', null],
  ['## 2024-01-02', null],
  ['## 3 reasons to upgrade', {version: '3'}],
  ['## Unreleased code is bad', null],
  ['1.2.0', null],
  ['- 1.2.0', null],
  ['####### 1.2.0', null],
] as const) {
  markdown(`${JSON.stringify(heading)} ${wanted ? 'opens a version' : 'is none'}`, () => {
    const releases = parseMarkdownChangelog(`${heading}\n\n- A.\n`);
    const groups = [{items: [{depth: 0, text: 'A.'}]}];
    assert.equal(releases, wanted ? [{...wanted, groups}] : []);
  });
}

/** The bullets of one version, as `DEPTH text`, headings as `# title`. */
const flat = ([release]: readonly MarkdownRelease[]) =>
  release?.groups.flatMap(({title, items}) => [
    ...(title === undefined ? [] : [`# ${title}`]),
    ...items.map(({depth, text}) => `${depth} ${text}`),
  ]);

for (const [title, text, wanted] of [
  ['bullets of three kinds', '- A\n* B\n+ C\n1. D', ['0 A', '0 B', '0 C', '0 D']],
  ['lines that go on', '- A\n  b\nc\n- D', ['0 A b c', '0 D']],
  ['bullets below bullets', '- A\n  - B\n    more\n    * C\n- D', ['0 A', '1 B more', '2 C', '0 D']],
  [
    'headings inside',
    '### Added\n\n- A\n\n### Fixed\n- B\n#### Deep\n- C',
    ['# Added', '0 A', '# Fixed', '0 B', '# Deep', '0 C'],
  ],
  ['headings without anything below', '### Added\n### Fixed\n- B', ['# Fixed', '0 B']],
  ['paragraphs', 'A\nb.\n\nC.\n\n- D\n\n  still D\n\nE', ['0 A b.', '0 C.', '0 D still D', '0 E']],
  ['nothing', '', []],
  ['what a heading of its level ends', '- A\n# Credits\n- nobody', ['0 A']],
  [
    'links, code and emphasis',
    '- **A** `b_c` [d](https://e) [f][g] *h* __i__ ![j](k) <https://l>',
    ['0 A b_c d f h i j https://l'],
  ],
  ['what only looks like emphasis', '- 2 * 3 * 4, a_b_c, \\*d\\*, [e]', ['0 2 * 3 * 4, a_b_c, *d*, [e]']],
  ['definitions, rules and comments', '- A\n\n---\n<!-- - B\n- C -->\n[1.0]: https://e\n', ['0 A']],
  ['code', '- A\n```sh\n# 2.0\n- x\n```\n- B', ['0 A # 2.0 - x', '0 B']],
  ['line breaks of Windows and tabs', '- A\r\n\t- B\r\n', ['0 A', '1 B']],
] as const) {
  markdown(`reads ${title}`, () => assert.equal(flat(parseMarkdownChangelog(`# 1.0\n\n${text}`)), wanted));
}

markdown('keeps the order of the versions, and text before the first is of none', () => {
  const text = '# Changelog\n\nAll of it.\n\n## Unreleased\n- A\n## 1.1\n- B\n## Notes\n- C\n## 1.0\n- D\n';
  assert.equal(
    parseMarkdownChangelog(text).map((one) => [one.version, flat([one])]),
    [
      [undefined, ['0 A']],
      ['1.1', ['0 B']],
      ['1.0', ['0 D']],
    ],
  );
});

markdown.run();
