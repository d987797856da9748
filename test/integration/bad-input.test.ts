import {existsSync} from 'node:fs';
import {copyFile, mkdir, readdir, rm, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type BuildOptions, buildDeb} from '../../lib/build.js';
import {CommandError, type ErrorCode, exitCodeFor, MkvenvdebError} from '../../lib/errors.js';
import {makeProject, type ProjectOptions} from '../helpers/projects.js';
import {listing, ownTemporaryFolder} from '../helpers/traces.js';
import {makeWheel, writeTree} from '../helpers/wheels.js';

/** What a build meets beyond its options; test/bin/bad.test.ts goes through the broken files of fixtures/bad. */
const bad = suite('integration/bad-input');
const PYTHON = '/usr/bin/python3';
const own = await ownTemporaryFolder();
let count = 0;

/** A build that is bound to fail: what it is given lies in `folder`, the project in `folder/project`. */
interface Case {
  readonly code?: ErrorCode;
  /** Looked for in message, hint and, of a command, its output. */
  readonly message: RegExp;
  readonly project?: ProjectOptions;
  readonly options?: BuildOptions;
  /** Makes what the project needs beside itself, and gives further options. */
  readonly prepare?: (folder: string) => Promise<BuildOptions | undefined>;
}

/** Build, which has to fail; the user's files and the temporary folder must be afterwards what they were before. */
async function failure(options: BuildOptions, kept: string): Promise<MkvenvdebError> {
  const before = await listing(kept);
  const littered = await readdir(process.env.TMPDIR as string);
  let error: unknown;
  await buildDeb(options).catch((caught) => {
    error = caught;
  });
  if (!(error instanceof MkvenvdebError)) throw error ?? new Error('the build succeeded');
  assert.equal(await listing(kept), before, 'the files of the user are as they were');
  assert.equal(await readdir(process.env.TMPDIR as string), littered, 'nothing is left in TMPDIR');
  assert.not.match(error.message, /\n|\.$|^Error/);
  return error;
}

function shown(error: MkvenvdebError): string {
  const output = error instanceof CommandError ? `\n${error.output}` : '';
  return `${error.message}\n${error.issues.join('\n')}\n${error.hint ?? ''}${output}`;
}

function refuses(title: string, exitCode: 1 | 2, {code, message, ...given}: Case): void {
  bad(`${title} is refused with exit code ${exitCode}`, async () => {
    count += 1;
    const folder = join(own, String(count));
    const project = await makeProject(join(folder, 'project'), given.project);
    const more = await given.prepare?.(folder);
    const out = join(own, 'out', String(count));
    const options = {
      source: project,
      python: PYTHON,
      noIndex: true,
      out,
      cwd: folder,
      ...given.options,
      ...more,
    };
    const error = await failure(options, folder);
    assert.match(shown(error), message);
    assert.is(error.code, code ?? 'E_OPTION', error.message);
    assert.is(exitCodeFor(error), exitCode);
    if (exitCode === 2) assert.ok(error.hint || error.issues.length > 0, `no cure: ${error.message}`);
    if (options.out === out) assert.not.ok(existsSync(out), 'there is no output folder');
  });
}

/** A copy of the interpreter that dpkg knows nothing of. */
async function foreignInterpreter(folder: string): Promise<string> {
  await mkdir(join(folder, 'python/bin'), {recursive: true});
  const python = join(folder, 'python/bin/python3.11');
  await copyFile('/usr/bin/python3.11', python);
  return python;
}

/** The first bytes of a shared object for a processor (ELF, e_machine). */
function elf(machine: number): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(3, 16);
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20);
  return header;
}

const folderOf = (target: string, source = 'extra') => ({files: [{source, target}]});

