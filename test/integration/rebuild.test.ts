import {copyFile, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, dirname, join, relative} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type BuildOptions, type BuildResult, buildDeb, rebuildDeb} from '../../lib/index.js';
import {makeProject} from '../helpers/projects.js';
import {CPYTHON} from '../helpers/python.js';
import {cli, inFolder, rejects} from '../helpers/suite.js';

const rebuild = suite('integration/rebuild');

interface Built {
  readonly options: BuildOptions;
  readonly deb: string;
  readonly buildinfo: string;
}

const shared = await mkdtemp(join(tmpdir(), 'mkvenvdeb-rebuild-'));
let built: BuildResult;

/** Built once; its time is not the one that is found in the project. */
rebuild.before(async () => {
  const source = await makeProject(join(shared, 'project'), {name: 'app'});
  const out = join(shared, 'out');
  const options = {source, python: CPYTHON, noIndex: true, cwd: shared, out, buildinfo: true};
  built = await buildDeb({...options, sourceDateEpoch: 1_600_000_000});
});

/** A copy of the project, its package and the .buildinfo file. */
async function prepare(folder: string): Promise<Built> {
  await cp(shared, folder, {recursive: true});
  const options = {source: join(folder, 'project'), python: CPYTHON, noIndex: true, cwd: folder};
  const copy = (file = '') => join(folder, relative(shared, file));
  return {options, deb: copy(built.packages[0]?.file), buildinfo: copy(built.buildinfo)};
}

const edit = async (file: string, change: (text: string) => string): Promise<void> => {
  const text = await readFile(file, 'utf8');
  const changed = change(text);
  assert.is.not(changed, text);
  await writeFile(file, changed);
};

rebuild('a package is the same as what its source gives, also when it was renamed', () =>
  inFolder(async (folder) => {
    const {options, deb, buildinfo} = await prepare(folder);
    const renamed = join(dirname(deb), 'renamed.deb');
    await rename(deb, renamed);
    const report = await rebuildDeb({...options, deb: renamed});
    assert.equal(report.package.differences, []);
    assert.ok(report.equal);
    assert.is(report.buildinfo, buildinfo);
    assert.is(report.rebuiltSha256, report.package.sha256);
    assert.equal(report.machine, []);
  }),
);

