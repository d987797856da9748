import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {cli} from '../helpers/suite.js';

const bundle = suite('bin/bundle');
const folder = dirname(cli);
const read = (file: string): string => readFileSync(join(folder, file), 'utf8');

/** A file of the bundle and all that is loaded with it. */
function loaded(file: string, before = new Set<string>()): ReadonlySet<string> {
  if (before.has(file)) return before;
  before.add(file);
  if (!file.startsWith('./')) return before;
  for (const [, other = ''] of read(file).matchAll(/^(?:import|export)\b[^\n]*?"((?:\.\/)?[^"\n]+)";$/gm))
    loaded(other, before);
  return before;
}

/** What a command loads before it knows what to do. */
function loadedBy(exported: string): readonly string[] {
  const main = readdirSync(folder).find((name) => /^main-.*\.js$/.test(name)) ?? '';
  const own = new RegExp(`import\\("(\\./[^"]+)"\\)\\)\\.${exported}\\b`).exec(read(main))?.[1];
  assert.ok(own, exported);
  return [...new Set([...loaded('./mkvenvdeb.js'), ...loaded(`./${main}`), ...loaded(own as string)])];
}

for (const exported of ['inspectCommand', 'addCommand', 'diffCommand', 'listCommand'])
  bundle(`${exported} starts from few files, without what runs programs or is seldom wanted`, () => {
    const all = loadedBy(exported);
    const ours = all.filter((name) => name.startsWith('./'));
    assert.ok(ours.length >= 5 && ours.length <= 13, ours.join(' '));
    const others = all.filter((name) => !name.startsWith('./') && !name.startsWith('node:'));
    assert.equal(others, [], 'packages that are not in the bundle');
    assert.equal(
      ours.filter((name) => name.startsWith('./execa')),
      [],
    );
  });

bundle('execa is in the bundle, for who runs a program', () => {
  assert.is(readdirSync(folder).filter((name) => /^execa-.*\.js$/.test(name)).length, 1);
});

bundle('the version is told from two files', () => {
  assert.is([...loaded('./mkvenvdeb.js')].filter((name) => name.startsWith('./')).length, 2);
});

bundle.run();
