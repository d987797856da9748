import {execFileSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {MkvenvdebError} from '../../lib/errors.js';
import {parseCoreMetadata, parsePerson, people} from '../../lib/formats/core-metadata.js';

const metadata = suite('formats/core-metadata');

const FULL = `Metadata-Version: 2.4
Name: Fx_Dash.Dot
Version: 2.1
Summary: Joins words
Home-page: UNKNOWN
Project-URL: Source, https://example.org/source
Project-URL: Homepage, https://example.org/
Author: Jo Doe
Author-email: jo@example.org
Maintainer-email: "Doe, Al" <al@example.org>, Bo <bo@example.org>
License-Expression: MIT AND Apache-2.0
License-File: LICENSE
License-File: licenses/NOTICE
Classifier: Programming Language :: Python :: 3
Requires-Dist: fxwsgi>=1.2
Requires-Dist: fxyaml; extra == "yaml"
Provides-Extra: yaml
Dynamic: Description
License: first line
        second line

# Fx

Words: joined
`;

metadata('every field that we use is read', () => {
  assert.equal(parseCoreMetadata(FULL), {
    name: 'Fx_Dash.Dot',
    version: '2.1',
    summary: 'Joins words',
    homepage: 'https://example.org/',
    projectUrls: [
      {label: 'Source', url: 'https://example.org/source'},
      {label: 'Homepage', url: 'https://example.org/'},
    ],
    authors: [{name: 'Jo Doe', email: 'jo@example.org'}],
    maintainers: [
      {name: 'Doe, Al', email: 'al@example.org'},
      {name: 'Bo', email: 'bo@example.org'},
    ],
    licenseExpression: 'MIT AND Apache-2.0',
    license: 'first line\nsecond line',
    licenseFiles: ['LICENSE', 'licenses/NOTICE'],
    classifiers: ['Programming Language :: Python :: 3'],
    requiresDist: ['fxwsgi>=1.2', 'fxyaml; extra == "yaml"'],
    providesExtras: ['yaml'],
    dynamic: ['description'],
    description: '# Fx\n\nWords: joined',
  });
});

metadata('headers are read as the email module of Python reads them', () => {
  const script = [
    'import sys, json, email.parser',
    'message = email.parser.Parser().parsestr(sys.stdin.read())',
    'print(json.dumps([message["Name"], message.get_all("Requires-Dist"), message.get_payload().strip()]))',
  ].join('\n');
  const asked = JSON.parse(execFileSync('/usr/bin/python3', ['-c', script], {input: FULL, encoding: 'utf8'}));
  const read = parseCoreMetadata(FULL);
  assert.equal([read.name, read.requiresDist, read.description], asked);
});

metadata('a folded description of old metadata is unfolded', () => {
  const text = 'Name: x\nVersion: 1\nDescription: Title\n        \n        Text\n       |bar\n';
  assert.is(parseCoreMetadata(text).description, 'Title\n\nText\nbar');
});

metadata('CRLF and a byte order mark do no harm', () => {
  const read = parseCoreMetadata('\uFEFFName: x\r\nVersion: 1\r\n\r\nbody\r\n');
  assert.equal([read.name, read.version, read.description], ['x', '1', 'body']);
});

for (const [text, message] of [
  ['Version: 1\n', /No name in core metadata: x\/PKG-INFO/],
  ['Name: x\n', /No version in core metadata/],
  ['\nName: x\nVersion: 1\n', /No name/],
  ['', /No name/],
] as const) {
  metadata(`${JSON.stringify(text)} is refused`, () => {
    assert.throws(
      () => parseCoreMetadata(text, 'x/PKG-INFO'),
      (error: unknown) =>
        error instanceof MkvenvdebError && error.code === 'E_FORMAT' && message.test(error.message),
    );
  });
}

for (const [text, wanted] of [
  ['Jo Doe <jo@example.org>', {name: 'Jo Doe', email: 'jo@example.org'}],
  ['"Doe, \\"Jo\\"" <jo@example.org>', {name: 'Doe, "Jo"', email: 'jo@example.org'}],
  ['jo@example.org', {email: 'jo@example.org'}],
  ['<jo@example.org>', {email: 'jo@example.org'}],
  ['Jo Doe', {name: 'Jo Doe'}],
] as const) {
  metadata(`${text} is read as a person`, () => assert.equal(parsePerson(text), wanted));
}

metadata('names without addresses stay people', () => {
  assert.equal(people('Jo, Al', undefined), [{name: 'Jo'}, {name: 'Al'}]);
  assert.equal(people(undefined, undefined), []);
});

metadata.run();
