import {readFileSync} from 'node:fs';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseStanzas} from '../../lib/formats/stanza.js';
import type {DistributionDetails} from '../../lib/model.js';
import {packDeb} from '../../lib/pack-deb.js';
import {makeCopyright, readCopyright} from '../../lib/policy/copyright.js';
import {filePatterns} from '../../lib/policy/copyright-files.js';
import {readClassifiers, readExpression, readFreeName} from '../../lib/policy/licence-names.js';
import {copyrightStatements, recogniseLicence} from '../../lib/policy/licence-texts.js';
import {inFolder, rejects, root, skip} from '../helpers/suite.js';

const copyright = suite('policy/copyright');

/** SPDX, Debian. */
for (const [spdx, wanted] of [
  ['MIT', 'Expat'],
  ['BSD-3-Clause', 'BSD-3-clause'],
  ['Apache-2.0', 'Apache-2.0'],
  ['GPL-2.0-only', 'GPL-2'],
  ['GPL-2.0-or-later', 'GPL-2+'],
  ['GPL-2.0+', 'GPL-2+'],
  ['LGPL-2.1-or-later', 'LGPL-2.1+'],
  ['AGPL-3.0-only', 'AGPL-3'],
  ['MIT OR Apache-2.0', 'Expat or Apache-2.0'],
  ['MIT AND (Apache-2.0 OR BSD-2-Clause)', 'Apache-2.0 or BSD-2-clause, and Expat'],
  ['MIT OR Apache-2.0 AND ISC', 'Expat or Apache-2.0 and ISC'],
  ['GPL-2.0-or-later WITH Classpath-exception-2.0', 'GPL-2+ with Classpath-2.0 exception'],
  ['ZPL-2.1', 'Zope-2.1'],
  ['LicenseRef-Own', 'LicenseRef-Own'],
] as const) {
  copyright(`${spdx} is ${wanted}`, () => assert.is(readExpression(spdx)?.debian, wanted));
}

for (const [text, wanted] of [
  ['MIT', 'MIT'],
  ['MIT License', 'MIT'],
  ['The MIT License.', 'MIT'],
  ['mit', 'MIT'],
  ['Apache 2.0', 'Apache-2.0'],
  ['Apache License, Version 2.0', 'Apache-2.0'],
  ['3-Clause BSD License', 'BSD-3-Clause'],
  ['GPLv3+', 'GPL-3.0-or-later'],
  ['LGPL-3.0-or-later', 'LGPL-3.0-or-later'],
  ['BSD', undefined],
  ['Proprietary', undefined],
  ['GPL', undefined],
  ['MIT\nPermission is hereby granted', undefined],
  ['', undefined],
] as const) {
  copyright(`"${text.split('\n')[0]}" in License means ${wanted ?? 'nothing certain'}`, () =>
    assert.is(readFreeName(text)?.spdx, wanted),
  );
}

for (const [names, wanted] of [
  [['OSI Approved :: MIT License'], 'MIT'],
  [['OSI Approved', 'OSI Approved :: MIT License'], 'MIT'],
  [['OSI Approved :: BSD License'], undefined],
  [['OSI Approved :: MIT License', 'OSI Approved :: Apache Software License'], undefined],
  [['Other/Proprietary License'], undefined],
  [[], undefined],
] as const) {
  copyright(`classifiers ${names.join(' and ') || '(none)'} mean ${wanted ?? 'nothing certain'}`, () =>
    assert.is(readClassifiers(names.map((name) => `License :: ${name}`))?.spdx, wanted),
  );
}

copyright('the full texts that Debian systems have are recognised', () => {
  for (const [file, wanted] of [
    ['Apache-2.0', 'Apache-2.0'],
    ['GPL-2', 'GPL-2.0-only'],
    ['GPL-3', 'GPL-3.0-only'],
    ['LGPL-2.1', 'LGPL-2.1-only'],
    ['LGPL-3', 'LGPL-3.0-only'],
    ['MPL-2.0', 'MPL-2.0'],
    ['CC0-1.0', 'CC0-1.0'],
    ['BSD', 'BSD-3-Clause'],
  ] as const) {
    assert.is(recogniseLicence(readFileSync(`/usr/share/common-licenses/${file}`, 'utf8')), wanted, file);
  }
});

