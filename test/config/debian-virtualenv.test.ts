import {execFileSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {DH_VIRTUALENV_OPTIONS, parseDhVirtualenv} from '../../lib/config/debian/dh-virtualenv.js';
import {buildsystemOptions, virtualenvValues} from '../../lib/config/debian/virtualenv.js';

/** The numbers are those of facts on dh-virtualenv's own tests; what shebangs become is tested in test/relocate. */
const commandLine = suite('config/debian/dh-virtualenv');

const parse = (line: string, dhOptions?: string) =>
  parseDhVirtualenv(line.split(' ').filter(Boolean), dhOptions);

const ERRORS: readonly (readonly [title: string, line: string, error: RegExp])[] = [
  ['1: an unknown option', '-f', /no such option: -f/],
  ['an unknown long option', '--fail', /no such option: --fail/],
  ['8: the old and the new name of the index', '--pypi-url A --index-url B', /mutually exclusive/],
  ['9: the same the other way round', '--index-url B --pypi-url A', /mutually exclusive/],
  ['two indexes', '--index-url A --index-url B', /once only/],
  ['10: --no-test and --setuptools-test', '--no-test --setuptools-test', /mutually exclusive/],
  ['13: --builtin-venv and --setuptools', '--builtin-venv --setuptools', /mutually exclusive/],
  ['13: the same the other way round', '--setuptools --builtin-venv', /mutually exclusive/],
  ['a beginning of several names', '--extra x', /ambiguous option: --extra/],
  ['a value for what takes none', '--verbose=1', /does not take a value/],
  ['no value for what takes one', '--python', /requires 1 argument/],
];
for (const [title, line, error] of ERRORS) {
  commandLine(`refuses ${title}`, () => assert.match(parse(line).errors.join('\n'), error));
}

commandLine('2: an option that dh passed on takes the next word', () => {
  const {options, positional, errors} = parse('-O--sourcedirectory /tmp');
  assert.equal([options.sourcedirectory, positional, errors], ['/tmp', [], []]);
});

commandLine('3: what dh passed on for others is ignored', () => {
  const {options, errors} = parse('-O--buildsystem=none -O--parallel -O--python=/usr/bin/pypy3 -O-v');
  assert.equal([errors, options.python, options.verbose], [[], '/usr/bin/pypy3', true]);
});

commandLine('what dh passed on for others may still be a value', () => {
  const {options, errors} = parse('-O--extra-pip-arg -O--no-index -O--buildsystem=none');
  assert.equal([errors, options.extraPipArg], [[], ['--no-index']]);
});

commandLine('4: DH_OPTIONS counts', () => {
  assert.is(parse('', '--sourcedirectory=/tmp/').options.sourcedirectory, '/tmp/');
});

commandLine('5: an option may be given again and again', () => {
  const {options} = parse('--extra-index-url A --extra-index-url=B -p one -ptwo -N three');
  assert.equal(
    [options.extraIndexUrl, options.package, options.noPackage],
    [['A', 'B'], ['one', 'two'], ['three']],
  );
});

commandLine('6: --pypi-url warns once', () => {
  const {options, warnings} = parse('--pypi-url http://example.org');
  assert.is(options.indexUrl, 'http://example.org');
  assert.equal(warnings, ['Use of --pypi-url is deprecated. Use --index-url instead']);
});

commandLine('7: --no-test warns and does nothing', () => {
  const {options, warnings} = parse('--no-test');
  assert.is(options.setuptoolsTest, false);
  assert.match(warnings.join('\n'), /deprecated and has no effect. Use --setuptools-test/);
});

commandLine('11, 12: flags are off until they are given', () => {
  const {options} = parse('');
  assert.equal(
    [options.setuptoolsTest, options.useSystemPackages, options.builtinVenv],
    [false, false, false],
  );
  assert.is(parse('--setuptools-test').options.setuptoolsTest, true);
  assert.is(parse('--use-system-packages').options.useSystemPackages, true);
  assert.is(parse('-Sn').options.noscripts, true);
});

commandLine('-a takes a word, as in dh_virtualenv, and is ignored', () => {
  assert.equal(parse('-a amd64 -i').positional, []);
});

const ORACLE = `
import json, sys, warnings
warnings.simplefilter("ignore")
from dh_virtualenv.cmdline import get_default_parser
options, rest = get_default_parser().parse_args(sys.argv[1:])
print(json.dumps([vars(options), rest]))
`;
const NAMES: Readonly<Record<string, string>> = {
  package: 'package',
  noPackage: 'no_package',
  verbose: 'verbose',
  setuptools: 'setuptools',
  extraIndexUrl: 'extra_index_url',
  preinstall: 'preinstall',
  extras: 'extras',
  pipTool: 'pip_tool',
  upgradePip: 'upgrade_pip',
  upgradePipTo: 'upgrade_pip_to',
  extraPipArg: 'extra_pip_arg',
  extraVirtualenvArg: 'extra_virtualenv_arg',
  indexUrl: 'index_url',
  python: 'python',
  builtinVenv: 'builtin_venv',
  useSystemPackages: 'use_system_packages',
  skipInstall: 'skip_install',
  installSuffix: 'install_suffix',
  requirements: 'requirements_filename',
  setuptoolsTest: 'setuptools_test',
  sourcedirectory: 'sourcedirectory',
};
for (const line of [
  '--pytho /usr/bin/python3 --preinst a --preinstall=b c --extras x',
  '-vsS -pone -p two -D src --upgrade-pip --upgrade-pip-to 20.3',
  '--builtin --requirem r.txt --install-s here --skip -n -- --python x',
  '--extra-pip-arg=--no-index --extra-pip-arg -v --extra-virtualenv-arg=--never-download --pip-tool p',
  '-O--sourcedirectory=/tmp -O--setuptools --index-url U --no-test',
]) {
  commandLine(`reads as dh_virtualenv itself: ${line}`, () => {
    const words = line.split(' ');
    const [theirs, rest] = JSON.parse(
      execFileSync('/usr/bin/python3', ['-c', ORACLE, ...words], {encoding: 'utf8'}),
    );
    const {options, positional, errors} = parseDhVirtualenv(words);
    assert.equal(errors, []);
    assert.equal(positional, rest);
    for (const [name, theirName] of Object.entries(NAMES)) {
      const value = options[name as keyof typeof options];
      const isEmpty = (one: unknown) =>
        one === undefined || one === null || one === false || String(one) === '';
      if (isEmpty(value) && isEmpty(theirs[theirName])) continue;
      assert.equal(value, theirs[theirName], name);
    }
  });
}

commandLine('knows every option of its manual', () => {
  const help = execFileSync('dh_virtualenv', ['--help'], {encoding: 'utf8'});
  const shown = [...help.matchAll(/^ {2}(?:-\w(?: [A-Z]+)?, )?(--[a-z-]+)/gm)].map(([, name]) => name ?? '');
  assert.ok(shown.length > 20);
  assert.equal(
    shown.filter((name) => !DH_VIRTUALENV_OPTIONS.includes(name)),
    [],
  );
});

const CONTEXT = {package: 'test', root: undefined, buildOptions: '', exists: () => false};
const values = (line: string, changes: Partial<typeof CONTEXT> | {exists: (path: string) => boolean} = {}) =>
  virtualenvValues(parse(line).options, {...CONTEXT, ...changes} as never);

const MEANS: readonly (readonly [title: string, line: string, wanted: object])[] = [
  ['17: no requirements', '', {requirements: [], prefix: '/opt/venvs/test', python: '/usr/bin/python3'}],
  ['19: something before all others', '--preinstall foobar', {preinstall: ['foobar']}],
  ['20: a new pip', '--upgrade-pip', {pipVersion: undefined}],
  ['20: a certain pip', '--upgrade-pip-to 20.3', {pipVersion: '20.3'}],
  ['the latest pip', '--upgrade-pip-to latest', {pipVersion: undefined}],
  ['22: the project itself', '', {skipInstall: undefined, source: undefined}],
  ['only requirements', '--skip-install', {skipInstall: true}],
  ['extras', '--extras a --extras b', {extras: ['a', 'b']}],
  ['24: no bytecode', '--extra-pip-arg=--no-compile', {bytecode: false}],
  [
    '25: indexes',
    '--index-url http://i --extra-index-url http://foo --extra-index-url http://bar',
    {indexUrl: 'http://i', extraIndexUrls: ['http://foo', 'http://bar']},
  ],
  [
    '26: indexes by old names',
    '--extra-index-url http://a -O--pypi-url http://b',
    {indexUrl: 'http://b', extraIndexUrls: ['http://a']},
  ],
  ['27, 29: words more', '--verbose', {pipArgs: undefined}],
  ['28: a virtualenv', '', {venv: undefined}],
  ['30: an argument without meaning here', '--extra-virtualenv-arg=--never-download', {pipArgs: undefined}],
  ['31: setuptools', '--setuptools', {preinstall: undefined}],
  ['32: packages of the system', '--use-system-packages', {systemSitePackages: true}],
  ['33: another interpreter', '--python /tmp/python', {python: '/tmp/python'}],
  [
    '34: the builtin venv',
    '--builtin-venv --python python_interpreter --verbose',
    {python: 'python_interpreter', venv: undefined},
  ],
  ['another folder below the root', '--install-suffix other', {prefix: '/opt/venvs/other'}],
  [
    'arguments of pip with options of their own',
    '--extra-pip-arg=--no-index --extra-pip-arg --find-links=w --extra-pip-arg=-cc.txt --extra-pip-arg=--require-hashes',
    {noIndex: true, findLinks: ['w'], constraints: ['c.txt'], requireHashes: true},
  ],
  [
    'arguments of pip that are passed on',
    '--extra-pip-arg=--only-binary=:all: --extra-pip-arg=--pre',
    {pipArgs: ['--pre', '--only-binary=:all:'].reverse()},
  ],
  [
    'arguments of pip without meaning here',
    '--extra-pip-arg=--no-cache-dir --extra-pip-arg=-U',
    {pipArgs: undefined},
  ],
  ['no isolation', '--extra-pip-arg=--no-build-isolation', {buildIsolation: false}],
];
for (const [title, line, wanted] of MEANS) {
  commandLine(`means ${title}: ${line || '(nothing)'}`, () => {
    const {values: found, refused} = values(line);
    assert.equal(refused, []);
    for (const [key, value] of Object.entries(wanted))
      assert.equal(found[key as keyof typeof found], value, key);
  });
}

commandLine('18, 23: requirements lie in the source directory, where they are there', () => {
  const exists = (path: string) => path.endsWith('requirements.txt');
  assert.equal(values('', {exists}).values.requirements, ['requirements.txt']);
  const {values: found} = values('-D root/srv/application', {exists});
  assert.equal(
    [found.requirements, found.source],
    [['root/srv/application/requirements.txt'], 'root/srv/application'],
  );
});

const REFUSED: readonly (readonly [line: string, text: RegExp])[] = [
  ['--pip-tool pip-custom-platform', /--pip-tool pip-custom-platform/],
  ['--extra-virtualenv-arg=--copies', /--copies/],
  ['--extra-virtualenv-arg=--odd', /--odd/],
  ['--extra-pip-arg=--user', /--user/],
  ['--extra-pip-arg=--no-deps', /--no-deps/],
  ['--extra-pip-arg=-e.', /--editable/],
];
for (const [line, text] of REFUSED) {
  commandLine(`has no counterpart, and says what to do: ${line}`, () => {
    const [refused] = values(line).refused;
    assert.match(refused?.text ?? '', text);
    assert.ok((refused?.hint ?? '').length > 10);
  });
}

commandLine('35: tests of setup.py are refused where they would run', () => {
  const exists = (path: string) => path === 'setup.py';
  assert.is(values('--setuptools-test', {exists}).refused.length, 1);
  assert.is(values('--setuptools-test').refused.length, 0);
  assert.is(values('--setuptools-test', {exists, buildOptions: 'parallel=2 nocheck'}).refused.length, 0);
  assert.is(values('', {exists}).refused.length, 0);
});

commandLine('the install root comes from the environment', () => {
  assert.is(values('', {root: '/srv/'} as never).values.prefix, '/srv/test');
});

commandLine('the build system has defaults and variables of its own', () => {
  const bare = buildsystemOptions({source: 'src', environment: {}});
  assert.equal([bare.root, bare.argv], ['/usr/share/python', ['--install-suffix', 'src']]);
  const {argv, root} = buildsystemOptions({
    source: 'src',
    environment: {
      DH_VIRTUALENV_INSTALL_ROOT: '/opt',
      DH_VIRTUALENV_INSTALL_SUFFIX: 'app',
      DH_REQUIREMENTS_FILE: 'r.txt',
      DH_UPGRADE_PIP: '21.0',
      DH_PIP_EXTRA_ARGS: '--no-index --pre',
      DH_VIRTUALENV_ARGUMENTS: '--no-site-packages',
    },
  });
  const {options, errors} = parseDhVirtualenv(argv);
  assert.equal(
    [root, errors, options.installSuffix, options.requirements, options.upgradePipTo],
    ['/opt', [], 'app', 'r.txt', '21.0'],
  );
  assert.equal(
    [options.extraPipArg, options.extraVirtualenvArg],
    [['--no-index', '--pre'], ['--no-site-packages']],
  );
});

commandLine.run();