rebuild('what another machine had is named, and is the likely cause', () =>
  inFolder(async (folder) => {
    const {options, deb, buildinfo} = await prepare(folder);
    const elsewhere = join(folder, 'elsewhere.buildinfo');
    await copyFile(buildinfo, elsewhere);
    await edit(elsewhere, (text) =>
      text
        .replace(/^Mkvenvdeb-Version: .*$/m, 'Mkvenvdeb-Version: 0.0.1')
        .replace(/^ libc6 \(= .*\)/m, ' libc6 (= 2.0-1)')
        .replace(/^ TZ=/m, ' DEB_BUILD_OPTIONS="nocheck"\n TZ=')
        .replace('Installed-Build-Depends:\n', 'Installed-Build-Depends:\n no-such-package (= 1:2~3),\n'),
    );
    const same = await rebuildDeb({...options, deb, buildinfoFile: elsewhere});
    assert.ok(same.equal);
    assert.is(same.likelyCause, undefined);
    const [tool, ...others] = same.machine;
    assert.is(tool?.name, 'mkvenvdeb');
    assert.is(tool?.recorded, '0.0.1');
    assert.equal(
      others.map(({what, name, recorded}) => [what, name, recorded]),
      [
        ['package', 'no-such-package', '1:2~3'],
        ['package', 'libc6', '2.0-1'],
        ['environment', 'DEB_BUILD_OPTIONS', 'nocheck'],
      ],
    );
    assert.is(others[0]?.here, undefined);
    const {stdout: status} = await execa('dpkg-query', ['--status', 'libc6']);
    const installed = /^Version: (.*)$/m.exec(status)?.[1];
    assert.is(others[1]?.here, installed);
    await writeFile(join(folder, 'project', 'src', 'app.py'), 'changed = True\n');
    const other = await rebuildDeb({...options, deb, buildinfoFile: elsewhere});
    assert.not.ok(other.equal);
    assert.ok(other.package.differences.some(({path}) => path?.endsWith('/app.py')));
    assert.is.not(other.rebuiltSha256, other.package.sha256);
    assert.match(other.likelyCause ?? '', /^Another version of mkvenvdeb: mkvenvdeb \(0\.0\.1, here /);
  }),
);

rebuild('what does not belong together is told before anything is built', () =>
  inFolder(async (folder) => {
    const {options, deb, buildinfo} = await prepare(folder);
    const cases: readonly (readonly [Partial<Parameters<typeof rebuildDeb>[0]>, RegExp])[] = [
      [{package: 'other'}, /another package: it makes other, not app/],
      [{version: '2.0'}, /another version: it makes 2\.0-1, not 1\.0-1/],
      [{deb: 'no-such.deb'}, /No such file: .*no-such\.deb/],
      [{buildinfoFile: 'none'}, /Not a \.buildinfo file: .*none \(there is no such file\)/],
      [{buildinfoFile: '.'}, /\(it is no file\)/],
      [{buildinfoFile: 'project/pyproject.toml'}, /Not a \.buildinfo file: .*No field in line 1/],
    ];
    for (const [more, message] of cases)
      await rejects(rebuildDeb({...options, deb, ...more}), 'E_OPTION', message);
    await edit(buildinfo, (text) => text.replace(/^Binary: .*$/m, 'Binary: stranger'));
    await rejects(
      rebuildDeb({...options, deb}),
      'E_OPTION',
      /another package: [\s\S]*names stranger.*is app/,
    );
    await edit(buildinfo, (text) => text.replace(/[0-9a-f]{64}/, '0'.repeat(64)));
    await rejects(
      rebuildDeb({...options, deb}),
      'E_OPTION',
      /No \.buildinfo file[\s\S]*buildinfo names other bytes/,
    );
    await rejects(
      rebuildDeb({...options, deb, buildinfoFile: buildinfo}),
      'E_OPTION',
      /not name these bytes[\s\S]*it names .*0{64}/,
    );
    await writeFile(buildinfo, '\0'.repeat(100));
    await rejects(rebuildDeb({...options, deb}), 'E_OPTION', /No field in line 1/);
    await rm(buildinfo);
    await rejects(
      rebuildDeb({...options, deb}),
      'E_OPTION',
      /No \.buildinfo file beside it[\s\S]*--buildinfo/,
    );
  }),
);

rebuild('the command line tells it as a table, as JSON and by its exit code', () =>
  inFolder(async (folder) => {
    const {options, deb, buildinfo} = await prepare(folder);
    const elsewhere = join(folder, 'elsewhere');
    await mkdir(elsewhere);
    const moved = join(elsewhere, basename(buildinfo));
    await rename(buildinfo, moved);
    await edit(moved, (text) => text.replace(/^ libc6 \(= .*\)/m, ' libc6 (= 2.0-1)'));
    const args = ['verify', '--rebuild', deb, String(options.source), '--python', CPYTHON, '--no-index'];
    const call = (...more: string[]) =>
      execa(process.execPath, [cli, ...args, ...more], {cwd: folder, reject: false});
    const missing = await call();
    assert.is(missing.exitCode, 2);
    const same = await call('--buildinfo', moved);
    assert.is(same.exitCode, 0, same.stderr);
    assert.match(
      same.stdout,
      /^result +package +version +architecture +size +sha256\nequal +app +1\.0-1 +all /,
    );
    assert.match(same.stdout, /^package +libc6 +2\.0-1 +\d/m);
    await writeFile(join(folder, 'project', 'src', 'app.py'), 'changed = True\n');
    const other = await call('--buildinfo', moved, '--json');
    assert.is(other.exitCode, 1, other.stderr);
    const {equal, likelyCause, machine} = JSON.parse(other.stdout);
    assert.not.ok(equal);
    assert.is(machine[0].name, 'libc6');
    assert.match(likelyCause, /^Another machine: libc6/);
  }),
);

rebuild.after(() => rm(shared, {recursive: true, force: true}));
rebuild.run();
