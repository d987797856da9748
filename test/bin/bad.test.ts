import {readdirSync} from 'node:fs';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {badProjects} from '../helpers/bad-projects.js';
import {runCli} from '../helpers/cli.js';
import {fixture, inFolder} from '../helpers/suite.js';

const bad = suite('bin/bad');

const list = () => readdirSync(fixture('bad'), {recursive: true, encoding: 'utf8'}).sort();

for (const [folder, message] of badProjects) {
  bad(`building ${folder} exits with 2 and writes nothing`, () =>
    inFolder(async (out) => {
      const before = list();
      const args = ['build', folder, '--out', `${out}/deb`, '--work-dir', out, '--json'];
      const {exitCode, stdout, stderr} = await runCli(args, {cwd: fixture('bad')});
      const error = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '');
      assert.is(exitCode, 2, stderr);
      assert.match(`${error.message}\n${error.issues.join('\n')}\n${error.hint ?? ''}`, message);
      assert.is(stdout, '');
      assert.equal(readdirSync(out), []);
      assert.equal(list(), before);
    }),
  );
}

bad.run();
