import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {makeProject, type ProjectOptions} from '../helpers/projects.js';
import {assertShown, EVIL, runMain} from '../helpers/run-main.js';
import {ownTemporaryFolder} from '../helpers/traces.js';
import {type Files, makeWheel, writeTree} from '../helpers/wheels.js';

/** Of packages, test/integration/escapes.test.ts. */
const escapes = suite('integration/escapes-project');
const own = await ownTemporaryFolder();
let count = 0;

/** In a line, where `\r` would end it. */
const LINE = EVIL.replace('\r', '');
/** In a name of a file: what a disk takes. */
const NAME = LINE.replaceAll('/', '');
const toml = (text: string): string => JSON.stringify(text).replaceAll('\u009b', '\\u009b');
const environment = {PATH: process.env.PATH, HOME: own, TMPDIR: process.env.TMPDIR};
const SEEN = /\\x1b|\\u001b|\\x9b|\\u009b|u\{202e\}|u202e/;

interface Case extends ProjectOptions {
  /** @default plan */
  readonly command?: readonly string[];
  /** Files beside the project, or of it. */
  readonly more?: (folder: string) => Promise<unknown>;
  /** It stands where no output names it. */
  readonly unshown?: boolean;
  /** What it prints is seen with --verbose. */
  readonly saysLoud?: boolean;
}

const MODES = [
  {name: 'on a terminal', flags: [], isTTY: true},
  {name: 'in a log', flags: ['--verbose'], isTTY: false},
  {name: 'as JSON', flags: ['--json'], isTTY: false},
] as const;

function reachNoTerminal(
  place: string,
  {command = ['plan'], more, unshown, saysLoud, ...project}: Case,
): void {
  escapes(`escapes in ${place} reach no terminal (${command[0]})`, async () => {
    count += 1;
    const folder = join(own, `case-${count}`);
    const cwd = await makeProject(join(folder, 'project'), project);
    await more?.(folder);
    let shown = '';
    // A build costs seconds, and its own events are the same in a log.
    const modes =
      command[0] === 'build' && !saysLoud ? MODES.filter(({flags}) => flags[0] !== '--verbose') : MODES;
    for (const {name, flags, isTTY} of modes) {
      const args = [...command, ...flags, '--no-index', '--python', '/usr/bin/python3'];
      const given = command[0] === 'init' || command[0] === 'doctor' ? [...command, ...flags] : args;
      const run = await runMain(given, {cwd, environment, isTTY});
      assertShown(run, `${place}, ${name}`, flags[0] === '--json');
      shown += run.stdout + run.stderr;
    }
    // Not dropped either: who looks sees that something is there.
    if (!unshown) assert.match(shown, SEEN, place);
  });
}

const pyproject = (lines: string): {tree: Files} => ({
  tree: {'pyproject.toml': `[project]\nname = "tiny"\nversion = "1.0"\n${lines}`},
});

for (const [place, lines] of [
  ['the name of the project', `[project]\nname = ${toml(LINE)}\nversion = "1.0"\n`],
  ['the version of the project', `[project]\nname = "tiny"\nversion = ${toml(LINE)}\n`],
  ['a key of pyproject.toml', `[tool.mkvenvdeb]\n${toml(LINE)} = 1\n`],
  ['broken TOML', `[project]\nname = "${LINE}\n`],
] as const)
  reachNoTerminal(place, {tree: {'pyproject.toml': lines}, unshown: place === 'broken TOML'});
// A synopsis has none of them.
reachNoTerminal('the description of the project', {
  ...pyproject(`description = ${toml(EVIL)}\n`),
  unshown: true,
});
reachNoTerminal('an author', {
  ...pyproject(`authors = [{name = ${toml(EVIL)}, email = "jo@example.org"}]\n`),
});
reachNoTerminal('an address', pyproject(`authors = [{name = "Jo", email = ${toml(LINE)}}]\n`));
reachNoTerminal('the name of a command', {
  ...pyproject(`[project.scripts]\n${toml(LINE)} = "tiny:main"\n[tool.mkvenvdeb]\nbin = [${toml(LINE)}]\n`),
});
reachNoTerminal('a dependency', {...pyproject(`dependencies = [${toml(LINE)}]\n`), unshown: true});

for (const option of [
  ...['package', 'version', 'section', 'priority', 'prefix', 'maintainer', 'description', 'homepage', 'out'],
  ...['architecture', 'compression', 'python', 'index_url', 'source', 'pip_version', 'interpreter_depends'],
]) {
  reachNoTerminal(`the option ${option}`, {
    tree: {'mkvenvdeb.yaml': `${option}: ${toml(EVIL)}\n`},
    // These are not read where the flags of the test say something else.
    unshown: ['python', 'index_url'].includes(option),
  });
}
for (const [option, value] of [
  ['depends', `[${toml(LINE)}]`],
  ['requirements', `[${toml(LINE)}]`],
  ['files', `[{source: ${toml(NAME)}, target: /etc/x}]`],
  ['links', `{/usr/bin/x: ${toml(`/${LINE}`)}}`],
  ['bin', `[${toml(LINE)}]`],
  ['hooks', `{after_install: [[${toml(LINE)}]]}`],
  ['scripts', `{postinst: ${toml(NAME)}}`],
  ['environment', `{A: ${toml(LINE)}, ${toml(LINE)}: b}`],
  [toml(LINE), '1'],
] as const) {
  reachNoTerminal(`the option ${JSON.stringify(option)}`, {
    tree: {'mkvenvdeb.yaml': `? ${option}\n: ${value}\n`},
  });
}

