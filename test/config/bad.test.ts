import {readdirSync} from 'node:fs';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {loadConfig} from '../../lib/config/load.js';
import {readProject} from '../../lib/config/project.js';
import {readRequirements} from '../../lib/config/requirements.js';
import {exitCodeFor} from '../../lib/errors.js';
import {badProjects} from '../helpers/bad-projects.js';
import {fixture, rejects} from '../helpers/suite.js';

const bad = suite('config/bad');

const list = (folder: string) => readdirSync(folder, {recursive: true, encoding: 'utf8'}).sort();

async function read(folder: string): Promise<void> {
  const config = await loadConfig({project: folder, cwd: fixture('bad')});
  await readProject(config);
  await readRequirements(config);
}

for (const [folder, message] of badProjects) {
  bad(`${folder} is refused`, async () => {
    const before = list(fixture('bad', folder));
    const error = await rejects(read(fixture('bad', folder)), 'E_OPTION', message);
    assert.is(exitCodeFor(error), 2);
    assert.not.match(error.message, /\.$|^Error/);
    assert.equal(list(fixture('bad', folder)), before);
  });
}

bad('every folder is in the table', () => {
  assert.equal(readdirSync(fixture('bad')).sort(), badProjects.map(([folder]) => folder).sort());
});

bad.run();
