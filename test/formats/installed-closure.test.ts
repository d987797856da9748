import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {installedClosure, relationNames} from '../../lib/formats/installed-closure.js';
import {inFolder, throws} from '../helpers/suite.js';

const closure = suite('formats/installed-closure');

closure('relations give the names of all alternatives', () =>
  assert.equal(relationNames('a (>= 1), b:any | c [amd64] <!nocheck>,\n d,'), ['a', 'b', 'c', 'd']),
);

closure('what is no name is passed over', () =>
  assert.equal(relationNames(`\${misc:Depends}, a, (>= 1)`), ['a']),
);

closure('a database that cannot be read is an error', () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'status'));
    throws(() => installedClosure(['a'], folder), 'E_IO', /reading dpkg's database/);
  }),
);

const STATUS = `Package: top
Status: install ok installed
Version: 1
Architecture: amd64
Depends: left (>= 1), virtual | absent
Pre-Depends: base

Package: left
Status: install ok installed
Version: 2
Architecture: all
Depends: top

Package: base
Status: install ok installed
Version: 3
Architecture: amd64

Package: base
Status: install ok installed
Version: 3
Architecture: i386

Package: provider
Status: hold ok installed
Version: 4
Architecture: amd64
Provides: virtual (= 4), other

Package: absent
Status: deinstall ok config-files
Version: 5
Architecture: amd64

Package: apart
Status: install ok installed
Version: 6
Architecture: amd64
`;

closure(
  'circles, virtual packages and several architectures are followed; what is not installed is left out',
  () =>
    inFolder(async (folder) => {
      await mkdir(folder, {recursive: true});
      await writeFile(join(folder, 'status'), STATUS);
      const found = installedClosure(['top', 'nothing'], folder);
      assert.equal(
        found.map(({package: name, version, architecture}) => `${name} ${version} ${architecture}`),
        ['base 3 amd64', 'base 3 i386', 'left 2 all', 'provider 4 amd64', 'top 1 amd64'],
      );
      assert.equal(installedClosure(['top'], join(folder, 'nowhere')), []);
    }),
);

closure('versions are those that dpkg-query tells', async () => {
  const found = installedClosure(['bash']);
  assert.ok(found.length > 3);
  for (const {package: name, version, architecture} of found) {
    const {stdout} = await execa('dpkg-query', ['-W', `${name}:${architecture}`]);
    assert.is(stdout.split('\t')[1], version, name);
  }
});

closure.run();
