import {PYPY} from '../helpers/python.js';
import type {Edit} from '../helpers/surroundings.js';

/** What keeps something of the build machine out of the package, and how to undo it. */
export interface Normalisation extends Edit {
  readonly title: string;
  /** What does the same once more, and has to be undone as well. */
  readonly also?: Edit;
  /** The one interpreter where it makes a difference. @default any */
  readonly python?: string;
  /** What the build says then; undefined: nothing, but the bytes are others. */
  readonly outcome?: RegExp;
}

const LEFT = 'Build path left in file: ';
const rule = (title: string, name: string, outcome: RegExp | undefined): Normalisation => ({
  title,
  file: 'lib/relocate/index.js',
  from: `    ${name},\n`,
  to: '',
  ...(outcome ? {outcome} : {}),
});

const UNSORTED: Edit = {
  file: 'lib/payload/walk.js',
  from: 'walk.found.sort((a, b) => compareBytes(a.entry.path, b.entry.path));',
  to: '',
};

/** Node sorts what it lists; read one by one, names come as the disk has them. */
const DISK_ORDER: Edit = {
  file: 'lib/payload/walk.js',
  from: "readdirSync(folder, { encoding: 'buffer' })",
  to: `(() => {
    const opened = process.getBuiltinModule('node:fs').opendirSync(folder, { encoding: 'buffer' });
    const names = [];
    for (let one = opened.readSync(); one; one = opened.readSync()) names.push(one.name);
    opened.closeSync();
    return names;
  })()`,
};

export const NORMALISATIONS: readonly Normalisation[] = [
  {
    title: 'modes are computed',
    file: 'lib/payload/walk.js',
    from: 'walk.keepModes ? stats.mode & 0o7777 : plainMode(stats)',
    to: 'stats.mode & 0o7777',
  },
  {
    title: 'owners are root',
    file: 'lib/payload/walk.js',
    from: "const { owner = 'root' } = walk;",
    to: "const owner = stats.uid === 0 ? 'root' : 'nobody';",
  },
  {
    title: 'times are those of the epoch',
    file: 'lib/payload/walk.js',
    from: 'mtime: walk.mtime(path, distribution)',
    to: 'mtime: Math.floor(stats.mtimeMs / 1000)',
  },
  {
    title: 'entries are sorted',
    file: 'lib/payload/order.js',
    from: '.sort((a, b) => compareBytes(a.path, b.path))',
    to: '',
    also: UNSORTED,
    outcome: /Its folder does not come before it/,
  },
  {title: 'of hard links the first by name is the file', ...UNSORTED, also: DISK_ORDER},
  rule(
    'links lead into the package',
    'relocateLinks',
    /Build path left in file: \/opt\/traits\/bin\/traits-too|Symlink leads out/,
  ),
  rule(
    'pyvenv.cfg names no folder of the build',
    'relocatePyvenvs',
    new RegExp(`${LEFT}/opt/traits/pyvenv.cfg`),
  ),
  rule(
    'activate has the final path',
    'relocateActivations',
    new RegExp(`${LEFT}/opt/traits/bin/[Aa]ctivate`),
  ),
  rule('scripts have the final interpreter', 'relocateShebangs', new RegExp(`${LEFT}/opt/traits/bin/traits`)),
  rule(
    '.pth files have the final path',
    'relocatePathFiles',
    new RegExp(`${LEFT}/opt/traits/lib/.*traits\\.pth`),
  ),
  rule(
    'direct_url.json goes',
    'relocateDirectUrls',
    new RegExp(`${LEFT}/opt/traits/lib/.*direct_url\\.json`),
  ),
  rule('.pc files have the final path', 'relocateSettings', new RegExp(`${LEFT}/opt/traits/lib/pkgconfig`)),
  {
    title: 'RECORD is made anew',
    file: 'lib/stage.js',
    from: 'const { unchanged } = await rewriteRecords(venv, { requested });',
    to: 'const unchanged = new Set(); void rewriteRecords;',
  },
  {
    title: 'bytecode names the final path',
    file: 'lib/python/compile_bytecode.py',
    from: 'compile(source, final_path,',
    to: 'compile(source, source_path,',
    outcome: new RegExp(`${LEFT}/opt/traits/lib/.*\\.pyc`),
  },
  {
    title: 'bytecode is written without back references',
    file: 'lib/python/compile_bytecode.py',
    from: 'return marshal.dumps(code, 2)',
    to: 'return marshal.dumps(code)',
    python: PYPY,
  },
  {
    title: 'bytecode has a hash instead of a time',
    file: 'lib/python/compile_bytecode.py',
    from: 'header = importlib.util.MAGIC_NUMBER + CHECKED_HASH.to_bytes(4, "little") + source_hash',
    to: 'header = importlib.util.MAGIC_NUMBER + bytes(4) + int(os.stat(source_path).st_mtime).to_bytes(4, "little") + len(source).to_bytes(4, "little")',
  },
  {
    title: 'bytecode of others is removed',
    file: 'lib/python/bytecode.js',
    from: '    await removeBytecode(staged);\n',
    to: '',
    outcome: new RegExp(`${LEFT}/opt/traits/lib/.*\\.opt-1\\.pyc`),
  },
  {
    title: "the caller's environment stays outside",
    file: 'lib/python/environment.js',
    from: '...chosen(caller, PASSED),',
    to: '...chosen(caller, [...PASSED, ...Object.keys(caller).filter((name) => name.startsWith("TRAITS_"))]),',
  },
  {
    title: 'the home of a build is empty',
    file: 'lib/python/environment.js',
    from: "HOME: join(work, 'home')",
    to: 'HOME: caller.HOME',
  },
  {
    title: 'the time zone is UTC',
    file: 'lib/python/environment.js',
    from: '...PINNED,',
    to: '...PINNED, TZ: caller.TZ ?? "UTC",',
  },
  {
    title: 'back ends are told the time',
    file: 'lib/python/build-wheel.js',
    from: 'SOURCE_DATE_EPOCH: String(Math.max(epoch, FIRST_ZIP_TIME))',
    to: 'SOURCE_DATE_EPOCH: String(Math.floor(Date.now() / 1000))',
  },
  {
    title: 'sources have the time of the epoch',
    file: 'lib/python/source.js',
    from: '    await setTimes(target, Number(context.env.SOURCE_DATE_EPOCH));\n',
    to: '',
  },
  {
    title: 'compilers leave the folder out',
    file: 'lib/python/environment.js',
    from: ' -ffile-prefix-map=$',
    to: ' -DMAP=$',
    outcome: new RegExp(`${LEFT}/opt/traits/lib/.*libwhere\\.so`),
  },
  {
    title: 'sources are built in folders with fixed names',
    file: 'lib/python/wheels.js',
    from: "folderFor('project')",
    to: "folderFor('project' + Date.now())",
  },
];
