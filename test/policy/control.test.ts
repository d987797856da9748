import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {ControlFields} from '../../lib/policy/control.js';
import {formatControl} from '../../lib/policy/control.js';
import {describeProject} from '../../lib/policy/description.js';
import {inFolder, throws} from '../helpers/suite.js';

const control = suite('policy/control');

const FIELDS: ControlFields = {
  package: 'warehouse',
  version: '1:14.2.1-1',
  architecture: 'amd64',
  maintainer: 'Jörg Doe <jo@example.org>',
  installedSize: 1234,
  section: 'python',
  priority: 'optional',
  homepage: 'https://example.org/warehouse',
  description: 'Python package index\nLonger text.\n\n  * as it is',
  preDepends: ['dpkg (>= 1.19)'],
  depends: ['pypy3 (>= 7.3.11), pypy3 (<< 7.3.17~)', 'libpq5', 'libc6 [amd64]', 'libc6.1 [alpha]', 'libpq5'],
  recommends: ['nginx | apache2'],
  suggests: ['postgresql'],
  enhances: ['pip1'],
  conflicts: ['old1'],
  breaks: ['older1 (<< 2)'],
  replaces: ['older1 (<< 2)'],
  provides: ['index1 (= 1)'],
};

const TEXT = `Package: warehouse
Version: 1:14.2.1-1
Architecture: amd64
Maintainer: Jörg Doe <jo@example.org>
Installed-Size: 1234
Pre-Depends: dpkg (>= 1.19)
Depends: libc6, libpq5, pypy3 (<< 7.3.17~), pypy3 (>= 7.3.11)
Recommends: nginx | apache2
Suggests: postgresql
Enhances: pip1
Conflicts: old1
Breaks: older1 (<< 2)
Replaces: older1 (<< 2)
Provides: index1 (= 1)
Section: python
Priority: optional
Homepage: https://example.org/warehouse
Description: Python package index
 Longer text.
 .
   * as it is
`;

control('writes every field', () => assert.is(formatControl(FIELDS), TEXT));

const {package: name, version, architecture, maintainer, installedSize, section, priority} = FIELDS;
const FEW: ControlFields = {
  ...{package: name, version, architecture, maintainer, installedSize, section, priority},
  description: 'short',
};

control('leaves out what is empty', () =>
  assert.is(
    formatControl({...FEW, depends: ['', 'x1 [s390x]']}),
    `Package: warehouse
Version: 1:14.2.1-1
Architecture: amd64
Maintainer: Jörg Doe <jo@example.org>
Installed-Size: 1234
Section: python
Priority: optional
Description: short
`,
  ),
);

control('the order of fields is the one of dpkg', async () => {
  const script = `use Dpkg::Control; my $c = Dpkg::Control->new(type => CTRL_PKG_DEB);
    $c->parse(\\*STDIN, "x"); delete $$c{in_order}; print "$c"`;
  const {stdout} = await execa('perl', ['-e', script], {input: TEXT, env: {LC_ALL: 'C'}});
  assert.is(`${stdout}\n`, TEXT);
});

const buildDeb = async (folder: string, text: string) => {
  await mkdir(join(folder, 'tree/DEBIAN'), {recursive: true});
  await writeFile(join(folder, 'tree/DEBIAN/control'), text);
  const file = join(folder, 'x.deb');
  const {stderr} = await execa('dpkg-deb', ['-Znone', '--build', join(folder, 'tree'), file]);
  assert.is(stderr, '');
  return file;
};

control('dpkg-deb reads back what was written, without a warning', () =>
  inFolder(async (folder) => {
    const file = await buildDeb(folder, TEXT);
    assert.is((await execa('dpkg-deb', ['-f', file], {stripFinalNewline: false})).stdout, TEXT);
    assert.is((await execa('dpkg-deb', ['-f', file, 'Depends'])).stdout, /^Depends: (.*)$/m.exec(TEXT)?.[1]);
  }),
);

for (const [title, change, message] of [
  ['a name in capitals', {package: 'Warehouse'}, /Package is not valid: "Warehouse"/],
  ['a name of one letter', {package: 'w'}, /Package/],
  ['an empty name', {package: ''}, /Package/],
  ['a version that is none', {version: 'v1'}, /Version/],
  ['an empty version', {version: ''}, /Version/],
  ['an empty architecture', {architecture: ''}, /Architecture/],
  ['an architecture that is none', {architecture: 'x86_64'}, /Architecture/],
  ['a maintainer without address', {maintainer: 'Jo'}, /Maintainer/],
  ['a carriage return inside the maintainer', {maintainer: 'Jo\rX: y <jo@example.org>'}, /Maintainer/],
  ['an empty maintainer', {maintainer: ''}, /Maintainer/],
  ['a size that is none', {installedSize: Number.NaN}, /Installed-Size/],
  ['a size below zero', {installedSize: -1}, /Installed-Size/],
  ['an empty section', {section: ''}, /Section/],
  ['an empty priority', {priority: ''}, /Priority/],
  ['an empty homepage', {homepage: ''}, /Homepage/],
  ['an empty description', {description: ' \n '}, /Description/],
  ['a control character in the description', {description: 'a\u0007b'}, /Description/],
  ['a carriage return in the description', {description: 'a\rb\nx'}, /Description/],
  ['a relation that is none', {depends: ['a1 (> 1)']}, /Depends is not a list/],
  ['alternatives where there are none', {conflicts: ['a1 | b1']}, /Conflicts is not a list/],
] as const) {
  control(`refuses ${title}`, () => {
    throws(() => formatControl({...FIELDS, ...change}), 'E_OPTION', message);
  });
}

for (const key of [
  'package',
  'version',
  'architecture',
  'maintainer',
  'section',
  'priority',
  'homepage',
] as const) {
  for (const injected of ['\nX-Evil: yes', '\n\nPackage: evil', '\rX: y', '\n continued']) {
    control(`refuses ${JSON.stringify(injected)} in ${key}`, () => {
      throws(
        () => formatControl({...FIELDS, [key]: `${FIELDS[key]}${injected}`}),
        'E_OPTION',
        /is not valid/,
      );
    });
  }
}

control('lists every problem at once', () => {
  const fields = {...FIELDS, package: 'X', version: '', depends: ['A'], breaks: ['B']};
  const error = throws(() => formatControl(fields), 'E_OPTION', /Package is not valid/);
  assert.is(error.issues.length, 4);
});

control('lintian has nothing to say on a description from metadata', () =>
  inFolder(async (folder) => {
    const summaries = [
      'A warehouse.',
      'warehouse: an index',
      'Warehouse-like thing',
      undefined,
      'long words '.repeat(20),
    ];
    const files: string[] = [];
    for (const [index, summary] of summaries.entries()) {
      const description = describeProject({
        ...{package: name, project: name, version: '14.2.1', summary},
        ...{prefix: '/opt/warehouse', interpreter: 'PyPy 3.9'},
      });
      files.push(await buildDeb(join(folder, String(index)), formatControl({...FEW, description})));
    }
    const options = {env: {LC_ALL: 'C'}, reject: false};
    const {stdout} = await execa('lintian', ['--display-info', '--allow-root', ...files], options);
    assert.equal(
      stdout.split('\n').filter((line) => /description|synopsis/.test(line)),
      [],
    );
    assert.match(stdout, 'no-copyright-file');
  }),
);

control.run();
