import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {controlTar, debFile, END, ROOT, rawHeader, VERSION} from '../archive/deb-helper.js';
import {controlText, entry} from '../archive/helper.js';
import {arJoined, arPart} from '../archive/mutate-bytes.js';
import {assertShown, EVIL, runMain} from '../helpers/run-main.js';
import {inFolder} from '../helpers/suite.js';

const escapes = suite('integration/escapes');

const tar = (...parts: Buffer[]) => Buffer.concat([ROOT, ...parts, END]);
const plain = tar(rawHeader({name: './f'}));
const control = (text: string, more: Parameters<typeof controlTar>[0] = []) => controlTar(more, text);
const deb = (controlArchive: Buffer, data: Buffer, more: readonly [string, Buffer][] = []) =>
  arJoined([
    arPart('debian-binary', VERSION),
    arPart('control.tar', controlArchive),
    arPart('data.tar', data),
    ...more.map(([name, content]) => arPart(name, content)),
  ]);
const usual = await control(controlText());

/** A package for each place where a text of its maker stands. */
const places: readonly (readonly [place: string, content: Buffer])[] = [
  ['the name of a file', deb(usual, tar(rawHeader({name: `./${EVIL}`})))],
  ['the target of a symlink', deb(usual, tar(rawHeader({name: './l', type: 'symlink', target: EVIL})))],
  ['the target of a hard link', deb(usual, tar(rawHeader({name: './l', type: 'hardlink', target: EVIL})))],
  ['an owner', deb(usual, tar(rawHeader({owner: `a${EVIL}`.slice(0, 20), group: EVIL.slice(0, 15)})))],
  ['the type of a member', deb(usual, tar(rawHeader({}, {156: '\u001b'})))],
  ['a field', deb(await control(controlText(`X-Evil: a${EVIL.replace('\r', '')}b\n`)), plain)],
  ['a relation', deb(await control(controlText(`Depends: a${EVIL.replace('\r', '')}b\n`)), plain)],
  [
    'the name of the package',
    deb(await control(controlText().replace('example', `e${EVIL.replace('\r', '')}`)), plain),
  ],
  ['what is no field', deb(await control(`${controlText()}${EVIL}\n`), plain)],
  [
    'a script',
    deb(
      await control(controlText(), [entry('postinst', {text: `#!/bin/sh\n${EVIL}\n`, mode: 0o755})]),
      plain,
    ),
  ],
  [
    'conffiles',
    deb(await control(controlText(), [entry('conffiles', {text: `/etc/${EVIL}\n${EVIL}\n`})]), plain),
  ],
  [
    'md5sums',
    deb(
      await control(controlText(), [entry('md5sums', {text: `${'0'.repeat(32)}  ${EVIL}\n${EVIL}\n`})]),
      plain,
    ),
  ],
  ['the name of a control file', deb(await control(controlText(), [entry(EVIL, {text: 'x'})]), plain)],
  ['the version of the format', arJoined([arPart('debian-binary', Buffer.from(EVIL))])],
  ['a member of the ar archive', deb(usual, plain, [['a\u001b[31m', Buffer.from('x')]])],
  ['a number', deb(usual, tar(rawHeader({}, {124: '\u001b[2J'})))],
  [
    'a file that differs',
    deb(
      usual,
      tar(rawHeader({name: './f', size: EVIL.length}), Buffer.from(EVIL.padEnd(512, '\0'), 'latin1')),
    ),
  ],
  [
    'a shebang',
    deb(usual, tar(rawHeader({name: './f', size: 40}), Buffer.from(`#!/bin/${EVIL}\n`.padEnd(512, '\0')))),
  ],
  [
    'METADATA',
    deb(
      usual,
      tar(
        rawHeader({name: './x.dist-info/METADATA', size: 200}),
        Buffer.from(`Name: x${EVIL}\nVersion: ${EVIL}\n`.padEnd(512, ' ')),
      ),
    ),
  ],
];

/** Of these the message says where they are, or the commands do not look at them. */
const UNSHOWN: ReadonlySet<string> = new Set(['what is no field', 'a number', 'a shebang', 'METADATA']);

for (const [place, content] of places) {
  escapes(`escapes in ${place} reach no terminal`, () =>
    inFolder(async (folder) => {
      const file = debFile(folder, content);
      const other = debFile(folder, deb(usual, plain), 'other.deb');
      const runs = [
        ['inspect', file],
        ['check', '--verbose', file],
        ['diff', '--verbose', file, other],
        ['inspect', '--json', file],
      ];
      const results = await Promise.all(runs.map((args) => runMain(args)));
      let shown = '';
      for (const [index, run] of results.entries()) {
        const [command = '', flag] = runs[index] ?? [];
        assertShown(run, command, flag === '--json');
        shown += run.stdout + run.stderr;
      }
      // Not dropped either: who looks sees that something is there.
      if (!UNSHOWN.has(place)) assert.match(shown, /\\x1b|\\u001b|u\{202e\}|u202e|1b/i, place);
    }),
  );
}

escapes('escapes in the name of the package file reach no terminal', () =>
  inFolder(async (folder) => {
    for (const command of ['inspect', 'check']) {
      const run = await runMain([command, join(folder, `no${EVIL}.deb`)]);
      assert.is(run.exitCode, 2);
      assertShown(run, command);
    }
  }),
);

escapes.run();
