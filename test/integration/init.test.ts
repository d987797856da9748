import {existsSync} from 'node:fs';
import {appendFile, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {loadConfig} from '../../lib/config/load.js';
import {type BuildOptions, buildDeb, initProject} from '../../lib/index.js';
import {runCli} from '../helpers/cli.js';
import {fieldsOf, treeOf} from '../helpers/deb.js';
import {debianProject, writeDebian} from '../helpers/debian-folders.js';
import {makeProject} from '../helpers/projects.js';
import {inFolder, rejects} from '../helpers/suite.js';

const init = suite('integration/init');

/** Build, and tell everything that a package is. */
async function built(options: BuildOptions) {
  const {packages, warnings} = await buildDeb(options);
  assert.is(packages.length, 1);
  const file = packages[0]?.file ?? '';
  return {
    fields: await fieldsOf(file),
    tree: [...(await treeOf(file))],
    sha256: packages[0]?.sha256,
    codes: warnings.map(({code}) => code),
  };
}

const hasNo = (path: string) => assert.is(existsSync(path), false, path);

for (const [name, owner, untranslated] of [
  ['release', 'fxindex', []],
  [
    'split',
    'fxsuite',
    [
      /^Substitution variables of fxsuite-worker .*no:such/,
      /^Fields of fxsuite-common .*Multi-Arch/,
      /^Package fxsuite-worker needs a file of its own$/,
      /^Package fxsuite-common needs a file of its own$/,
    ],
  ],
  [
    'split',
    'fxsuite-worker',
    [/no:such/, /Multi-Arch/, /^Package fxsuite needs/, /^Package fxsuite-common needs/],
  ],
] as const) {
  init(`what is written of the folder ${name} makes the package ${owner} that the folder makes`, () =>
    inFolder(async (folder) => {
      Object.assign(process.env, {FLAVOUR: 'server'});
      const project = await debianProject(name, join(folder, 'project'));
      const options = {source: project, cwd: folder};
      const before = await built({...options, out: join(folder, 'before'), package: owner});
      const result = await initProject({cwd: folder, project, package: owner});
      assert.is(result.file, join(project, 'mkvenvdeb.yaml'));
      assert.is(result.text, await readFile(result.file, 'utf8'));
      assert.not.match(result.text, folder);
      assert.is(result.untranslated.length, untranslated.length, result.untranslated.join('\n'));
      for (const [index, pattern] of untranslated.entries()) {
        assert.match(result.untranslated[index] ?? '', pattern);
        assert.ok(result.text.includes(`# - ${result.untranslated[index]}`));
      }
      const after = await built({...options, out: join(folder, 'after')});
      assert.equal(after.fields, before.fields);
      assert.equal(after.tree, before.tree);
      assert.is(after.sha256, before.sha256);
      // What the folder's reading warns of is not read again.
      assert.equal(
        after.codes,
        before.codes.filter((code) => code !== 'debian-folder'),
      );
    }),
  );
}

init('what a script of the folder did is left to be said, and the rest makes the same package', () =>
  inFolder(async (folder) => {
    const project = await debianProject('application', join(folder, 'project'));
    const options = {source: project, cwd: folder};
    const said = 'no_index: true\nfind_links: [wheels]\n';
    const above = join(folder, 'project', 'above.yaml');
    await writeFile(
      above,
      `debian: true\ndebian_ignore: [override_dh_virtualenv]\nprefix: /opt/venvs/fxserver\n${said}`,
    );
    const before = await built({...options, out: join(folder, 'before'), configFile: above});
    const {file, text, untranslated} = await initProject({cwd: folder, project});
    assert.match(untranslated[0] ?? '', /^debian\/rules:13: .*build_virtualenv \(.*hooks\.after_install/);
    // That the prefix is another one only the script knew.
    await writeFile(file, text.replace('/opt/venvs/fxserver-py3', '/opt/venvs/fxserver'));
    await appendFile(file, said);
    const after = await built({...options, out: join(folder, 'after')});
    assert.equal([after.fields, after.sha256], [before.fields, before.sha256]);
  }),
);

init('of a pyproject suggestions are written, which change nothing until they are taken', () =>
  inFolder(async (folder) => {
    const project = await makeProject(join(folder, 'project'));
    const options = {
      source: project,
      cwd: folder,
      maintainer: 'Jo Doe <jo@example.org>',
      python: '/usr/bin/python3',
    };
    const before = await built({...options, out: join(folder, 'before')});
    const {file, text, untranslated} = await initProject({cwd: folder, project});
    assert.equal(untranslated, []);
    const after = await built({...options, out: join(folder, 'after')});
    assert.is(after.sha256, before.sha256);
    const taken = text.replace(/^# (?=[a-z_]+: ?| {2}- )/gm, '');
    await writeFile(file, taken);
    const config = await loadConfig({cwd: folder, project, environment: {}});
    assert.equal(
      [config.package, config.prefix, config.python, config.bin, config.depends],
      ['tiny', '/opt/tiny', 'pypy3', true, ['libpq5']],
    );
  }),
);

for (const [existing, text] of [
  ['mkvenvdeb.yaml', 'section: web\n'],
  ['mkvenvdeb.yml', 'section: web\n'],
  ['pyproject.toml', '[project]\nname = "app"\n[tool.mkvenvdeb]\nsection = "web"\n'],
] as const) {
  init(`a configuration in ${existing} is never overwritten`, () =>
    inFolder(async (folder) => {
      await writeDebian(folder, {[existing]: text});
      await rejects(
        initProject({cwd: folder}),
        'E_OPTION',
        /has a configuration already: .*never overwritten/s,
      );
      assert.is(await readFile(join(folder, existing), 'utf8'), text);
      const {exitCode, stdout, stderr} = await runCli(['init'], {cwd: folder});
      assert.equal([exitCode, stdout], [2, '']);
      assert.match(stderr, /has a configuration already/);
      if (existing !== 'mkvenvdeb.yaml') hasNo(join(folder, 'mkvenvdeb.yaml'));
    }),
  );
}

init('the command tells the file, and what it could not translate', () =>
  inFolder(async (folder) => {
    const project = await writeDebian(join(folder, 'project'), {'debian/app.menu-method': ''});
    const file = join(project, 'mkvenvdeb.yaml');
    const wrong = await runCli(['init', '--package', 'nothing', 'project'], {cwd: folder});
    assert.is(wrong.exitCode, 2);
    assert.match(wrong.stderr, /not in debian\/control: nothing[\s\S]*There are: app/);
    hasNo(file);
    const {exitCode, stdout, stderr} = await runCli(['init', 'project'], {cwd: folder});
    assert.equal([exitCode, stdout], [0, `${file}\n`]);
    assert.match(stderr, /not translated: File has no counterpart: debian\/app\.menu-method/);
  }),
);

init('a broken folder is told, --no-debian leaves it alone', () =>
  inFolder(async (folder) => {
    await writeDebian(folder, {'debian/changelog': 'odd\n'});
    assert.is((await runCli(['init'], {cwd: folder})).exitCode, 2);
    hasNo(join(folder, 'mkvenvdeb.yaml'));
    const {exitCode} = await runCli(['init', '--no-debian', '--json'], {cwd: folder});
    assert.is(exitCode, 0);
    assert.match(await readFile(join(folder, 'mkvenvdeb.yaml'), 'utf8'), /^# package: app$/m);
  }),
);

init.run();
