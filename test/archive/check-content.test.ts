import {execFileSync} from 'node:child_process';
import {createHash, generateKeyPairSync} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {checkDeb} from '../../lib/archive/check.js';
import {CODE_AREAS, type CodeMeaning} from '../../lib/archive/check-codes.js';
import type {Entry, Issue} from '../../lib/model.js';
import {readSource, sourceFiles} from '../helpers/imports.js';
import {lintian} from '../helpers/lintian.js';
import {inFolder, rejects, root, skip, update} from '../helpers/suite.js';
import {
  complete,
  controlTar,
  type DebContent,
  debFile,
  debOf,
  debWith,
  END,
  ROOT,
  rawHeader,
  tarOf,
} from './deb-helper.js';
import {controlText, entry} from './helper.js';

const check = suite('archive/check-content');
const shown = ({severity, code, file}: Issue) => `${severity} ${code}${file === undefined ? '' : ` ${file}`}`;

const file = (path: string, text = '', mode = 0o644) => entry(path, {text, mode});
const link = (path: string, target: string) => entry(path, {type: 'symlink', target});
const script = (path: string, first: string) => file(path, `#!${first}\n`, 0o755);
const venv = [
  file('opt/app/pyvenv.cfg', 'home = /usr/bin\n'),
  link('opt/app/bin/python', '/usr/bin/python3.11'),
  file('opt/app/bin/activate', 'VIRTUAL_ENV=/opt/app\n'),
  entry('opt/app/lib/python3.11/site-packages', {type: 'directory'}),
];
const site = 'opt/app/lib/python3.11/site-packages';
const row = (path: string, text: string) =>
  `${path},sha256=${createHash('sha256').update(text).digest('base64url')},${text.length}\n`;
const record = (name: string, rows: string) =>
  file(`${site}/${name}.dist-info/RECORD`, `${rows}${name}.dist-info/RECORD,,\n`);
const pem = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: {type: 'pkcs8', format: 'pem'},
  publicKeyEncoding: {type: 'spki', format: 'pem'},
}).privateKey;
const guarded = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: {type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x'},
  publicKeyEncoding: {type: 'spki', format: 'pem'},
}).privateKey;
const github = `${'ghp'}_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17`;
const url = `https:${'//'}deploy:Gx7kQ2mz@pypi.acme.io/simple`;
const maintainer = (name: string, text: string) => file(name, text, 0o755);

