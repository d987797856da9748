import {existsSync} from 'node:fs';
import {cp, readdir, readlink, stat} from 'node:fs/promises';
import {join, posix} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {loadConfigs} from '../../lib/config/load.js';
import type {Config} from '../../lib/config/types.js';
import {RULES, writeDebian} from '../helpers/debian-folders.js';
import {inFolder, rejects} from '../helpers/suite.js';
import type {Files} from '../helpers/wheels.js';

const recipes = suite('config/debian recipes');

const PROJECT: Files = {
  'pyproject.toml': '[project]\nname = "app"\nversion = "1.0"\n',
  'tools/run': '#!/bin/sh\n',
  'share/one.xsd': '1\n',
  'share/two.xsd': '2\n',
  'share/deep/three': '3\n',
  'conf/app.conf': 'a\n',
  'requirements.txt': 'needed==2\n',
  '.npmrc': '',
};

async function load(rules: string, more: Files = {}) {
  return inFolder(async (folder) => {
    await writeDebian(folder, {...PROJECT, ...more, 'debian/rules': RULES + rules});
    const warnings: string[] = [];
    const configs = await loadConfigs({
      cwd: folder,
      environment: {PATH: process.env.PATH ?? ''},
      automatic: true,
      report: (event) => event.type === 'warning' && warnings.push(event.message),
    });
    return {configs: JSON.parse(JSON.stringify(configs).replaceAll(`${folder}/`, '')) as Config[], warnings};
  });
}

/** Files by their paths, each with "x" where it may be run, and links with their targets. */
async function treeBelow(folder: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const entry of await readdir(folder, {recursive: true, withFileTypes: true})) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const name = path.slice(folder.length);
    if (entry.isSymbolicLink()) tree[name] = `-> ${await readlink(path)}`;
    else if (entry.isFile()) tree[name] = (await stat(path)).mode & 0o100 ? 'x' : '-';
  }
  return tree;
}

/** What the real programs do with a recipe, and dh_fixperms after them. */
async function byPrograms(project: string): Promise<Record<string, string>> {
  await execa('make', ['-f', 'debian/rules', 'override_dh_install'], {cwd: project});
  await execa('dh_fixperms', [], {cwd: project});
  return treeBelow(join(project, 'debian', 'app'));
}

/** What a configuration would put there. */
async function byConfig({files, links}: Config, project: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const {source, target, mode} of files) {
    const path = join(project, source);
    const runs = (mode === undefined ? (await stat(path)).mode : Number(mode)) & 0o100;
    if (!(await stat(path)).isDirectory()) tree[target] = runs ? 'x' : '-';
    else
      for (const [name, kind] of Object.entries(await treeBelow(path))) tree[posix.join(target, name)] = kind;
  }
  for (const [path, target] of Object.entries(links)) tree[path] = `-> ${target}`;
  return tree;
}

