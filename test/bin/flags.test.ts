import {Command} from 'commander';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {addFlags} from '../../bin/flags.js';
import {type BuildOptions, describeOptions, type OptionDescription} from '../../lib/index.js';

const flags = suite('bin/flags');

/** What a command line says, as options of the library. */
function read(...args: string[]): BuildOptions {
  const command = new Command('build').exitOverride().configureOutput({writeErr: () => {}});
  const options = addFlags(command);
  command.parse(args, {from: 'user'});
  return options();
}

/** The command line that gives an option its example. */
function say({flag, kind, example}: OptionDescription): readonly string[] {
  const positive = flag.replace('--no-', '--');
  if (kind === 'boolean')
    return [(example === false) !== flag.startsWith('--no-') ? positive.replace('--', '--no-') : positive];
  if (kind === 'list' || kind === 'names')
    return (example as readonly string[]).flatMap((item) => [flag, item]);
  if (kind === 'item') return [flag, JSON.stringify(example)];
  if (kind === 'json' || kind === 'items')
    return (example as readonly unknown[]).flatMap((item) => [
      flag,
      typeof item === 'string' ? item : JSON.stringify(item),
    ]);
  if (kind === 'map')
    return Object.entries(example as object).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  return [flag, String(example)];
}

for (const option of describeOptions().filter(({example}) => example !== undefined)) {
  const args = say(option);
  flags(`${args.join(' ')} says ${option.key}`, () => {
    const [key = '', inner] = option.path;
    const value = inner === undefined ? option.example : {[inner]: option.example};
    assert.equal(read(...args), {[key]: value});
  });
}

flags('nothing said is nothing read', () => assert.equal(read(), {}));

for (const [args, wanted] of [
  [['--no-index'], {noIndex: true}],
  [['--index'], {noIndex: false}],
  [['--bytecode'], {bytecode: true}],
  [['--no-bytecode'], {bytecode: false}],
  [['--no-keep-pip'], {keepPip: false}],
  [['--no-shlibs'], {shlibs: false}],
  [['--shlibs-exclude', 'liba.so.1', '--shlibs-exclude', '/x'], {shlibs: {exclude: ['liba.so.1', '/x']}}],
  [['--bin', 'true'], {bin: true}],
  [['--bin', 'false'], {bin: false}],
  [['--bin', 'a', '--bin', 'b'], {bin: ['a', 'b']}],
  [['--scripts-postinst', 'a', '--scripts-prerm', 'b'], {scripts: {postinst: 'a', prerm: 'b'}}],
  [['--environment', 'A=b=c', '--environment', 'D='], {environment: {A: 'b=c', D: ''}}],
  [['--hooks-before-pack', '["a", "b c"]'], {hooks: {beforePack: [['a', 'b c']]}}],
  [['--version', '1.10'], {version: '1.10'}],
  [['--user', 'www'], {user: 'www'}],
  [
    ['--default', 'a', '--default', '{"source": "b", "name": "c"}'],
    {default: ['a', {source: 'b', name: 'c'}]},
  ],
  [['--source-date-epoch', '5'], {sourceDateEpoch: 5}],
  [['--pip-args=--pre', '--pip-args=--prefer-binary'], {pipArgs: ['--pre', '--prefer-binary']}],
] as const) {
  flags(`${args.join(' ')} is ${JSON.stringify(wanted)}`, () => assert.equal(read(...args), wanted));
}

flags('what is no number is left to the schema to refuse', () =>
  assert.equal(read('--compression-level', 'most') as object, {compressionLevel: 'most'}),
);

for (const [args, message] of [
  [['--environment', 'A'], /Give it as NAME=VALUE/],
  [['--environment', '=b'], /Give it as NAME=VALUE/],
  [['--files', '{source: x}'], /Give it as JSON/],
  [['--compression', 'lzma'], /Allowed choices are xz, gzip, zstd, none/],
  [['--no-such-flag'], /unknown option/],
] as const) {
  flags(`${args.join(' ')} is refused`, () => assert.throws(() => read(...args), message));
}

flags('help shows one form of each flag, in groups', () => {
  const command = new Command('build');
  addFlags(command);
  const help = command.configureHelp({helpWidth: 200}).helpInformation();
  for (const {flag, kind, default: value} of describeOptions()) {
    const shown = kind === 'boolean' && value === true ? flag.replace('--', '--no-') : flag;
    assert.is(help.match(new RegExp(`^  ${shown}(?= |$)`, 'gm'))?.length, 1, shown);
  }
  for (const group of ['Package:', 'Python:', 'Content:', 'Output:']) assert.match(help, `\n${group}\n`);
  assert.not.match(help, /^ {2}--index /m);
  assert.match(help, /^ {2}--no-bytecode +Do not ship compiled modules beside the sources$/m);
  assert.match(help, /^ {2}--no-build-isolation +Do not build every sdist in an/m);
  assert.match(
    help.replace(/\s+/g, ' '),
    /--files <json> .*\(repeatable, such as '\{"source":"conf\/warehouse\.yml"/,
  );
});

flags.run();
