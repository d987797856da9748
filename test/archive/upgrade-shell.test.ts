import {execFileSync} from 'node:child_process';
import {chmodSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {followScript} from '../../lib/archive/upgrade-shell.js';
import {inFolder} from '../helpers/suite.js';

const shell = suite('archive/upgrade-shell');
const START = '#!/bin/sh\nset -e\n';
const RESTART = 'deb-systemd-invoke restart a.service >/dev/null || true\n';

/** Title and lines; each is also run by dash, whose calls are what must have been foretold. */
const CASES: readonly (readonly [string, string])[] = [
  ['a plain call', RESTART],
  ['several units', 'systemctl restart \'a.service\' "b.service"\n'],
  ['the arguments', `if [ "$1" = configure ] && [ -n "\${2:-}" ]; then\n${RESTART}fi\n`],
  ['another argument', `if [ "$1" = "remove" ] || [ -z "$2" ]; then\n${RESTART}fi\n`],
  ['a case', `case "$1" in\nabort-* | configure)\n${RESTART};;\n*) exit 1 ;;\nesac\n`],
  ['a case that does not fit', `case "$1" in remove | purge) ${RESTART};; esac\n`],
  [
    'a variable',
    'if [ -n "$2" ]; then _a=restart; else _a=start; fi\ndeb-systemd-invoke $_a a.service || true\n',
  ],
  ['a loop', 'for u in a.service b.timer; do\n  deb-systemd-invoke stop "$u" || true\ndone\n'],
  ['words of one variable', 'all="a.service b.service"\nsystemctl stop $all || true\n'],
  ['an end before', `if [ "$1" = configure ]; then exit 0; fi\n${RESTART}`],
  ['a function', `again() { ${RESTART}}\nagain\n`],
  ['a function that is left', `one() { return 0; ${RESTART}}\none\nsystemctl stop b.service || true\n`],
  ['a negation', `if ! [ "$1" = remove ]; then ${RESTART}fi\n`],
  [
    'else and elif',
    `if false; then :; elif [ "$1" = configure ]; then ${RESTART}else systemctl stop b; fi\n`,
  ],
  ['what a comment or a document says is not done', `# ${RESTART}cat <<EOF >/dev/null\n${RESTART}EOF\n`],
  [
    '-a and -o',
    `if [ "$1" = configure -a -n "$2" ]; then ${RESTART}fi\nif [ -z "$1" -o -z "$2" ]; then ${RESTART}fi\n`,
  ],
  ['continued lines', 'deb-systemd-invoke \\\n  restart \\\n  a.service || true\n'],
  ['no daemon-reload', 'systemctl --system daemon-reload || true\n'],
];

for (const [title, lines] of CASES) {
  shell(`foretells what dash does: ${title}`, () =>
    inFolder(async (folder) => {
      const bin = join(folder, 'bin');
      mkdirSync(bin);
      for (const name of ['deb-systemd-invoke', 'systemctl']) {
        const body = `[ "$1" != --system ] || shift\nact=$1; shift\nfor u; do echo "$act $u" >>${folder}/calls; done\n`;
        writeFileSync(join(bin, name), `#!/bin/sh\n${body}`);
        chmodSync(join(bin, name), 0o755);
      }
      writeFileSync(join(folder, 'calls'), '');
      writeFileSync(join(folder, 'script'), START + lines);
      execFileSync('/bin/sh', [join(folder, 'script'), 'configure', '1.0'], {
        env: {PATH: `${bin}:/usr/bin:/bin`},
        stdio: 'pipe',
      });
      const calls = readFileSync(join(folder, 'calls'), 'utf8')
        .split('\n')
        .filter((line) => line !== '');
      const found = followScript(START + lines, {args: ['configure', '1.0'], exists: () => undefined});
      assert.equal(
        found?.map(({action, unit}) => `${action} ${unit}`),
        calls,
      );
      assert.ok(found?.every(({isCertain}) => isCertain));
    }),
  );
}

for (const [title, lines] of [
  ['a program that answers', `if systemctl is-active a; then ${RESTART}fi\n`],
  ['a file of the server', `if [ -e /etc/app/enabled ]; then ${RESTART}fi\n`],
  ['a substitution', `if [ "$(uname)" = Linux ]; then ${RESTART}fi\n`],
  ['an end that may have come before', `grep -q x /etc/y || exit 0\n${RESTART}`],
  ['an unknown word of a case', `case "$(uname)" in Linux) ${RESTART};; esac\n`],
  ['a loop over files', `for f in /etc/app/*; do ${RESTART}done\n`],
] as const) {
  shell(`does not claim to know: ${title}`, () => {
    const found = followScript(START + lines, {args: ['configure', '1.0'], exists: () => undefined});
    assert.equal(found, [{action: 'restart', unit: 'a.service', by: 'systemd', isCertain: false}]);
  });
}

shell('another language is not read', () =>
  assert.is(followScript('#!/usr/bin/perl\nsystem("x");\n', {args: [], exists: () => undefined}), undefined),
);

shell('a script without end, or one that doubles a text again and again, ends here', () => {
  const world = {args: ['configure', '1'], exists: () => undefined};
  assert.equal(followScript(`${START}again() { again; again; }\nagain\n`, world), []);
  const doubling = `a=xxxxxxxx\n${'a=$a$a\n'.repeat(100)}`;
  assert.equal(followScript(START + doubling, world), []);
});

shell('an init script is left to the unit of its name', () => {
  const text = `${START}invoke-rc.d --skip-systemd-native app restart || true\n`;
  const called = (paths: readonly string[]) =>
    followScript(text, {args: ['configure', '1'], exists: (path) => paths.includes(path) || undefined});
  assert.is(called([])?.length, 1);
  assert.is(called(['/usr/lib/systemd/system/app.service'])?.length, 0);
});

shell.run();
