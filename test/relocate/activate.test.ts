import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type ActivationPaths, relocateActivation} from '../../lib/relocate/activate.js';

const test = suite('activation scripts');

const paths: ActivationPaths = {
  spellings: ['/build/opt/app'],
  prefix: `/opt/it's here`,
  stagedName: 'app',
  promptName: 'app',
};

/** File, line, what it becomes for a prefix that has to be quoted. */
const cases: readonly (readonly [string, string, string])[] = [
  ['activate', 'VIRTUAL_ENV=/build/opt/app', `VIRTUAL_ENV='/opt/it'"'"'s here'`],
  ['activate', `VIRTUAL_ENV='/build/opt/app'`, `VIRTUAL_ENV='/opt/it'"'"'s here'`],
  ['activate', '$(cygpath /build/opt/app)', `$(cygpath '/opt/it'"'"'s here')`],
  ['activate.fish', 'set -gx VIRTUAL_ENV /build/opt/app', `set -gx VIRTUAL_ENV '/opt/it'"'"'s here'`],
  ['activate', '"/build/opt/app/bin"', `"/opt/it's here/bin"`],
  ['activate', '# /build/opt/apple', '# /build/opt/apple'],
  ['activate', '# /build/opt/app-2', '# /build/opt/app-2'],
];

for (const [file, given, wanted] of cases) {
  test(`${file}: ${given}`, () => assert.is(relocateActivation(given, file, paths), wanted));
}

test('the prompt is only changed where the name of the folder stands', () => {
  const named = {...paths, promptName: 'shown'};
  for (const [given, wanted] of [
    [`PS1='(app) '"\${PS1:-}"`, `PS1='(shown) '"\${PS1:-}"`],
    ['VIRTUAL_ENV_PROMPT=app', 'VIRTUAL_ENV_PROMPT=shown'],
    [`PS1="("'app'") \${PS1:-}"`, `PS1="("shown") \${PS1:-}"`],
    ['app=1 # the app', 'app=1 # the app'],
    ['VIRTUAL_ENV_PROMPT=apple', 'VIRTUAL_ENV_PROMPT=apple'],
    ['PS1="(apple) "', 'PS1="(apple) "'],
  ] as const) {
    assert.is(relocateActivation(given, 'activate', named), wanted);
  }
});

test.run();
