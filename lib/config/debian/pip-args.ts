/** What arguments of pip and of virtualenv become here. */
export interface TranslatedArgs {
  readonly noIndex?: true;
  readonly requireHashes?: true;
  readonly buildIsolation?: false;
  readonly bytecode?: false;
  readonly systemSitePackages?: true;
  readonly python?: string;
  readonly indexUrl?: string;
  readonly extraIndexUrls: readonly string[];
  readonly findLinks: readonly string[];
  readonly constraints: readonly string[];
  readonly requirements: readonly string[];
  readonly pipArgs: readonly string[];
  /** Arguments that have no counterpart, each with what to do. */
  readonly refused: readonly {readonly argument: string; readonly hint: string}[];
}

type Change = (value: string, args: Draft) => void;
type Draft = {-readonly [Key in keyof TranslatedArgs]: TranslatedArgs[Key]} & {
  extraIndexUrls: string[];
  findLinks: string[];
  constraints: string[];
  requirements: string[];
  pipArgs: string[];
  refused: {argument: string; hint: string}[];
};

interface Argument {
  readonly names: readonly string[];
  readonly takesValue: boolean;
  readonly apply: Change;
}

const flag = (names: string, apply: Change): Argument => ({
  names: names.split(' '),
  takesValue: false,
  apply,
});
const valued = (names: string, apply: Change): Argument => ({
  names: names.split(' '),
  takesValue: true,
  apply,
});
/** What changes nothing here: it is so already, or concerns what is not done. */
const nothing: Change = () => {};
const refuse =
  (name: string, hint: string): Change =>
  (_value, args) =>
    args.refused.push({argument: name, hint});
const passFlag = (name: string) =>
  flag(name, (_value, args) => args.pipArgs.push(name.split(' ').at(-1) ?? ''));
const passValue = (name: string) =>
  valued(name, (value, args) => args.pipArgs.push(`${name.split(' ').at(-1)}=${value}`));

const NEVER_HERE = 'Leave it out: where the virtualenv lies is what "prefix" says';

const PIP: readonly Argument[] = [
  flag('--no-index', (_value, args) => (args.noIndex = true)),
  flag('--require-hashes', (_value, args) => (args.requireHashes = true)),
  flag('--no-build-isolation', (_value, args) => (args.buildIsolation = false)),
  flag('--no-compile', (_value, args) => (args.bytecode = false)),
  valued('-i --index-url --pypi-url', (value, args) => (args.indexUrl = value)),
  valued('--extra-index-url', (value, args) => args.extraIndexUrls.push(value)),
  valued('-f --find-links', (value, args) => args.findLinks.push(value)),
  valued('-c --constraint', (value, args) => args.constraints.push(value)),
  valued('-r --requirement', (value, args) => args.requirements.push(value)),
  ...['--pre', '--prefer-binary', '-q --quiet'].map(passFlag),
  ...['--only-binary', '--no-binary', '--trusted-host', '--timeout', '--retries', '--proxy', '--cert'].map(
    passValue,
  ),
  ...['--client-cert', '--use-feature', '--use-deprecated'].map(passValue),
  flag(
    '-U --upgrade -I --ignore-installed --force-reinstall --no-cache-dir --no-cache --use-pep517 --no-use-pep517',
    nothing,
  ),
  flag('--no-warn-script-location --disable-pip-version-check --no-input --compile -v --verbose', nothing),
  flag('--no-python-version-warning --no-color --isolated --exists-action --use-wheel --no-clean', nothing),
  valued('--progress-bar --log --cache-dir --upgrade-strategy --root-user-action -b --build --src', nothing),
  flag(
    '--no-deps',
    refuse('--no-deps', 'List everything with its version in the requirements: then nothing is added'),
  ),
  flag('--user', refuse('--user', NEVER_HERE)),
  valued('-t --target --prefix --root', refuse('--target, --prefix or --root', NEVER_HERE)),
  valued('-e --editable', refuse('--editable', 'Name the folder without -e: it is built and packed')),
];

const VIRTUALENV: readonly Argument[] = [
  flag('--system-site-packages', (_value, args) => (args.systemSitePackages = true)),
  valued('-p --python', (value, args) => (args.python = value)),
  flag(
    '--no-site-packages --never-download --no-download --no-setuptools --no-pip --no-wheel --without-pip',
    nothing,
  ),
  flag(
    '--symlinks --setuptools --distribute --clear --upgrade-deps --no-vcs-ignore -v --verbose -q --quiet',
    nothing,
  ),
  flag('--unzip-setuptools --no-periodic-update', nothing),
  valued('--extra-search-dir --pip --wheel --seeder --app-data --creator --activators', nothing),
  flag('--download', nothing),
  flag(
    '--copies --always-copy',
    refuse('--copies', 'Leave it out: the virtualenv links to the interpreter, which the package depends on'),
  ),
  flag('--relocatable', refuse('--relocatable', 'Leave it out: every path becomes that of the server')),
  valued('--prompt', refuse('--prompt', 'Leave it out: the prompt is the name of the package')),
];

const empty = (): Draft => ({
  extraIndexUrls: [],
  findLinks: [],
  constraints: [],
  requirements: [],
  pipArgs: [],
  refused: [],
});

/** Translate the values of `--extra-pip-arg`: what has an option of its own becomes that, the rest goes to pip. */
export const translatePipArgs = (words: readonly string[]): TranslatedArgs =>
  translate(words, PIP, (word, args) => args.pipArgs.push(word));

/** Translate the values of `--extra-virtualenv-arg`. */
export const translateVirtualenvArgs = (words: readonly string[]): TranslatedArgs =>
  translate(words, VIRTUALENV, (word, args) =>
    args.refused.push({argument: word, hint: 'Leave it out, or see what the options of Python can do'}),
  );

function translate(
  words: readonly string[],
  table: readonly Argument[],
  otherwise: (word: string, args: Draft) => void,
): TranslatedArgs {
  const args = empty();
  const rest = words.flatMap((word) => word.split(/\s+/)).filter((word) => word !== '');
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [, name = word, equal] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
    const found = table.find(({names}) => names.includes(name));
    // `-ffolder`: the value of a short option may stand right behind it.
    const glued = found
      ? undefined
      : table.find((one) => one.takesValue && one.names.some((short) => isGlued(word ?? '', short)));
    if (found) found.apply(found.takesValue ? (equal ?? rest.shift() ?? '') : '', args);
    else if (glued) glued.apply(word.slice(2), args);
    else otherwise(word, args);
  }
  return args;
}

const isGlued = (word: string, short: string): boolean =>
  short.length === 2 && word.length > 2 && word.startsWith(short) && !word.startsWith('--');