for (const line of [LINE, `-r ${LINE}`, `-e ${LINE}`, `--${LINE}`, `x @ https://example.org/${LINE}.whl`])
  reachNoTerminal(`a requirement ${JSON.stringify(line.slice(0, 4))}`, {
    tree: {'requirements.txt': `${line}\n`},
    unshown: line.startsWith('--') || line === LINE || line.startsWith('x @'),
  });

const CONTROL = 'Source: tiny\nMaintainer: Jo Doe <jo@example.org>\n\nPackage: tiny\nArchitecture: all\n';
const CHANGELOG =
  'tiny (1.0) unstable; urgency=low\n\n  * One.\n\n -- Jo Doe <jo@example.org>  Thu, 01 Jan 2015 00:00:00 +0000\n';
const debian: Files = {
  'debian/control': `${CONTROL}Description: one\n`,
  'debian/changelog': CHANGELOG,
  'debian/rules': '#!/usr/bin/make -f\n%:\n\tdh $@ --with python-virtualenv\n',
  'debian/compat': '10\n',
};
for (const [place, tree] of [
  ['a field of debian/control', {'debian/control': `${CONTROL}Depends: ${LINE}\nDescription: one\n`}],
  ['a line of debian/control', {'debian/control': `${CONTROL}${LINE}\n`}],
  ['the name in debian/control', {'debian/control': CONTROL.replace('Package: tiny', `Package: ${LINE}`)}],
  ['the head of debian/changelog', {'debian/changelog': `${LINE}\n`}],
  [
    'the version in debian/changelog',
    {'debian/changelog': CHANGELOG.replace('1.0', LINE.replace(/\W/g, ''))},
  ],
  [
    'a command of debian/rules',
    {'debian/rules': `%:\n\tdh $@\noverride_dh_auto_test:\n\t${LINE}\n\trm ${LINE}\n`},
  ],
  ['a name of debian/rules', {'debian/rules': `export A = $(shell ${LINE})\n%:\n\tdh $@\n${LINE}\n`}],
  ['a line of an install file', {'debian/install': `${NAME} etc\n`}],
  ['the name of a file in debian/', {[`debian/${NAME}.install`]: 'a b\n', [`debian/${NAME}`]: 'x\n'}],
  ['a link', {'debian/links': `${LINE}\n`}],
] as const) {
  for (const command of [['plan', '--debian'], ['init']] as const) {
    reachNoTerminal(place, {command, tree: {...debian, ...tree}, unshown: true});
  }
}
reachNoTerminal('the name of the project', {
  command: ['init'],
  tree: {'pyproject.toml': `[project]\nname = ${toml(LINE)}\nversion = "1.0"\n`},
});
reachNoTerminal('the option python', {
  command: ['doctor'],
  tree: {'mkvenvdeb.yaml': `python: ${toml(NAME)}\n`},
  unshown: true,
});

const raising = `raise SystemExit("${JSON.stringify(EVIL).slice(1, -1)}")`;
const hook = (text: string) => `hooks: {after_install: [[python3, -c, ${JSON.stringify(text)}]]}\n`;
const builds: readonly (readonly [place: string, given: Case])[] = [
  [
    'what a hook says',
    {saysLoud: true, tree: {'mkvenvdeb.yaml': hook(`import sys; print(${toml(EVIL)}); sys.exit(3)`)}},
  ],
  ['what a build back end says', {saysLoud: true, tree: {'backend.py': `${raising}\n`}}],
  ['the name of a file', {files: {[`tiny/${NAME}.py`]: 'x = 1\n'}}],
  ['the name of a command', {commands: {[`t${NAME}`]: 'tiny:main'}}],
  [
    'the name of a wheel',
    {
      tree: {'requirements.txt': `./${NAME}-1.0-py3-none-any.whl\n`},
      more: (folder) => writeTree(join(folder, 'project'), {[`${NAME}-1.0-py3-none-any.whl`]: 'x'}),
    },
  ],
  [
    'the name of a member of a wheel',
    {
      requires: ['fxevil'],
      tree: {'mkvenvdeb.yaml': 'find_links: [wheels]\n'},
      more: (folder) =>
        makeWheel(join(folder, 'project/wheels'), {name: 'fxevil', files: {[`fxevil/${NAME}.py`]: 'x'}}),
    },
  ],
  ['METADATA', {author: `${LINE} <jo@example.org>`, unshown: true}],
];
for (const [place, given] of builds) reachNoTerminal(place, {command: ['build'], unshown: true, ...given});
reachNoTerminal('what a hook says', {
  command: ['stage', '--into', 'tree'],
  ...builds[0]?.[1],
});

escapes.run();