const PLACED: readonly string[] = [
  'mkdir -p debian/app/etc/app && cp conf/app.conf debian/app/etc/app',
  'mkdir -p debian/app/etc && cp -a conf/app.conf debian/app/etc/renamed.conf',
  'install -d debian/app/usr/share/app\n\tinstall -m 0644 share/*.xsd debian/app/usr/share/app/',
  'install -D -m 644 tools/run $(CURDIR)/debian/app/usr/share/app/run',
  'install -Dm755 conf/app.conf debian/app/usr/lib/app/now-a-program',
  'install -d debian/app/srv; install -p -t debian/app/srv tools/run conf/app.conf',
  'install -o root -g root -d debian/app/opt\n\tinstall tools/run debian/app/opt/started',
  'mkdir -p ./debian/app/var/www; cp -ra ./share/* debian/app/var/www',
  'mkdir -p debian/app/var/www && cp -r share debian/app/var/www',
  'mkdir -p debian/app/var && cp -r share debian/app/var/www',
  'mkdir -p debian/app/var/www && cp -r share/. debian/app/var/www/',
  'mkdir -p debian/app/usr/bin && ln -sf /opt/venvs/app/bin/app debian/app/usr/bin/app',
  'mkdir -p debian/app/usr/bin && ln -s ../lib/app/run debian/app/usr/bin/',
  'install -d -m 0750 debian/app/etc/sudoers.d && install -m 0600 conf/app.conf debian/app/etc/sudoers.d/app',
  "mkdir -p debian/app/x && cp conf/app.conf debian/app/x 2>/dev/null || true\n\tfind debian/app -name '*.pyc' -delete",
];
for (const recipe of PLACED) {
  recipes(`puts files where the programs do: ${JSON.stringify(recipe)}`, () =>
    inFolder(async (folder) => {
      const rules = `override_dh_install:\n\tdh_install\n\t${recipe}\n`;
      const {configs} = await load(rules);
      const project = await writeDebian(join(folder, 'project'), {
        ...PROJECT,
        'debian/rules': `#!/usr/bin/make -f\n${RULES}${rules}`,
      });
      const copy = join(folder, 'copy');
      await cp(project, copy, {recursive: true});
      const theirs = await byPrograms(copy);
      assert.ok(Object.keys(theirs).length > 0);
      assert.equal(await byConfig(configs[0] as Config, project), theirs);
    }),
  );
}

recipes('folders that are made belong to the package', async () => {
  const {configs} = await load(
    'override_dh_install:\n\tmkdir -p debian/app/var/lib/app debian/app/usr/bin\n',
  );
  assert.equal(
    configs[0]?.directories.map(({path}) => path),
    ['/var/lib/app'],
  );
});

const REFUSED: readonly (readonly [recipe: string, text: RegExp])[] = [
  ['cp /etc/passwd debian/app/etc/', /:5: Not understood in override_dh_virtualenv: cp \/etc\/passwd/],
  ['cp debian/app/opt/venvs/app/x debian/app/etc/', /:5: Not understood/],
  ['cp conf/app.conf debian/other/etc/', /:5: Not understood/],
  ['install -s tools/run debian/app/usr/bin/', /:5: Not understood/],
  ['install -o daemon conf/app.conf debian/app/etc/', /:5: Not understood/],
  ['ln conf/app.conf debian/app/etc/', /:5: Not understood/],
  ['mkdir -p build', /:5: Not understood/],
  ['cp dist/made debian/app/etc/', /:5: No file fits: dist\/made[\s\S]*hook/],
  ['test -d conf || mkdir debian/app/etc', /:5: Not understood/],
  ['find debian/app -name "*.so" -delete', /:5: Not understood/],
  ['find . -name "*.pyc" -delete', /:5: Not understood/],
  ['find debian/app -name "*.pyc" -newer x -delete', /:5: Not understood/],
];
for (const [recipe, text] of REFUSED) {
  recipes(`refuses ${recipe}`, async () => {
    await rejects(load(`override_dh_virtualenv:\n\tdh_virtualenv\n\t${recipe}\n`), 'E_OPTION', text);
  });
}

recipes('a search that removes bytecode leaves it out of the package', async () => {
  const rules = (command: string) => `override_dh_fixperms:\n\t${command}\n\tdh_fixperms\n`;
  const bytecodeOf = async (command: string) => (await load(rules(command))).configs[0]?.bytecode;
  for (const command of [
    "find ./debian/ -type f -name '*.pyc' -delete",
    "find debian/app -type d -name '__pycache__' -exec rm -rf {} + 2>/dev/null || true",
    "find debian/app/opt -iname '*.py[co]' -print -exec rm -f {} \\;",
  ])
    assert.is(await bytecodeOf(command), false, command);
  for (const name of ['pip-selfcheck.json', 'RECORD', 'direct_url.json', '.gitignore'])
    assert.is.not(await bytecodeOf(`find ./debian/ -type f -name '${name}' -delete`), false, name);
});