refuses('an interpreter that is not there', 2, {
  code: 'E_PYTHON',
  options: {python: 'pypy9'},
  message: /^Interpreter not found: pypy9\n.*apt install pypy9/s,
});
refuses('an interpreter that is no Python', 2, {
  code: 'E_PYTHON',
  options: {python: '/bin/true'},
  message: /^Interpreter does not work: \/bin\/true/,
});
refuses('an interpreter that no Debian package owns', 2, {
  code: 'E_PYTHON',
  prepare: async (folder) => ({python: await foreignInterpreter(folder)}),
  message: /python\/bin\/python3\.11.*target_?python.*interpreter_?depends/is,
});
refuses('a virtualenv command that is not there', 2, {
  code: 'E_PYTHON',
  options: {venv: 'virtualenv', environment: {PATH: '/nonexistent'}},
  message: /virtualenv/,
});
refuses('a project without a maintainer', 2, {
  project: {author: undefined},
  message: /maintainer.*DEBEMAIL/s,
});
refuses('a maintainer without a mail address', 2, {
  options: {maintainer: 'Jo Doe'},
  message: /maintainer.*Jo Doe.*mail/s,
});
refuses('a line break in a field', 2, {
  options: {homepage: 'https://x.example/\nDepends: evil'},
  message: /homepage/,
});
refuses('an option of the API that is not known', 2, {
  options: {intrepreterDepends: ['pypy3']} as BuildOptions,
  message: /intrepreterDepends.*interpreterDepends/s,
});
refuses('an editable requirement', 2, {
  project: {tree: {'requirements.txt': 'fxa\n-e ./vendored\n'}},
  message: /requirements\.txt:2: Editable requirement: .*vendored.*Remove "-e"/s,
});
refuses('a relative prefix', 2, {options: {prefix: 'opt/tiny'}, message: /prefix.*opt\/tiny/});
refuses('a prefix of the system', 2, {options: {prefix: '/usr'}, message: /prefix.*reserved.*\/usr/});
refuses('SOURCE_DATE_EPOCH that is no number', 2, {
  options: {},
  prepare: async () => {
    process.env.SOURCE_DATE_EPOCH = 'yesterday';
    return {};
  },
  message: /SOURCE_DATE_EPOCH.*yesterday.*git log/s,
});
bad.after.each(() => {
  delete process.env.SOURCE_DATE_EPOCH;
});
refuses('a symlink out of the project', 2, {
  code: 'E_PAYLOAD',
  prepare: async (folder) => {
    await symlink('/etc/passwd', join(folder, 'project/data'));
    return {};
  },
  message: /Symlink leads out of the project: data -> \/etc\/passwd.*copy/s,
});
refuses('a symlink out of a folder of "files"', 2, {
  code: 'E_PAYLOAD',
  prepare: async (folder) => {
    await mkdir(join(folder, 'extra'));
    await symlink('../../secret', join(folder, 'extra/data'));
    return folderOf('/srv/extra');
  },
  message: /Symlink leads out of the tree: srv\/extra\/data -> \.\.\/\.\.\/secret/,
});
refuses('a device node in a folder of "files"', 2, {
  code: 'E_PAYLOAD',
  prepare: async (folder) => {
    await mkdir(join(folder, 'extra'));
    const node = join(folder, 'extra/null');
    await execa('mknod', [node, 'c', '1', '3'], {reject: false});
    if (!existsSync(node)) await execa('mkfifo', [node]);
    return folderOf('/srv/extra');
  },
  message: /^(Device|Pipe) cannot be packed: srv\/extra\/null/,
});
refuses('a socket or pipe in the project', 2, {
  code: 'E_PAYLOAD',
  prepare: async (folder) => {
    await execa('mkfifo', [join(folder, 'project/pipe')]);
    return {};
  },
  message: /Neither file nor folder nor link: .*\/project\/pipe/,
});
refuses('a name over 246 bytes', 2, {
  code: 'E_PAYLOAD',
  project: {files: {[`tiny/${'n'.repeat(247)}`]: ''}},
  message: /Name over 246 bytes: opt\/tiny\/.*\/n{247}/,
});
refuses('a name with a line break', 1, {
  code: 'E_FORMAT',
  project: {files: {'tiny/a\nb': ''}},
  message: /a\\nb.*has a control character in its name/,
});
refuses('two files for one path', 2, {
  code: 'E_PAYLOAD',
  prepare: async (folder) => {
    await writeTree(folder, {extra: 'x'});
    return folderOf('/opt/tiny/bin/tiny');
  },
  message: /Two things for one path: opt\/tiny\/bin\/tiny/,
});
refuses('a command of "bin" that is not there', 2, {
  options: {bin: ['tiny', 'tinny']},
  message: /Command of "bin" is not in the virtualenv: tinny\n.*There are: tiny/s,
});
refuses('files of two architectures', 2, {
  code: 'E_PAYLOAD',
  prepare: async (folder) => {
    await writeTree(folder, {'extra/a.so': elf(62), 'extra/b.so': elf(183)});
    return folderOf('/srv/extra');
  },
  message: /a\.so.*b\.so/s,
});

