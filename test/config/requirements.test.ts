import {writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readRequirements} from '../../lib/config/requirements.js';
import {inFolder, rejects} from '../helpers/suite.js';

const requirements = suite('config/requirements');

const reading = (files: Readonly<Record<string, string>>) =>
  inFolder(async (folder) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const entries = await readRequirements(
      {
        requirements: [join(folder, 'main.txt')],
        constraints: 'limits.txt' in files ? [join(folder, 'limits.txt')] : [],
      },
      {TOKEN: 'x'},
    );
    return entries.map(({file, line, constraint, text}) => [basename(file), line, constraint, text]);
  });

requirements(
  'included files are followed, each once, and what constraints include are constraints',
  async () => {
    assert.equal(
      await reading({
        'main.txt': '-r more.txt\nflask\n-c limits.txt\n',
        'more.txt': 'click\n-r main.txt\n',
        'limits.txt': 'werkzeug<3\n-r more.txt\n',
      }),
      [
        ['main.txt', 1, false, '-r more.txt'],
        ['more.txt', 1, false, 'click'],
        ['more.txt', 2, false, '-r main.txt'],
        ['main.txt', 2, false, 'flask'],
        ['main.txt', 3, false, '-c limits.txt'],
        ['limits.txt', 1, true, 'werkzeug<3'],
        ['limits.txt', 2, true, '-r more.txt'],
        ['more.txt', 1, true, 'click'],
        ['more.txt', 2, true, '-r main.txt'],
        ['main.txt', 1, true, '-r more.txt'],
        ['main.txt', 2, true, 'flask'],
        ['main.txt', 3, true, '-c limits.txt'],
      ],
    );
  },
);

requirements('a file behind a URL is left to pip', async () => {
  const text = '-r https://example.org/more.txt';
  assert.equal(await reading({'main.txt': text}), [['main.txt', 1, false, text]]);
});

requirements('everything that cannot be packed is named at once', async () => {
  await rejects(
    reading({'main.txt': '-e .\n-r absent.txt\n-e git+https://example.org/x.git\n'}),
    'E_OPTION',
    /3 problems\n.*main\.txt:1: Editable requirement: mkvenvdeb-test-.*\n.*:2: Included file does not exist: .*\n.*:3: Editable requirement: git\+https/,
  );
});

requirements('a file that cannot be read is an error of the system', async () => {
  await rejects(
    readRequirements({requirements: ['/proc'], constraints: []}),
    'E_IO',
    /while reading requirements/,
  );
});

requirements.run();