/** What is in a package, and what is found. */
const cases: readonly (readonly [title: string, parts: DebContent, wanted: readonly string[]])[] = [
  ['nothing odd', {entries: venv}, []],
  ['a link that climbs out', {entries: [link('opt/l', '../../etc/passwd')]}, ['error escaping-link opt/l']],
  [
    'links in a circle',
    {entries: [link('opt/a', 'b'), link('opt/b', 'a')]},
    ['error link-loop opt/a', 'error link-loop opt/b'],
  ],
  ['a link to nothing', {entries: [...venv, link('opt/app/l', 'no')]}, ['warning dangling-link opt/app/l']],
  ['a link that another package may fill', {entries: [link('usr/lib/libx.so', 'libx.so.1')]}, []],
  [
    'a link to nothing through a link',
    {entries: [...venv, link('opt/app/lib64', 'lib'), link('opt/app/m', 'lib64/no')]},
    ['warning dangling-link opt/app/m'],
  ],
  [
    'an absolute link in its own folder',
    {entries: [link('usr/l', '/usr/bin/x')]},
    ['warning absolute-link usr/l'],
  ],
  [
    'a relative link to another folder',
    {entries: [link('usr/l', '../etc/x')]},
    ['warning relative-link usr/l'],
  ],
  [
    'a hard link to another tree',
    {entries: [file('opt/app/f', 'x'), entry('srv/app/h', {type: 'hardlink', target: 'opt/app/f'})]},
    ['warning md5sums srv/app/h', 'warning hardlink-folders srv/app/h'],
  ],
  ['names that differ in case', {entries: [file('opt/F'), file('opt/f')]}, ['info name-clash opt/f']],
  [
    'names that differ in normalisation',
    {entries: [file('opt/\u00e9'), file('opt/e\u0301')]},
    ['info name-clash opt/\u00e9'],
  ],
  [
    'a closed folder',
    {entries: [entry('opt/app', {type: 'directory', mode: 0o700})]},
    ['warning folder-mode opt/app'],
  ],
  ['a closed file', {entries: [file('opt/f', '', 0o600)]}, ['info private-file opt/f']],
  ['an unknown owner', {entries: [entry('opt/f', {owner: 'jo'})]}, ['warning unknown-owner opt/f']],
  ['a wrong Installed-Size', {fields: 'Installed-Size: 5000\n'}, ['warning installed-size control']],
  [
    'a trigger that is none',
    {members: [file('triggers', '# x\ninterest /a\ninterests /b\n')]},
    ['error triggers triggers'],
  ],
  [
    'a script that goes on',
    {members: [maintainer('postinst', '#!/bin/sh\ntrue\n')]},
    ['warning script-set-e postinst'],
  ],
  ['one with -e behind #!', {members: [maintainer('postinst', '#!/bin/sh -e\ntrue\n')]}, []],
  [
    'a token left',
    {members: [maintainer('prerm', '#!/bin/sh\nset -e\n#DEBHELPER#\n')]},
    ['warning debhelper-token prerm'],
  ],
  [
    'a script from Windows',
    {members: [maintainer('prerm', '#!/bin/sh -e\r\ntrue\n')]},
    ['error script-line-breaks prerm'],
  ],
  [
    'a script in Ruby',
    {members: [maintainer('prerm', '#!/usr/bin/ruby\n')]},
    ['warning script-interpreter prerm'],
  ],
  ['a script in Python, which it depends on', {members: [maintainer('prerm', '#!/usr/bin/python3\n')]}, []],
  [
    'a conffile elsewhere',
    {entries: [file('opt/c')], members: [file('conffiles', '/opt/c\n')]},
    ['warning conffile-place opt/c'],
  ],
  ['a file in etc', {entries: [file('etc/c')]}, ['warning etc-file etc/c']],
  [
    'a unit that starts nothing',
    {
      entries: [
        file(
          'lib/systemd/system/a.service',
          '[Service]\nExecStart=-/opt/no/run x\nExecStop=/bin/kill\nExecReload=run\n',
        ),
      ],
    },
    ['warning unit-program lib/systemd/system/a.service'],
  ],
  [
    'a unit that starts its own',
    {
      entries: [
        file('lib/systemd/system/a.service', '[Service]\nExecStart=/opt/app/run\n'),
        script('opt/app/run', '/bin/sh'),
      ],
    },
    [],
  ],
  [
    'a script of another folder',
    {entries: [...venv, script('opt/app/bin/run', '/srv/old/bin/python')]},
    ['error shebang-interpreter opt/app/bin/run'],
  ],
  [
    'a script of a build machine',
    {entries: [script('opt/app/run', '/home/jo/bin/tool')]},
    ['error shebang-interpreter opt/app/run'],
  ],
  [
    'a script of its own virtualenv',
    {entries: [...venv, script('opt/app/bin/run', '/opt/app/bin/python')]},
    [],
  ],
  [
    'a script with an unusual interpreter',
    {entries: [script('opt/run', '/nowhere/odd')]},
    ['warning shebang-interpreter opt/run'],
  ],
  [
    'a long first line',
    {entries: [script('opt/run', `/usr/bin/${'x'.repeat(120)}`)]},
    ['warning shebang-length opt/run'],
  ],
  [
    'a script that is not executable',
    {entries: [file('usr/bin/run', '#!/bin/sh\n')]},
    ['warning bin-mode usr/bin/run'],
  ],
  [
    'another folder in activate',
    {
      entries: [
        ...venv.slice(0, 2),
        file('opt/app/bin/activate', "VIRTUAL_ENV='/srv/old'\nexport VIRTUAL_ENV\n"),
      ],
    },
    ['error venv-prefix opt/app/bin/activate'],
  ],
  [
    'a Python of pyenv',
    {entries: [venv[0] as Entry, link('opt/app/bin/python', '/usr/local/bin/python3.11')]},
    ['error foreign-interpreter opt/app/bin/python'],
  ],
  [
    'a Python that it does not depend on',
    {entries: venv, fields: 'Depends: pypy3\n'},
    ['warning interpreter-depends opt/app/bin/python'],
  ],
  [
    'a Python of another series',
    {
      entries: [
        ...venv.filter(({type}) => type !== 'symlink'),
        link('opt/app/bin/python', '/usr/bin/python3.12'),
      ],
    },
    ['error interpreter-series opt/app/bin/python'],
  ],
  [
    'an editable install',
    {entries: [...venv, file(`${site}/__editable__.x.pth`, '')]},
    ['error editable opt/app/lib/python3.11/site-packages/__editable__.x.pth'],
  ],
  [
    'a .pth elsewhere',
    {entries: [...venv, file(`${site}/x.pth`, '/srv/code\nimport os\n')]},
    [`warning pth-path ${site}/x.pth`],
  ],
  ['a true RECORD', {entries: [...venv, file(`${site}/a.py`, 'x'), record('a-1', row('a.py', 'x'))]}, []],
  [
    'a file that RECORD does not know so',
    {entries: [...venv, file(`${site}/a.py`, 'y'), record('a-1', row('a.py', 'x'))]},
    [`warning record-hash ${site}/a.py`],
  ],
  [
    'a file that is gone',
    {entries: [...venv, record('a-1', row('../../../bin/a', 'x'))]},
    ['warning record-missing opt/app/bin/a'],
  ],
  [
    'bytecode that RECORD announces',
    {entries: [...venv, record('a-1', '__pycache__/a.cpython-311.pyc,,\n')]},
    [],
  ],
  [
    'a file of two',
    {
      entries: [
        ...venv,
        file(`${site}/a.py`, 'x'),
        record('a-1', row('a.py', 'x')),
        record('b-1', row('a.py', 'x')),
      ],
    },
    [`warning record-claim ${site}/a.py`],
  ],
  [
    'a file of none',
    {entries: [...venv, file(`${site}/a.py`, 'x'), record('b-1', '')]},
    [`info record-unlisted ${site}/a.py`],
  ],
  [
    'no RECORD',
    {entries: [...venv, file(`${site}/a-1.dist-info/METADATA`)]},
    [`info no-record ${site}/a-1.dist-info`],
  ],
  [
    'a RECORD that is none',
    {entries: [...venv, file(`${site}/a-1.dist-info/RECORD`, 'a,"b\n')]},
    [
      `warning record-unreadable ${site}/a-1.dist-info/RECORD`,
      `info record-unlisted ${site}/a-1.dist-info/RECORD`,
    ],
  ],
  [
    'a path of a build machine',
    {entries: [...venv, file(`${site}/direct_url.json`, '{"url": "file:///home/jo/app"}')]},
    [`warning build-path ${site}/direct_url.json`],
  ],
  ['a link to a build machine', {entries: [link('srv/l', '/builds/group/app')]}, ['error build-path srv/l']],
  ['a private key', {entries: [file('opt/server.key', pem)]}, ['error private-key opt/server.key']],
  [
    'one for tests',
    {entries: [file('opt/app/tests/server.key', pem)]},
    ['info private-key opt/app/tests/server.key'],
  ],
  ['a token', {entries: [file('opt/app.py', github)]}, ['error token opt/app.py']],
  ['a token for tests', {entries: [file('opt/test_app.py', github)]}, ['info token opt/test_app.py']],
  [
    'a key with a password',
    {entries: [file('opt/server.key', guarded)]},
    ['warning private-key opt/server.key'],
  ],
  ['a keystore for tests', {entries: [file('opt/tests/a.p12')]}, ['info secret-file opt/tests/a.p12']],
  ['a password in a URL', {entries: [file('opt/app.py', url)]}, ['warning credentials opt/app.py']],
  ['one in settings', {entries: [file('opt/app.toml', url)]}, ['error credentials opt/app.toml']],
  ['one in a document', {entries: [file('opt/README.md', url)]}, ['info credentials opt/README.md']],
  ...[
    '.pypirc',
    '.netrc',
    '.env',
    '.env.production',
    'id_rsa',
    '.ssh/config',
    '.aws/credentials',
    '.docker/config.json',
  ].map(
    (name) => [`a ${name}`, {entries: [file(`opt/${name}`)]}, [`error secret-file opt/${name}`]] as const,
  ),
  ...['pip.conf', 'keys.p12', '.htpasswd'].map(
    (name) => [`a ${name}`, {entries: [file(`opt/${name}`)]}, [`warning secret-file opt/${name}`]] as const,
  ),
  ...['.env.example', 'id_rsa.pub', 'env', 'netrc.py'].map(
    (name) => [`a ${name}`, {entries: [file(`opt/${name}`)]}, []] as const,
  ),
  [
    'an .npmrc with a token',
    {entries: [file('opt/.npmrc', '//r/:_authToken=abc')]},
    ['error secret-file opt/.npmrc'],
  ],
  ['a folder of git', {entries: [file('opt/.git/config')]}, ['warning vcs-folder opt/.git']],
  ['what an editor left', {entries: [file('opt/a~')]}, ['info leftover opt/a~']],
  ['what dpkg left', {entries: [file('opt/a.dpkg-new')]}, ['warning leftover opt/a.dpkg-new']],
];