refuses('a requirement that nothing satisfies', 1, {
  code: 'E_COMMAND',
  project: {requires: ['fxabsent>=2']},
  prepare: async (folder) => ({findLinks: [join(folder, '..')]}),
  message: /^Command failed: pip download.*No matching distribution found for fxabsent>=2/s,
});
refuses('a hash that does not fit', 1, {
  code: 'E_COMMAND',
  project: {tree: {'requirements.txt': `fxa==1.0 --hash=sha256:${'0'.repeat(64)}\n`}},
  prepare: async (folder) => {
    await makeWheel(join(folder, 'wheels'), {name: 'fxa'});
    return {findLinks: [join(folder, 'wheels')]};
  },
  message: /THESE PACKAGES DO NOT MATCH THE HASHES.*fxa==1\.0/s,
});
refuses('a requirement without a hash where hashes are demanded', 2, {
  project: {tree: {'requirements.txt': 'fxa==1.0\n'}},
  prepare: async (folder) => {
    await makeWheel(join(folder, 'wheels'), {name: 'fxa'});
    return {findLinks: [join(folder, 'wheels')], requireHashes: true};
  },
  message: /require_hashes asks for one: .*requirements\.txt:1: fxa==1\.0$/m,
});
refuses('a wheel that is missing offline', 1, {
  code: 'E_COMMAND',
  project: {tree: {'requirements.txt': 'fxa==1.0\n'}},
  message: /No matching distribution found for fxa==1\.0/,
});
refuses('a hook that fails', 1, {
  code: 'E_COMMAND',
  options: {hooks: {afterInstall: [['sh', '-c', 'echo no database >&2; exit 3']]}},
  message: /^Command failed: hook sh \(exit code 3\).*no database/s,
});
refuses('a hook that cannot be started', 1, {
  code: 'E_COMMAND',
  options: {hooks: {beforePack: [['no-such-command']]}},
  message: /^Command could not be started: no-such-command/,
});
refuses('a build back end that fails', 1, {
  code: 'E_COMMAND',
  project: {
    tree: {'backend/backend.py': 'def build_wheel(*args):\n    raise SystemExit("no compiler here")\n'},
  },
  message: /^Command failed: build of .*no compiler here/s,
});
refuses('a hook that leaves a path of the build', 1, {
  code: 'E_RELOCATE',
  options: {hooks: {beforePack: [['sh', '-c', 'printf "at %s" "$MKVENVDEB_STAGED_PREFIX" >etc.conf']]}},
  message: /Build path left in file: \/opt\/tiny\/etc\.conf: .* at byte 3/,
});
refuses('an output folder that is a file', 1, {
  code: 'E_IO',
  prepare: async (folder) => {
    await writeFile(join(folder, 'taken'), '');
    return {out: join(folder, 'taken')};
  },
  message: /taken/,
});

bad('an index that does not answer is told within half a minute', async () => {
  const folder = join(own, 'index');
  const source = await makeProject(join(folder, 'project'), {requires: ['fxabsent']});
  const started = process.hrtime.bigint();
  const out = join(own, 'out', 'index');
  const error = await failure({source, out, python: PYTHON, indexUrl: 'http://127.0.0.1:9/simple'}, folder);
  assert.is(error.code, 'E_COMMAND');
  assert.match(shown(error), /refused.*No matching distribution found for fxabsent/is);
  assert.ok(Number(process.hrtime.bigint() - started) / 1e9 < 30);
  assert.not.ok(existsSync(out));
});

bad('the two keys cure an interpreter that no Debian package owns', async () => {
  const folder = join(own, 'foreign');
  const source = await makeProject(join(folder, 'project'));
  const options = {
    source,
    noIndex: true,
    targetPython: '/opt/python/bin/python3.11',
    interpreterDepends: ['our-python'],
  };
  const {packages} = await buildDeb({
    ...options,
    python: await foreignInterpreter(folder),
    out: join(folder, 'out'),
  });
  const file = packages[0]?.file as string;
  const {stdout: fields} = await execa('dpkg-deb', ['-f', file, 'Depends']);
  assert.is(fields, 'our-python');
  const {stdout: tree} = await execa('dpkg-deb', ['-c', file]);
  assert.match(
    tree,
    /bin\/python3\.11 -> \/opt\/python\/bin\/python3\.11|bin\/python3? -> \/opt\/python\/bin\/python3\.11/,
  );
});

bad.after(() => rm(own, {recursive: true, force: true}));
bad.run();
