/**
 * A small project with three pure dependencies and a debian/ folder for dh-virtualenv, built by mkvenvdeb and by
 * Debian's dh-virtualenv in turn.
 *
 *   node dist/test/bench/dh-virtualenv.js [runs [CPython|PyPy]]
 */
import {spawnSync} from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {cli} from '../helpers/suite.js';
import {type Command, type Cost, measureInTurn, median, table} from './measure.js';

const [runs = 5, only] = [
  process.argv[2] === undefined ? undefined : Number(process.argv[2]),
  process.argv[3],
];
const folder = mkdtempSync(join(tmpdir(), 'mkvenvdeb-bench-'));
process.on('exit', () => rmSync(folder, {recursive: true, force: true}));
const wheelhouse = join(folder, 'wheelhouse');

/** Write a pure wheel by hand: no build tool has a part in the measurement. */
function makeWheel(
  name: string,
  files: Record<string, string>,
  entryPoints = '',
  requires: string[] = [],
): void {
  const info = `${name}-1.0.dist-info`;
  const metadata = [
    'Metadata-Version: 2.1',
    `Name: ${name}`,
    'Version: 1.0',
    ...requires.map((one) => `Requires-Dist: ${one}`),
  ];
  const all: Record<string, string> = {
    ...files,
    [`${info}/METADATA`]: `${metadata.join('\n')}\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    ...(entryPoints ? {[`${info}/entry_points.txt`]: entryPoints} : {}),
  };
  const record = [...Object.keys(all), `${info}/RECORD`].map((path) => `${path},,\n`).join('');
  const script = `import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    for path, text in json.load(sys.stdin).items():
        wheel.writestr(path, text)`;
  const input = JSON.stringify({...all, [`${info}/RECORD`]: record});
  spawnSync('/usr/bin/python3', ['-c', script, join(wheelhouse, `${name}-1.0-py3-none-any.whl`)], {input});
}

function makeWheels(): void {
  mkdirSync(wheelhouse, {recursive: true});
  makeWheel(
    'depalpha',
    {'depalpha/__init__.py': 'def main():\n    print("alpha")\n'},
    '[console_scripts]\nalpha-tool = depalpha:main\n',
  );
  makeWheel('depbeta', {'depbeta/__init__.py': 'import depalpha\n'}, '', ['depalpha']);
  makeWheel('depgamma', {'depgamma/__init__.py': 'VALUE = 3\n'});
}

function makeProject(label: string, python: string): string {
  const project = join(folder, `project-${label}`);
  const files: Record<string, string> = {
    'setup.py': `from setuptools import setup
setup(name="warehouse", version="1.0", packages=["warehouse"], description="bench", maintainer="Bench",
      maintainer_email="bench@example.org", entry_points={"console_scripts": ["warehouse = warehouse:main"]})
`,
    'warehouse/__init__.py': 'def main():\n    import depalpha, depbeta, depgamma\n    print("warehouse")\n',
    'requirements.txt': 'depalpha==1.0\ndepbeta==1.0\ndepgamma==1.0\n',
    'debian/control': `Source: warehouse
Section: python
Priority: optional
Maintainer: Bench <bench@example.org>
Standards-Version: 4.6.2
Build-Depends: debhelper-compat (= 13), dh-virtualenv

Package: warehouse
Architecture: any
Depends: \${misc:Depends}
Description: benchmark
 A small project.
`,
    'debian/changelog': `warehouse (1.0-1) unstable; urgency=medium

  * Bench.

 -- Bench <bench@example.org>  Tue, 14 Nov 2023 22:13:20 +0000
`,
    'debian/warehouse.links': 'opt/warehouse/bin/warehouse usr/bin/warehouse\n',
    'debian/rules': rules(python),
  };
  for (const name of ['debian', 'warehouse']) mkdirSync(join(project, name), {recursive: true});
  for (const [path, text] of Object.entries(files)) writeFileSync(join(project, path), text);
  chmodSync(join(project, 'debian', 'rules'), 0o755);
  return project;
}

function rules(python: string): string {
  const pip = `--extra-pip-arg=--no-index --extra-pip-arg=--find-links=${wheelhouse}`;
  return `#!/usr/bin/make -f
export DH_VIRTUALENV_INSTALL_ROOT=/opt
%:
\tdh $@ --with python-virtualenv
override_dh_virtualenv:
\tdh_virtualenv --python ${python} --builtin-venv ${pip}
override_dh_auto_configure:
\t@:
`;
}

/** Fresh copies each time: dh-virtualenv builds in the source tree. */
function commands(label: string, python: string): Command[] {
  const home = join(folder, 'home');
  mkdirSync(home, {recursive: true});
  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: home,
    LANG: 'C.UTF-8',
    PIP_CONFIG_FILE: '/dev/null',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
  };
  const project = makeProject(label, python);
  const tree = join(folder, `dh-${label}`, 'warehouse');
  const out = join(folder, `out-${label}`);
  return [
    {
      name: `mkvenvdeb, ${label}`,
      argv: [process.execPath, cli, 'build', '--debian', project, '--out', out, '--quiet'],
      cwd: folder,
      env,
    },
    {
      name: `dh-virtualenv, ${label}`,
      argv: ['dpkg-buildpackage', '-us', '-uc', '-b', '-d'],
      cwd: tree,
      env,
      prepare: () => {
        rmSync(join(tree, '..'), {recursive: true, force: true});
        cpSync(project, tree, {recursive: true});
      },
    },
  ];
}

const sizeOfDeb = (place: string): number => {
  const name = readdirSync(place).find((one) => one.endsWith('.deb') && !one.includes('dbgsym'));
  return name === undefined ? 0 : statSync(join(place, name)).size;
};

makeWheels();
const interpreters = [
  ['CPython', '/usr/bin/python3'],
  ['PyPy', '/usr/bin/pypy3'],
].filter(([label]) => only === undefined || label === only) as [label: string, python: string][];
const all = interpreters.flatMap(([label, python]) => commands(label, python));
const costs = measureInTurn(all, runs);
const figure = (list: readonly Cost[], pick: (cost: Cost) => number) => median(list.map(pick));
const rows = all.map(({name}, index) => {
  const list = costs.get(name) ?? [];
  const label = name.split(', ')[1] ?? '';
  const place = index % 2 === 0 ? join(folder, `out-${label}`) : join(folder, `dh-${label}`);
  return [
    name,
    ...[figure(list, (one) => one.cpu), figure(list, (one) => one.wall)].map((n) => n.toFixed(2)),
    figure(list, (one) => one.peak).toFixed(0),
    String(sizeOfDeb(place)),
  ];
});
console.log(table(['build', 'CPU s', 'wall s', 'peak MiB', '.deb bytes'], rows));
for (const [label] of interpreters) {
  const [ours = [], theirs = []] = [costs.get(`mkvenvdeb, ${label}`), costs.get(`dh-virtualenv, ${label}`)];
  const ratios = ours.map(({cpu}, index) => (theirs[index]?.cpu ?? Number.NaN) / cpu);
  const walls = ours.map(({wall}, index) => (theirs[index]?.wall ?? Number.NaN) / wall);
  console.log(
    `${label}: ${median(ratios).toFixed(1)} times less CPU, ${median(walls).toFixed(1)} times less wall (median of ${runs} pairs)`,
  );
}
