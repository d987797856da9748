// Put the command and what it imports into a few files, dist/cli: most of the time in which a command starts would go
// into finding and reading some 500 modules. The library, dist/lib, stays as the compiler wrote it.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join, relative, sep} from 'node:path';
import {fileURLToPath} from 'node:url';
import {rolldown} from 'rolldown';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(root, 'dist/cli');
const folders = ['bin', 'lib'].map((name) => join(root, name) + sep);

/** Threads that are started for a short time: reading their modules one by one would take longer than their work. */
const threads = {'read-package-worker': 'lib/apt/read-package-worker.ts'};
const here = new RegExp(
  `(?<=new URL\\('(?:${Object.keys(threads).join('|')})\\.js', )import\\.meta\\.url`,
  'g',
);

/** Our modules find scripts, workers and WASM beside themselves, in dist/lib: tell them where that is. */
const places = {
  name: 'places',
  transform(code, id) {
    if (!folders.some((folder) => id.startsWith(folder)) || !code.includes('import.meta')) return null;
    const compiled = join(root, 'dist', relative(root, id)).replace(/\.ts$/, '.js');
    const url = `new URL(${JSON.stringify(relative(target, compiled).replaceAll(sep, '/'))}, import.meta.url)`;
    if (/import\.meta\.(?!url\b)/.test(code)) throw new Error(`Only import.meta.url is understood: ${id}`);
    // No line is added: the source map stays right.
    const parts = code.split(here).map((part) => part.replaceAll('import.meta.url', `${url}.href`));
    return {code: parts.join('import.meta.url'), map: null};
  },
};

const own =
  (...names) =>
  (id) =>
    names.some((name) => id === join(root, name));

/**
 * What many commands share, each group in one file with all that it imports: finding and reading a file takes longer
 * than what is in it and not needed. What stands in two groups is in the first.
 */
const groups = [
  {name: 'cancelled', test: own('bin/cancelled.ts')},
  {name: 'base', test: own('lib/context.ts')},
  {name: 'shell', test: own('bin/shell.ts', 'lib/own-version.ts', 'bin/limits.ts', 'bin/repeatable.ts')},
  {
    name: 'read',
    test: own(
      'lib/archive/read.ts',
      'lib/archive/litter.ts',
      'lib/formats/elf.ts',
      'lib/formats/glob.ts',
      'lib/formats/names.ts',
      'lib/formats/order.ts',
      'lib/formats/record.ts',
      'lib/formats/tar-scan.ts',
      'lib/policy/version.ts',
    ),
  },
  {name: 'inspect', test: own('lib/archive/inspect.ts')},
  {name: 'repository', test: own('lib/apt/edit.ts', 'lib/apt/repository.ts', 'lib/apt/suite.ts')},
  {name: 'check', test: own('lib/archive/check.ts')},
  {name: 'take', test: own('lib/apt/read-batch.ts', 'lib/apt/read-package.ts')},
];

const bundle = await rolldown({
  input: {mkvenvdeb: join(root, 'bin/mkvenvdeb.ts'), ...threads},
  platform: 'node',
  cwd: root,
  // The first looks for further packages of its own and is seldom wanted, as are the last two; the licence of openpgp
  // wants it to be exchangeable; Node warns of Buffer() in ar-async where that does not lie in node_modules.
  external: ['@cyclonedx/cyclonedx-library', 'ar-async', 'openpgp', 'undici'],
  resolve: {extensionAlias: {'.js': ['.ts', '.js']}},
  tsconfig: join(root, 'tsconfig.json'),
  plugins: [places],
  onLog(level, log) {
    if (level === 'warn') throw new Error(log.message);
  },
});
const {output} = await bundle.write({
  dir: target,
  format: 'esm',
  sourcemap: true,
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  codeSplitting: {groups},
});
writeFileSync(join(target, 'answers.json'), JSON.stringify(await answers()));
writeFileSync(join(target, 'LICENSES'), licences(output.flatMap(({modules = {}}) => Object.keys(modules))));

/** What the command says when it is asked for help or for its version: see bin/ready-answer.ts. */
async function answers() {
  const {main} = await import(join(root, 'dist/bin/main.js'));
  const {loadCommands} = await import(join(root, 'dist/bin/commands/index.js'));
  const shell = {cwd: root, environment: {}, signal: new AbortController().signal, stderr: {write() {}}};
  const names = (commands, before = []) =>
    commands.flatMap((one) => [[...before, one.name()], ...names(one.commands, [...before, one.name()])]);
  const questions = [['--version'], ['--help']];
  for (const name of names(await loadCommands([], shell))) questions.push([...name, '--help']);
  const said = {};
  for (const question of questions) {
    let text = '';
    const stdout = {write: (more) => (text += more), written: async () => {}};
    if ((await main(question, {...shell, stdout})) !== 0) throw new Error(`No answer: ${question.join(' ')}`);
    said[question.join(' ')] = text;
  }
  return said;
}

/** What the authors of the packages in there ask to be kept with their work. */
function licences(modules) {
  const folders = modules.map((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0]).filter(Boolean);
  return [...new Set(folders)].sort().map(licenceOf).join('\n');
}

function licenceOf(folder) {
  const {name, version, license, author} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const terms =
    file === undefined ? `${license}, ${author}` : readFileSync(join(folder, file), 'utf8').trim();
  return `== ${name} ${version}\n\n${terms}\n`;
}