recipes('a command that says something else when it fails is read without that', async () => {
  const rules =
    'override_dh_strip:\n\tdh_strip --no-automatic-dbgsym || dh_strip\n\tdu -sh debian || echo none\n';
  assert.is((await load(rules)).configs.length, 1);
});

recipes('examples with -A are for every package', async () => {
  const rules =
    'override_dh_installexamples:\n\tdh_installexamples -A -Xdeep share/one.xsd share/deep/three\n';
  assert.equal(
    (await load(rules)).configs[0]?.examples.map(({source}) => source),
    ['share/one.xsd'],
  );
});

recipes('conditions ask the system, the changelog and files of the project', async () => {
  const rules = [
    'CODENAME = $(shell lsb_release -cs)',
    `VERSION = $(shell parsechangelog | grep ^Version: | sed -re 's/[^0-9]+([^-]+).*/\\1/')`,
    `SAME = $(shell dpkg-parsechangelog -l$(dir $(firstword $(MAKEFILE_LIST)))/changelog | sed -rne 's,^Version: ([^+-]+).*,\\1,p')`,
    'ifeq (,$(wildcard $(CURDIR)/.npmrc))\nNPM = none\nelse\nNPM = own\nendif',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as make has it
    'ifeq ($(shell echo ${CI}),true)\nNPM = ci\nendif',
    'ifeq (1,$(shell grep -iscm1 needed requirements.txt))\nNEEDED = $(shell grep needed== requirements.txt | cut -d = -f3)\nendif',
    'export FOUND = $(CODENAME) $(VERSION) $(SAME) $(NPM) $(NEEDED) $(wildcard share/*.xsd)',
  ];
  const {configs} = await load(`${rules.join('\n')}\n`);
  const {stdout} = await execa('sh', ['-c', '. /etc/os-release && echo "$VERSION_CODENAME"']);
  assert.is(configs[0]?.environment.FOUND, `${stdout} 1.0 1.0 own 2 share/one.xsd share/two.xsd`);
  await rejects(load('export X = $(shell cat /etc/hostname)\n'), 'E_OPTION', /Value of X cannot be told/);
  await rejects(load('export X = $(shell cat ../x)\n'), 'E_OPTION', /Value of X cannot be told/);
});

recipes('a sequence with a value that cannot be told is read where the configuration names it', async () => {
  const rules = 'build-arch:\n\tpython3 setup.py sdist\n\tdh $@ --sourcedir $(shell date)\n';
  await rejects(load(rules), 'E_OPTION', /build-arch: python3[\s\S]*build-arch: dh/);
  const named = {'mkvenvdeb.yaml': 'debian: true\ndebian_ignore: [build-arch]\n'};
  assert.is((await load(rules, named)).configs[0]?.prefix, '/opt/venvs/app');
});

recipes('what an earlier build left in a file of variables does not count', async () => {
  const substvars = 'shlibs:Depends=libold1 (>= 1)\nmisc:Depends=\napp:Depends=libnew2\n';
  const control =
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as control has it
    'Source: app\nMaintainer: Jo Doe <jo@example.org>\nBuild-Depends: debhelper-compat (= 13)\n\nPackage: app\nArchitecture: any\nX-Python3-Version: >= 3.9\nDepends: ${shlibs:Depends}, ${app:Depends}\nDescription: x\n';
  const {configs, warnings} = await load('', {'debian/control': control, 'debian/app.substvars': substvars});
  assert.equal(configs[0]?.depends, ['libnew2']);
  assert.equal(warnings, []);
});

recipes('nothing of a recipe is run', () =>
  inFolder(async (folder) => {
    await writeDebian(folder, {
      ...PROJECT,
      'debian/rules': `${RULES}override_dh_install:\n\tmkdir -p debian/app/x\n`,
    });
    await loadConfigs({cwd: folder, environment: {}, automatic: true});
    assert.is(existsSync(join(folder, 'debian/app')), false);
  }),
);

recipes.run();