copyright('the licences of our own npm packages are recognised as what they say', () => {
  for (const name of ['execa', 'semver', 'fs-extra', 'uvu', 'typescript', 'yaml', 'smol-toml']) {
    const folder = join(root, 'node_modules', name);
    for (const file of ['LICENSE', 'license', 'LICENSE.txt', 'license.md']) {
      let text: string;
      try {
        text = readFileSync(join(folder, file), 'utf8');
      } catch {
        continue;
      }
      const {license} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      assert.is(recogniseLicence(text), license, name);
    }
  }
});

copyright('statements of copyright are found, those of licence texts are not', () => {
  const text = [
    'Copyright (c) 2020-2024, Jo Doe <jo@example.org>. All rights reserved.',
    ' * Copyright © Al',
    '# (C) 2019 Eve',
    'Copyright 2018 The Authors',
    'Copyright (C) 2007 Free Software Foundation, Inc. <https://fsf.org/>',
    'Copyright [yyyy] [name of copyright owner]',
    'The above copyright notice and this permission notice shall be included',
    'copyright holders or contributors be liable for any claim',
    '(c) You must retain, in the source',
  ].join('\n');
  assert.equal(copyrightStatements(text), [
    '2020-2024, Jo Doe <jo@example.org>.',
    'Al',
    '2019 Eve',
    '2018 The Authors',
  ]);
});

const MIT = (who: string) => `MIT License

Copyright (c) ${who}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software to deal in it.

The above copyright notice and this permission notice shall be included in all copies.
`;
const BSD = (who: string) => `Copyright (c) 2021 ${who}

Redistribution and use in source and binary forms are permitted.

Redistributions in binary form must reproduce the above.

Neither the name of ${who} nor of anybody else may endorse or promote it.
`;

const distribution = (name: string, more: Partial<DistributionDetails> = {}): DistributionDetails => ({
  name,
  normalizedName: name,
  version: '1.0',
  distInfo: `lib/x/site-packages/${name}-1.0.dist-info`,
  classifiers: [],
  licenseFiles: [],
  people: [],
  requires: [],
  isProject: false,
  ...more,
});
const file = (text: string, name = 'LICENSE') => ({licenseFiles: [{name, text}]});

const made = (...distributions: DistributionDetails[]) =>
  makeCopyright({
    name: 'thing',
    maintainer: 'Jo Doe <jo@example.org>',
    seconds: 1_700_000_000,
    distributions,
    filesOf: (name) => [`opt/thing/${name}/*`],
  });
const stanzas = (...distributions: DistributionDetails[]) =>
  parseStanzas(made(...distributions).text, 'copyright').map((one) => Object.fromEntries(one));

copyright('equal texts of different people are one paragraph, other words get one of their own', () => {
  const [, project, ...rest] = stanzas(
    distribution('app', {isProject: true, ...file(MIT('2020 Jo Doe'))}),
    distribution('one', file(MIT('2021 Al'))),
    distribution('two', file(BSD('Al'))),
    distribution('three', file(BSD('Eve'))),
    distribution('four', {licenseExpression: 'MIT'}),
  );
  assert.equal([project?.Files, project?.Copyright, project?.License], ['*', '2020 Jo Doe', 'Expat']);
  assert.equal(
    rest.filter((one) => one.Files).map((one) => [one.Files, one.Copyright, one.License]),
    [
      ['opt/thing/one/*', '2021 Al', 'Expat'],
      ['opt/thing/two/*', '2021 Al', 'BSD-3-clause'],
      ['opt/thing/three/*', '2021 Eve', 'BSD-3-clause~three'],
      ['opt/thing/four/*', '2023 the authors of four', 'Expat'],
    ],
  );
  const titles = rest.filter((one) => !one.Files).map((one) => one.License?.split('\n')[0]);
  assert.equal(titles, ['Expat', 'BSD-3-clause', 'BSD-3-clause~three']);
  assert.match(rest.at(-3)?.License ?? '', /\n Permission is hereby granted.*\n \.\n The above/);
});