for (const [title, parts, wanted] of cases) {
  check(`package with ${title}: finds ${wanted.join(' and ') || 'nothing'}`, () =>
    inFolder(async (folder) => {
      const deb = await debWith(folder, parts);
      const issues = await checkDeb(deb);
      assert.equal(issues.map(shown), wanted);
      const errors = issues.filter(({severity}) => severity === 'error');
      assert.equal(await checkDeb(deb, {scope: 'errors'}), errors);
      assert.ok(issues.every(({cure}) => cure));
      for (const secret of [github.slice(5), 'Gx7k', 'MIGH'])
        assert.not.match(JSON.stringify(issues), secret);
    }),
  );
}

check('package without documents: finds no-copyright and no-changelog', () =>
  inFolder(async (folder) => {
    const issues = await checkDeb(debFile(folder, await debOf()));
    assert.equal(issues.map(shown), ['warning no-copyright', 'warning no-changelog']);
  }),
);

check('exceptions take away what they name, and those that nothing is for are told', () =>
  inFolder(async (folder) => {
    const deb = await debWith(folder, {entries: [file('opt/a/.env'), file('opt/b/.env'), file('opt/b/x~')]});
    const left = async (...allow: string[]) => (await checkDeb(deb, {allow})).map(shown);
    assert.equal(await left('secret-file'), ['info leftover opt/b/x~']);
    assert.equal(await left('secret-file:/opt/a/**', 'leftover'), ['error secret-file opt/b/.env']);
    assert.equal(await left('**/b/*'), ['error secret-file opt/a/.env']);
    assert.equal(await left('opt/**', 'setuid'), ['info unused-allow']);
    await rejects(checkDeb(deb, {allow: ['setuidd']}), 'E_OPTION', /neither a code nor a path: "setuidd"/);
  }),
);

