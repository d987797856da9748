import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {runFilters, splitPipe} from '../../lib/formats/text-filters.js';
import {inFolder} from '../helpers/suite.js';

const filters = suite('formats/text-filters');

const TEXT = `Source: app
Version: 1:2.0~rc1+ds-3~deb12
Distribution: bookworm stable
Maintainer: Jo Doe <jo@example.org>
`;

const PIPES: readonly string[] = [
  "grep '^Version:'",
  'grep ^Version: | cut -d" " -f2',
  'grep -i VERSION | cut -f 2- -d : | tr -d " "',
  "grep -v '^[SV]' | head -n1",
  'grep -c Dist',
  "grep -iscm1 'e'",
  "grep -oE '[0-9]+[.][0-9]+' | tail -n 1",
  "grep -e Source -e Version | sed 's/x/y/'",
  "grep Version: | sed -re 's/[^0-9]+([^-]+).*/\\1/'",
  "sed -rne 's,^Version: ([^+-]+).*,\\1,p'",
  "sed -n 's/^Version: \\(.*\\)-.*$/\\1/p'",
  "sed -e 's|o|[&]|g'",
  "sed 's/o+/\\\\/'",
  "sed -E 's/(o)(r)?/<\\2\\1>/'",
  "awk '/^Version/ {print $2}'",
  "awk -F: '/Version:/{print $2}' | tr -d ' '",
  "awk '{ print $2 }' | head -2",
  'head -1 | tr -d "\\n"',
  'head -n 3 | tail -1',
  'cut -c 1',
  "sed 's/[]o]/x/'",
  "sed 's/\\bo/x/'",
  'sed -n 2p',
  'sort',
  'tr a-z A-Z',
  "awk '{print NR}'",
];

/** Those that are left to whoever asked: they could be run, but not told. */
const LEFT = [2, 7, 20, 21, 22, 23, 24, 25];

for (const [index, pipe] of PIPES.entries()) {
  const isLeft = LEFT.includes(index);
  filters(`${isLeft ? 'leaves alone' : 'reads as the programs do'}: ${pipe}`, () => {
    const found = runFilters(splitPipe(pipe), TEXT, () => undefined);
    const options = {
      input: TEXT,
      encoding: 'utf8',
      env: {PATH: process.env.PATH, LC_ALL: 'C.UTF-8'},
    } as const;
    assert.is(found, isLeft ? undefined : execFileSync('sh', ['-c', pipe], options));
  });
}

filters('the first reads the files that it names', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'needs.txt'), 'one==1\ntwo==2\n');
    const read = (path: string) => (path === 'needs.txt' ? 'one==1\ntwo==2\n' : undefined);
    for (const pipe of [
      'cat needs.txt',
      "grep two== needs.txt | cut -d '=' -f3",
      "cut -d '=' -f3 needs.txt",
      'head -n 1 needs.txt',
      "sed -ne 's/^one==//p' needs.txt",
      "awk -F = '{print $1}' needs.txt",
    ]) {
      const printed = execFileSync('sh', ['-c', pipe], {cwd: folder, encoding: 'utf8'});
      assert.is(runFilters(splitPipe(pipe), undefined, read), printed, pipe);
    }
    assert.is(runFilters(['cat needs.txt', 'cat needs.txt'], undefined, read), undefined);
    assert.is(runFilters(['cat other.txt'], undefined, read), undefined);
    assert.is(runFilters(['grep x'], undefined, read), undefined);
  }),
);

filters('pipes in quotes divide nothing', () => {
  assert.equal(splitPipe(`one 'a|b' "c|d" e\\|f | two`), [`one 'a|b' "c|d" e\\|f`, 'two']);
});

filters.run();
