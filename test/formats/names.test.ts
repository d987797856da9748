import {execFileSync, spawnSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  hasControlCharacter,
  isDebianVersion,
  isDistributionName,
  isMaintainer,
  isNormalPath,
  isPackageName,
  isPythonVersion,
  normalizeName,
} from '../../lib/formats/names.js';
import {skip} from '../helpers/suite.js';

const names = suite('formats/names');

/** What dpkg says of each text; undefined where there is no dpkg. */
function askDpkg(option: string, text: string): boolean | undefined {
  const {status, error} = spawnSync('dpkg', [option, text], {encoding: 'utf8'});
  return error ? undefined : status === 0;
}

for (const [text, wanted] of [
  ['warehouse', true],
  ['python3.11', true],
  ['libstdc++6', true],
  ['0ad', true],
  ['a-', true],
  ['Warehouse', false],
  ['ware_house', false],
  ['-warehouse', false],
  ['a', false],
  ['', false],
  ['ware house', false],
  ['wäre', false],
] as const) {
  names(`${JSON.stringify(text)} is ${wanted ? 'a' : 'no'} package name`, () =>
    assert.is(isPackageName(text), wanted),
  );
}

for (const [text, wanted] of [
  ['1.0', true],
  ['1:1.0~rc1+b1-2', true],
  ['14.2.1-1', true],
  ['0', true],
  ['1.0-', false],
  ['v1.0', false],
  [':1', false],
  ['1.0_1', false],
  ['1.0 ', false],
  ['1\n', false],
  ['', false],
] as const) {
  names(`${JSON.stringify(text)} is ${wanted ? 'a' : 'no'} Debian version`, () => {
    assert.is(isDebianVersion(text), wanted);
    const dpkg = text === '' ? wanted : askDpkg('--validate-version', text);
    if (dpkg === undefined) return skip('dpkg --validate-version', 'dpkg is not installed');
    // dpkg trims blanks and only warns about a version that begins with a letter.
    if (wanted) assert.ok(dpkg, 'dpkg refuses it');
  });
}

const PYTHON_VERSIONS = [
  [
    '1.0',
    '1.0.0rc1',
    '1!2.0',
    '1.0.dev3',
    '1.0a',
    '1.0-1',
    '1.0.post1',
    'v1.0',
    '1.0+ubuntu.1',
    '14.02.01',
    '1.0RC1',
    '1_0',
  ],
  [
    '1.0.alpha-1',
    '1.0r4',
    '1.0.rev4.dev1',
    '2024.1',
    '1.0+',
    '1.0~rc1',
    'one',
    '',
    '1.0-1-1',
    '1.0+a_b',
    '1..0',
    '1.0c1',
    '1.x',
  ],
].flat();

names('versions are those that packaging accepts', () => {
  const script = [
    'import sys, json, glob',
    'sys.path[:0] = sorted(glob.glob("/usr/share/python-wheels/pip-*.whl"))',
    'from pip._vendor.packaging.version import Version, InvalidVersion',
    'def ok(text):',
    '    try: Version(text); return True',
    '    except InvalidVersion: return False',
    'print(json.dumps([ok(text) for text in json.load(sys.stdin)]))',
  ].join('\n');
  const asked = execFileSync('/usr/bin/python3', ['-c', script], {
    input: JSON.stringify(PYTHON_VERSIONS),
    encoding: 'utf8',
  });
  for (const [index, wanted] of (JSON.parse(asked) as boolean[]).entries()) {
    const text = PYTHON_VERSIONS[index] ?? '';
    assert.is(isPythonVersion(text), wanted, text);
  }
});

for (const [text, wanted] of [
  ['Jo Doe <jo@example.org>', true],
  ['Jö Dœ (work) <jo+deb@example.org>', true],
  ['jo@example.org', false],
  ['Jo Doe', false],
  ['Jo Doe <jo>', false],
  ['<jo@example.org>', false],
  ['Jo Doe <jo@example.org>, Al <al@example.org>', false],
  ['Jo\nDoe <jo@example.org>', false],
] as const) {
  names(`${JSON.stringify(text)} is ${wanted ? 'a' : 'no'} maintainer`, () =>
    assert.is(isMaintainer(text), wanted),
  );
}

for (const [text, wanted] of [
  ['/opt/x', true],
  ['/opt/x y/é', true],
  ['/', false],
  ['opt/x', false],
  ['/opt/', false],
  ['/opt//x', false],
  ['/opt/./x', false],
  ['/opt/../x', false],
  ['', false],
] as const) {
  names(`${JSON.stringify(text)} is ${wanted ? 'a' : 'no'} normal path`, () =>
    assert.is(isNormalPath(text), wanted),
  );
}

names('names of distributions are normalised by PEP 503', () => {
  assert.is(normalizeName('Fx_Dash.Dot'), 'fx-dash-dot');
  assert.is(normalizeName('a-_.b'), 'a-b');
  assert.ok(isDistributionName('Fx_Dash.Dot'));
  assert.not.ok(isDistributionName('-x'));
  assert.not.ok(isDistributionName('x y'));
});

names('control characters and line separators are found', () => {
  for (const text of ['a\nb', 'a\rb', 'a\0', 'a\u001b[2J', 'a\u0085', 'a\u2028b'])
    assert.ok(hasControlCharacter(text));
  assert.not.ok(hasControlCharacter('plain é 日本'));
});

names.run();