check('ELF files: machine, C library, where they look for libraries', () =>
  inFolder(async (folder) => {
    const build = (...flags: string[]) => {
      writeFileSync(join(folder, 'x.c'), '#include <stdlib.h>\nint f(void) { return abs(rand()); }\n');
      execFileSync('gcc', ['-shared', '-fPIC', '-o', 'x.so', 'x.c', ...flags], {cwd: folder});
      return readFileSync(join(folder, 'x.so'));
    };
    if (process.arch !== 'x64') return skip('ELF files', 'this machine is no amd64');
    const codes = async (data: Buffer, fields: string, path = `${site}/x.so`) => {
      const all = controlText(fields).replace('Architecture: all', 'Architecture: amd64');
      const deb = debFile(
        folder,
        await debOf({
          control: await controlTar([], fields.startsWith('X') ? controlText(fields) : all),
          data: await tarOf(complete([entry(path, {data, size: data.length})])),
        }),
      );
      const issues = await checkDeb(deb, {allow: ['no-copyright', 'no-changelog', 'md5sums']});
      return issues.map(({severity, code}) => `${severity} ${code}`);
    };
    const plain = build();
    assert.equal(await codes(plain, 'Depends: libc6\n'), []);
    assert.equal(await codes(plain, 'Depends: python3\n'), ['warning no-libc-depends']);
    assert.equal(await codes(plain, 'X-All: x\nDepends: libc6\n'), ['error architecture']);
    assert.equal(await codes(plain, 'X-All: x\nDepends: libc6\n', 'opt/x.so'), ['warning architecture']);
    assert.equal(await codes(build('-Wl,-rpath,$ORIGIN/../x.libs'), 'Depends: libc6\n'), []);
    assert.equal(await codes(build('-Wl,-rpath,/tmp/x'), 'Depends: libc6\n'), ['error rpath']);
    assert.equal(await codes(build('-Wl,-rpath,/srv/x'), 'Depends: libc6\n'), ['warning rpath']);
  }),
);

for (const [name, command] of [
  ['xz', ['xz', '-c']],
  ['zst', ['zstd', '-qc']],
] as const) {
  check(`tells what dpkg loses behind the first ${name} stream, and dpkg-deb agrees`, () =>
    inFolder(async (folder) => {
      const pack = (...parts: Buffer[]) =>
        execFileSync(command[0], [command[1]], {input: Buffer.concat(parts)});
      const files = ['b', 'c', 'd', 'e'].map((one) => rawHeader({name: `./${one}`}));
      const data = [
        pack(ROOT, rawHeader({name: './a'})),
        pack(...files.slice(0, 2)),
        pack(...files.slice(2), END),
      ];
      const deb = debFile(folder, await debOf({data: Buffer.concat(data), dataName: `data.tar.${name}`}));
      const [issue, ...more] = await checkDeb(deb);
      assert.equal([issue as Issue, ...more].map(shown), [`error lost-data data.tar.${name}`]);
      const [read, all] = [data[0]?.length, Buffer.concat(data).length];
      assert.is(
        issue?.message,
        `dpkg reads ${read} of its ${all} bytes and drops the rest: ./b, ./c, ./d and 1 more`,
      );
      const listed = execFileSync('dpkg-deb', ['-c', deb], {encoding: 'utf8'}).match(/\.\/\w$/gm);
      assert.equal(listed, ['./a']);
    }),
  );
}