copyright('a full text that every Debian system has is named and not repeated', () => {
  const gpl = readFileSync('/usr/share/common-licenses/GPL-3', 'utf8');
  const {text} = made(
    distribution('app', {isProject: true, licenseExpression: 'GPL-3.0-or-later', ...file(gpl)}),
    distribution('two', {
      licenseExpression: 'MIT',
      licenseFiles: [
        {name: 'A', text: MIT('2020 A')},
        {name: 'B', text: gpl},
      ],
    }),
    distribution('three', {licenseExpression: 'BSD-3-Clause', ...file(`${BSD('Al')}\nParts:\n\n${gpl}`)}),
  );
  assert.ok(text.length < 6000, `${text.length}`);
  assert.match(text, /^License: GPL-3\+\n On Debian systems.*common-licenses\/GPL-3\.$/m);
  assert.match(text, /^ B:\n \.\n GPL-3: \/usr\/share\/common-licenses\/GPL-3$/m);
});

copyright('what comes with several licences has all of their texts', () => {
  const [, project, ...rest] = stanzas(
    distribution('app', {
      isProject: true,
      licenseExpression: 'MIT AND BSD-3-Clause',
      licenseFiles: [
        {name: 'licenses/LICENSE', text: MIT('2020 Jo')},
        {name: 'licenses/vendor/LICENSE', text: BSD('Al')},
        {name: 'licenses/NOTICE', text: 'Thanks.\n\n.hidden\n'},
      ],
    }),
  );
  assert.is(project?.License, 'Expat and BSD-3-clause');
  assert.is(project?.Copyright, '2020 Jo\n 2021 Al');
  assert.match(project?.Comment ?? '', /\n licenses\/NOTICE:\n \.\n Thanks\.\n \.\n {2}\.hidden$/);
  assert.equal(
    rest.map((one) => one.License?.split('\n')[0]),
    ['Expat', 'BSD-3-clause'],
  );
});

copyright('what says nothing certain is told, and packed as it is', () => {
  const {text, undetermined} = made(
    distribution('app', {isProject: true, license: 'Proprietary', people: ['Jo <jo@example.org>']}),
    distribution('one', file('Do what you like.\n')),
    distribution('two', {license: 'MIT'}),
  );
  assert.equal(undetermined, ['app 1.0', 'one 1.0']);
  assert.match(text, /^Copyright: 2023 Jo <jo@example\.org>$/m);
  assert.match(text, /^License: unknown-app\n All that app says of its licence: "Proprietary"$/m);
  assert.match(text, /^License: unknown-one\n Do what you like\.$/m);
});

copyright('a licence cannot begin a field or a paragraph of its own', () => {
  const text = `Mine.\n\nFiles: *\nLicense: Expat\r\n\u0085X: y\n\u000c\n`;
  const found = stanzas(distribution('app', {isProject: true, ...file(text), people: ['A\nLicense: b']}));
  assert.equal(
    found.map((one) => Object.keys(one).join()),
    ['Format,Upstream-Name,Comment', 'Files,Copyright,License,Comment', 'License'],
  );
});

copyright('folders of one distribution are named as a whole, shared ones file by file', () => {
  const site = 'lib/python3.11/site-packages';
  const owners = new Map([
    [`${site}/one/a.py`, 'one'],
    [`${site}/one/deep/b.py`, 'one'],
    [`${site}/ns/one/a.py`, 'one'],
    [`${site}/ns/two/b c*.py`, 'two'],
    [`${site}/ns/top.py`, 'two'],
    [`${site}/single.py`, 'two'],
    ['bin/one', 'one'],
  ]);
  const patterns = filePatterns({owners, prefix: '/opt/thing', sitePackages: site});
  const at = `opt/thing/${site}`;
  assert.equal(patterns.get('one'), ['opt/thing/bin/one', `${at}/ns/one/*`, `${at}/one/*`]);
  assert.equal(patterns.get('two'), [`${at}/ns/top.py`, `${at}/ns/two/*`, `${at}/single.py`]);
  const odd = filePatterns({owners: new Map([['bin/a b*', 'x']]), prefix: '/opt/t', sitePackages: site});
  assert.equal(odd.get('x'), ['opt/t/bin/a?b\\*']);
});

