import {execFileSync} from 'node:child_process';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseRequirement, parseRequirementsFile} from '../../lib/formats/requirements.js';
import {inFolder} from '../helpers/suite.js';

const requirements = suite('formats/requirements');

/** Run a script with Debian's pip importable: the parser that has the last word. */
function askPip(script: string, input: string, cwd = '/'): unknown {
  const prelude =
    'import sys, json, glob\nsys.path[:0] = sorted(glob.glob("/usr/share/python-wheels/pip-*.whl"))\n';
  return JSON.parse(
    execFileSync('/usr/bin/python3', ['-c', prelude + script], {input, encoding: 'utf8', cwd}),
  );
}

const SPECIFIERS = [
  'flask',
  'Flask==2.3.3',
  'flask[async, dotenv] >=2, <3',
  'flask (>=2)',
  'flask>=2;python_version<"3.9"',
  'flask ; extra == "x"',
  'flask @ https://example.org/f.whl',
  'flask[async] @ file:///x/f-1.whl ; python_version > "3"',
  'a.b_c-d~=1.0',
  'x===anything',
  'x==1.*',
  'x[]',
  'x!=1,<2',
  '-x',
  'x y',
  'x=1',
  'x;',
  'x @',
  './x',
  'x[a',
  '',
  'é',
];

requirements('specifiers are read as packaging reads them', () => {
  const script = `
from pip._vendor.packaging.requirements import Requirement, InvalidRequirement
def read(text):
    try: r = Requirement(text)
    except InvalidRequirement: return None
    return [r.name, sorted(r.extras), sorted(str(r.specifier).split(',')), r.url or None, bool(r.marker)]
print(json.dumps([read(text) for text in json.load(sys.stdin)]))`;
  const wanted = askPip(script, JSON.stringify(SPECIFIERS)) as unknown[];
  for (const [index, text] of SPECIFIERS.entries()) {
    const read = parseRequirement(text);
    const clauses = (read?.specifier ?? '').replace(/\s/g, '').split(',').sort();
    const given = read && [
      read.name,
      [...read.extras].sort(),
      clauses,
      read.url ?? null,
      read.marker !== undefined,
    ];
    assert.equal(given ?? null, wanted[index], text);
  }
});

const FILE = [
  '# a comment',
  'flask==2.3.3 \\',
  '    --hash=sha256:aaaa \\',
  '    --hash=sha256:bbbb',
  'click>=8 # trailing',
  '',
  'werkzeug ; python_version \\',
  '  >= "3"',
  `--index-url https://$\{USER_NAME}:$\{UNSET_NAME}@example.org/simple`,
  '-i https://example.org/simple',
  '--extra-index-url=https://example.org/more',
  '--find-links wheels',
  '-f ./more',
  '--no-index',
  '--pre',
  '--require-hashes',
  '--only-binary :all:',
  '--trusted-host example.org',
  '-r other.txt',
  '-rother.txt',
  '--requirement=other.txt',
  '-c limits.txt',
  '-e ./local',
  '-e git+https://example.org/x.git@main#egg=remote',
  '--editable=./local',
  './local',
  'file:///wheels/Jinja2-3.0-py3-none-any.whl#sha256=ab',
  'https://example.org/thing-1.0.tar.gz',
  'local @ file:///local ; python_version > "2"',
].join('\n');

requirements('a file is read as pip reads it', () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'local'));
    await writeFile(join(folder, 'local', 'setup.py'), '');
    await writeFile(join(folder, 'other.txt'), '');
    await writeFile(join(folder, 'limits.txt'), '');
    await writeFile(join(folder, 'r.txt'), FILE);
    const script = `
from pip._internal.req.req_file import RequirementsFileParser, get_line_parser
from pip._internal.network.session import PipSession
parser = RequirementsFileParser(PipSession(), get_line_parser(None))
out = []
for line in parser._parse_file("r.txt", False):
    hashes = sorted("%s:%s" % (k, v) for k, vs in (line.opts.hashes or {}).items() for v in vs) if line.is_requirement and not line.is_editable else []
    out.append([line.lineno, line.requirement, bool(line.is_editable), hashes] if line.is_requirement else
               [line.lineno, None, (line.opts.requirements or line.opts.constraints or [None])[0], bool(line.opts.constraints)])
print(json.dumps(out))`;
    const wanted = askPip(script, '', folder) as unknown[][];
    const given = parseRequirementsFile(FILE, {}).map((line) => {
      if (line.kind === 'editable') return [line.line, line.location, true, []];
      if (line.kind === 'requirement' || line.kind === 'location') {
        const text = line.text.replace(/\s+--hash.*$/s, '');
        return [line.line, text, false, line.hashes.map(String).sort()];
      }
      if (line.kind === 'include') return [line.line, null, line.path, line.of === 'constraints'];
      return [line.line, null, null, false];
    });
    const plain = (row: readonly unknown[]) =>
      row.map((cell) => (typeof cell === 'string' ? cell.trim().replace(/\s+/g, ' ') : cell));
    assert.equal(given.map(plain), wanted.map(plain));
  }),
);

requirements('variables are replaced where the environment has them', () => {
  const [line] = parseRequirementsFile(`-i https://$\{USER_NAME}:$\{UNSET_NAME}@x/`, {USER_NAME: 'jo'});
  assert.is(line?.kind === 'option' && line.value, `https://jo:$\{UNSET_NAME}@x/`);
});

for (const [text, name] of [
  ['-e git+https://example.org/x.git#egg=remote&subdirectory=y', 'remote'],
  ['-e ./local', undefined],
  ['./wheels/Jinja2-3.0-py3-none-any.whl', 'Jinja2'],
  ['https://example.org/thing-1.0.tar.gz', 'thing'],
] as const) {
  requirements(`${text} names ${name ?? 'nothing'}`, () => {
    const [line] = parseRequirementsFile(text);
    assert.is(line && 'name' in line ? line.name : undefined, name);
  });
}

requirements('a name with the address of an archive is a requirement, an archive alone a location', () => {
  for (const [text, kind] of [
    ['flask @ https://example.org/flask-1.0-py3-none-any.whl', 'requirement'],
    ['flask[async] @ file:///wheels/flask-1.0.tar.gz ; python_version > "3"', 'requirement'],
    ['flask-1.0.tar.gz', 'location'],
  ] as const) {
    assert.is(parseRequirementsFile(text)[0]?.kind, kind, text);
  }
});

requirements('a line that pip refuses is unknown', () => {
  for (const text of ['--no-such-option', 'x y z', 'x=1'])
    assert.is(parseRequirementsFile(text)[0]?.kind, 'unknown', text);
});

requirements('a byte order mark, CRLF and a file without final newline are read', () => {
  const lines = parseRequirementsFile('\uFEFFflask\r\nclick\r\n\r\njinja2');
  assert.equal(
    lines.map(({line, text}) => [line, text]),
    [
      [1, 'flask'],
      [2, 'click'],
      [4, 'jinja2'],
    ],
  );
});

requirements('the blanks that indent a continued line are left out', () => {
  const [line] = parseRequirementsFile('idna==3.20 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n');
  assert.is(line?.text, 'idna==3.20 --hash=sha256:aa --hash=sha256:bb');
});

requirements.run();