check('lintian tells the same by the tags that the table names', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'x.c'), '#include <stdlib.h>\nint f(void) { return abs(rand()); }\n');
    execFileSync('gcc', ['-shared', '-fPIC', '-o', 'x.so', 'x.c'], {cwd: folder});
    const so = readFileSync(join(folder, 'x.so'));
    const share = 'usr/share/example';
    const entries = complete([
      script('usr/bin/odd', '/nowhere/odd'),
      file('usr/bin/world', '#!/bin/sh\n', 0o777),
      file('usr/bin/set', '#!/bin/sh\n', 0o4755),
      file('usr/bin/not', '#!/bin/sh\n'),
      file(`${share}/.git/config`),
      file(`${share}/x~`),
      file(`${share}/closed`, '', 0o600),
      file(`${share}/conffile`),
      file('etc/example.conf'),
      entry('usr/lib/python3/dist-packages/x.so', {data: so, size: so.length}),
      entry('opt/hard', {type: 'hardlink', target: 'usr/bin/set', mode: 0o4755}),
      link(`${share}/absolute`, '/usr/share/common-licenses/GPL-3'),
      link(`${share}/relative`, '../../../etc/passwd'),
      link(`${share}/out`, '../../../../../etc/passwd'),
      entry(share, {type: 'directory', mode: 0o700}),
    ]);
    const control = await controlTar([
      file('conffiles', `/${share}/conffile\n/etc/nowhere\n`),
      file('md5sums', `${'0'.repeat(32)}  usr/bin/set\n`),
      file('postinst', '#!/bin/sh\necho hello\n#DEBHELPER#\n'),
      maintainer('prerm', '#!/usr/bin/ruby\nputs 1\n'),
      file('triggers', 'interests /x\n'),
    ]);
    const deb = debFile(folder, await debOf({control, data: await tarOf(entries)}), 'example_1.0-1_all.deb');
    const theirs = await lintian(deb, ['--pedantic']);
    if (theirs === undefined) return skip('agreement with lintian', 'it is not installed');
    const ours = new Set((await checkDeb(deb)).map(({code}) => code));
    const tags = theirs.found.map((line) => line.slice(2));
    for (const [code, {lintian: tag}] of codeTable()) {
      if (tag === undefined) continue;
      assert.ok(ours.has(code), `${code} is not found`);
      assert.ok(tags.includes(tag), `lintian does not say ${tag}: ${tags.join(' ')}`);
    }
  }),
);

const codeTable = (): readonly (readonly [string, CodeMeaning])[] =>
  Object.values(CODE_AREAS).flatMap((area) => Object.entries<CodeMeaning>(area));

check('every code and severity is expected by a test', () => {
  const texts = sourceFiles('test')
    .filter((name) => /archive\/check.*\.test\.ts$/.test(name))
    .map(readSource)
    .join('\n');
  const missing = codeTable().flatMap(([code, {severities}]) =>
    severities.map((one) => `${one} ${code}`).filter((one) => !new RegExp(`['\`]${one}\\b(?!-)`).test(texts)),
  );
  assert.equal(missing, []);
});

check('docs/check.md has the table of all codes', () => {
  const path = join(root, 'docs/check.md');
  const text = readFileSync(path, 'utf8');
  const [before = '', after = ''] = text.split(/<!-- codes -->[\s\S]*<!-- end of codes -->/);
  const wanted = `${before}<!-- codes -->\n\n${codesText()}\n<!-- end of codes -->${after}`;
  if (update) writeFileSync(path, wanted);
  else assert.is(text, wanted);
});

const codesText = (): string =>
  Object.entries(CODE_AREAS)
    .map(([area, codes]) => {
      const rows = Object.entries<CodeMeaning>(codes).map(
        ([code, {severities, meaning, cure, lintian: tag}]) =>
          `| \`${code}\` | ${severities.join(', ')} | ${meaning} | ${cure}${tag === undefined ? '' : ` (lintian: \`${tag}\`)`} |\n`,
      );
      return `### ${area}\n\n| code | severity | meaning | cure |\n| --- | --- | --- | --- |\n${rows.join('')}`;
    })
    .join('\n');

check.run();