const FORMAT = 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n';

for (const [title, text, message] of [
  ['a paragraph that is none', `${FORMAT}\nFiles *\n`, /Copyright file is not valid: No field in line 3/],
  ['files without a licence', `${FORMAT}\nFiles: *\nCopyright: me\n`, /No License for Files: \*/],
  ['a paragraph without meaning', `${FORMAT}\nCopyright: me\n`, /Paragraph without Files and License/],
  ['nothing', '', /Copyright file is empty/],
  ['Latin-1', Buffer.from('\xe9', 'latin1'), /Copyright file is not UTF-8/],
] as const) {
  copyright(`refuses ${title} as a copyright file`, () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'copyright'), text);
      await rejects(readCopyright(join(folder, 'copyright')), 'E_PAYLOAD', message);
    }),
  );
}

copyright('a file in no format is taken as it is, and so is one with paragraphs', () =>
  inFolder(async (folder) => {
    for (const text of [
      'Copyright 2020 Jo Doe.\n',
      `${FORMAT}\nFiles: *\nCopyright: me\nLicense: X\n\nLicense: X\n y\n`,
    ]) {
      await writeFile(join(folder, 'copyright'), text);
      assert.is(await readCopyright(join(folder, 'copyright')), text);
    }
  }),
);

copyright('lintian finds nothing wrong with copyright and changelog', () =>
  inFolder(async (folder) => {
    const gpl = readFileSync('/usr/share/common-licenses/GPL-3', 'utf8');
    const apache = readFileSync('/usr/share/common-licenses/Apache-2.0', 'utf8');
    const {text} = made(
      distribution('app', {isProject: true, licenseExpression: 'GPL-3.0-or-later', ...file(gpl)}),
      distribution('one', file(MIT('2021 Al'))),
      distribution('two', {licenseExpression: 'BSD-3-Clause', ...file(`${BSD('Al')}\nParts:\n\n${gpl}`)}),
      distribution('three', {licenseExpression: 'Apache-2.0', ...file(apache)}),
    );
    await mkdir(join(folder, 'tree/usr/share/thing'), {recursive: true});
    await writeFile(join(folder, 'tree/usr/share/thing/file'), 'x');
    await writeFile(join(folder, 'copyright'), text);
    await writeFile(
      join(folder, 'CHANGELOG.md'),
      '## 1.2 - 2023-11-01\n- **All** of it is new\n\n## 1.1 - 2023-10-01\n- Less of it was new\n',
    );
    const {file: deb} = await packDeb({
      cwd: folder,
      folder: 'tree',
      package: 'thing',
      version: '1.2',
      maintainer: 'Jo Doe <jo@example.org>',
      description: [
        'Package that a test made',
        'It holds one file, which holds one letter, and is described in three lines of',
        'some length, because the judge of this test takes anything shorter for a text',
        'that was written in too much of a hurry to be of any use to its reader.',
      ].join('\n '),
      section: 'misc',
      copyright: 'copyright',
      changelog: 'CHANGELOG.md',
      sourceDateEpoch: 1_700_000_000,
    });
    const {stdout, code} = await execa('lintian', ['--no-cfg', '--display-info', '--pedantic', deb], {
      reject: false,
    });
    if (code === 'ENOENT') return skip('lintian', 'it is not installed');
    assert.is(stdout, '');
    const {stdout: listed} = await execa('dpkg-deb', ['-c', deb]);
    for (const name of ['changelog.Debian.gz', 'changelog.gz', 'copyright'])
      assert.match(listed, `/doc/thing/${name}`);
  }),
);

copyright.run();
