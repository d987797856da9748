import {execFileSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseIni} from '../../lib/formats/ini.js';

const ini = suite('formats/ini');

const TEXT = `# comment
[metadata]
Name = warehouse
version: 1.0
description = long
    text
    # comment inside
    more
url=https://example.org/?a=b

[options]
install_requires =
    fxwsgi>=1.2
    fxyaml ; python_version > "3"
`;

ini('a file is read as configparser reads it', () => {
  const script = [
    'import sys, json, configparser',
    'parser = configparser.RawConfigParser()',
    'parser.read_string(sys.stdin.read())',
    'print(json.dumps({name: dict(parser[name]) for name in parser.sections()}))',
  ].join('\n');
  const asked = JSON.parse(execFileSync('/usr/bin/python3', ['-c', script], {input: TEXT, encoding: 'utf8'}));
  const given = Object.fromEntries(
    [...parseIni(TEXT)].map(([name, keys]) => [name, Object.fromEntries(keys)]),
  );
  assert.equal(given, asked);
});

ini('keys keep their case where they are names of commands', () => {
  const sections = parseIni('[console_scripts]\nMyTool = my.tool:main\n', {keepCase: true});
  assert.equal([...(sections.get('console_scripts') ?? [])], [['MyTool', 'my.tool:main']]);
});

ini('lines before the first section are left out', () => {
  assert.is(parseIni('a = 1\n  b\n').size, 0);
});

ini.run();
