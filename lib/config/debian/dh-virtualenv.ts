/** What a command line of dh_virtualenv says; lists are empty and texts undefined where it says nothing. */
export interface DhVirtualenvOptions {
  readonly package: readonly string[];
  readonly noPackage: readonly string[];
  readonly verbose: boolean;
  readonly setuptools: boolean;
  readonly indexUrl?: string;
  readonly extraIndexUrl: readonly string[];
  readonly preinstall: readonly string[];
  readonly extras: readonly string[];
  readonly pipTool: string;
  readonly upgradePip: boolean;
  readonly upgradePipTo: string;
  readonly extraPipArg: readonly string[];
  readonly extraVirtualenvArg: readonly string[];
  readonly python?: string;
  readonly builtinVenv: boolean;
  readonly useSystemPackages: boolean;
  readonly skipInstall: boolean;
  readonly installSuffix?: string;
  readonly requirements: string;
  readonly setuptoolsTest: boolean;
  readonly sourcedirectory?: string;
  readonly noscripts: boolean;
}

export interface ParsedCommandLine {
  readonly options: DhVirtualenvOptions;
  /** Words that belong to no option; dh_virtualenv ignores them. */
  readonly positional: readonly string[];
  readonly warnings: readonly string[];
  /** Why dh_virtualenv would have stopped with exit code 2, or would have crashed. */
  readonly errors: readonly string[];
}

type Kind = 'flag' | 'text' | 'list' | 'ignored flag' | 'ignored text';

/** Option, what it sets, and how; the order is that of its own help. */
const OPTIONS: Readonly<Record<string, readonly [name: string, kind: Kind, short?: string]>> = {
  '--version': ['version', 'flag'],
  '--help': ['help', 'flag', '-h'],
  '--package': ['package', 'list', '-p'],
  '--no-package': ['noPackage', 'list', '-N'],
  '--verbose': ['verbose', 'flag', '-v'],
  '--setuptools': ['setuptools', 'flag', '-s'],
  '--extra-index-url': ['extraIndexUrl', 'list'],
  '--preinstall': ['preinstall', 'list'],
  '--extras': ['extras', 'list'],
  '--pip-tool': ['pipTool', 'text'],
  '--upgrade-pip': ['upgradePip', 'flag'],
  '--upgrade-pip-to': ['upgradePipTo', 'text'],
  '--extra-pip-arg': ['extraPipArg', 'list'],
  '--extra-virtualenv-arg': ['extraVirtualenvArg', 'list'],
  '--index-url': ['indexUrl', 'text'],
  '--python': ['python', 'text'],
  '--builtin-venv': ['builtinVenv', 'flag'],
  '--sourcedirectory': ['sourcedirectory', 'text', '-D'],
  '--noscripts': ['noscripts', 'flag', '-n'],
  '--use-system-packages': ['useSystemPackages', 'flag', '-S'],
  '--skip-install': ['skipInstall', 'flag'],
  '--install-suffix': ['installSuffix', 'text'],
  '--requirements': ['requirements', 'text'],
  '--setuptools-test': ['setuptoolsTest', 'flag'],
  '--arch': ['arch', 'ignored text', '-a'],
  '--indep': ['indep', 'ignored flag', '-i'],
  '--pypi-url': ['pypiUrl', 'text'],
  '--no-test': ['noTest', 'flag'],
};

const BY_SHORT: ReadonlyMap<string, string> = new Map(
  Object.entries(OPTIONS).flatMap(([long, [, , short]]) =>
    short === undefined ? [] : [[short, long] as const],
  ),
);

/** Every option by its long name, for the documentation. */
export const DH_VIRTUALENV_OPTIONS: readonly string[] = Object.keys(OPTIONS);

interface State {
  readonly values: Map<string, string[]>;
  readonly positional: string[];
  readonly warnings: string[];
  readonly errors: string[];
}

/**
 * Read a command line of dh_virtualenv 1.2.2 with the rules of Python's optparse: unique beginnings of names, `--opt v`
 * and `--opt=v`, bundled short options, options after words. `-O--opt` is an option that dh passed on: one that
 * dh_virtualenv does not know is for another program, and ignored.
 *
 * @param dhOptions what the variable DH_OPTIONS holds
 */
export function parseDhVirtualenv(argv: readonly string[], dhOptions = ''): ParsedCommandLine {
  const state: State = {values: new Map(), positional: [], warnings: [], errors: []};
  const added = dhOptions.split(/\s+/).filter((word) => word !== '');
  const words = [...argv.map(passedOn), ...added];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word.startsWith(FOREIGN)) continue;
    if (word === '--') state.positional.push(...words.splice(0));
    else if (word.startsWith('--')) takeLong(word, words, state);
    else if (/^-./.test(word)) takeShort(word, words, state);
    else state.positional.push(word);
  }
  return {...checked(state), positional: state.positional};
}

/** Marks what dh passed on for another program: no option, but it may be the value of the one before it. */
const FOREIGN = '\0';

/** `-O--opt` as the option itself, when it is one of ours. */
function passedOn(word: string): string {
  if (!word.startsWith('-O-')) return word;
  const option = word.slice(2);
  const known = option.startsWith('--')
    ? matching(option.split('=')[0] ?? '').length === 1
    : BY_SHORT.has(option.slice(0, 2));
  return known ? option : FOREIGN + option;
}

/** The options that a name may stand for: itself, else all that begin so. */
const matching = (name: string): readonly string[] =>
  name in OPTIONS ? [name] : Object.keys(OPTIONS).filter((long) => long.startsWith(name));

function takeLong(word: string, rest: string[], state: State): void {
  const equals = word.indexOf('=');
  const name = equals === -1 ? word : word.slice(0, equals);
  const [option, ...others] = matching(name);
  if (option === undefined) state.errors.push(`no such option: ${name}`);
  else if (others.length > 0)
    state.errors.push(`ambiguous option: ${name} (${[option, ...others].join(', ')}?)`);
  else set(option, {given: equals === -1 ? undefined : word.slice(equals + 1), rest, state});
}

function takeShort(word: string, rest: string[], state: State): void {
  for (let letters = word.slice(1); letters !== ''; ) {
    const short = `-${letters.charAt(0)}`;
    letters = letters.slice(1);
    if (short === '-O') {
      if (letters === '') rest.shift();
      return;
    }
    const option = BY_SHORT.get(short);
    if (option === undefined) {
      state.errors.push(`no such option: ${short}`);
      continue;
    }
    const takesText = !OPTIONS[option]?.[1].endsWith('flag');
    set(option, {given: takesText && letters !== '' ? letters : undefined, rest, state});
    if (takesText) return;
  }
}

interface Setting {
  /** What stood behind `=`. */
  readonly given: string | undefined;
  readonly rest: string[];
  readonly state: State;
}

function set(option: string, {given, rest, state}: Setting): void {
  const [name, kind] = OPTIONS[option] ?? ['', 'flag'];
  const before = state.values.get(name) ?? [];
  if (kind.endsWith('flag')) {
    if (given !== undefined) state.errors.push(`${option} option does not take a value`);
    state.values.set(name, [...before, 'true']);
    return;
  }
  const value = given ?? rest.shift()?.replace(FOREIGN, '');
  if (value === undefined) state.errors.push(`${option} option requires 1 argument`);
  else state.values.set(name, [...before, value]);
}

function checked({values, warnings, errors}: State): Omit<ParsedCommandLine, 'positional'> {
  const list = (name: string): readonly string[] => values.get(name) ?? [];
  const last = (name: string): string | undefined => list(name).at(-1);
  const has = (name: string): boolean => values.has(name);
  const urls = [...list('indexUrl'), ...list('pypiUrl')];
  if (has('pypiUrl')) warnings.push('Use of --pypi-url is deprecated. Use --index-url instead');
  if (urls.length > 1)
    errors.push('--pypi-url and --index-url are mutually exclusive, and may be given once only');
  if (has('noTest')) {
    warnings.push(
      'Use of --no-test is deprecated and has no effect. Use --setuptools-test to execute `setup.py test`',
    );
    if (has('setuptoolsTest')) errors.push('--no-test and --setuptools-test are mutually exclusive');
  }
  if (has('builtinVenv') && has('setuptools'))
    errors.push('--builtin-venv and --setuptools are mutually exclusive');
  if (has('help') || has('version')) errors.push('--help and --version make no package');
  const text = <Name extends string>(name: Name, key: string = name) => {
    const value = last(key);
    return (value === undefined ? {} : {[name]: value}) as {readonly [Key in Name]?: string};
  };
  const options: DhVirtualenvOptions = {
    package: list('package'),
    noPackage: list('noPackage'),
    verbose: has('verbose'),
    setuptools: has('setuptools'),
    ...(urls.length === 0 ? {} : {indexUrl: urls.at(-1) as string}),
    extraIndexUrl: list('extraIndexUrl'),
    preinstall: list('preinstall'),
    extras: list('extras'),
    pipTool: last('pipTool') ?? 'pip',
    upgradePip: has('upgradePip'),
    upgradePipTo: last('upgradePipTo') ?? '',
    extraPipArg: list('extraPipArg'),
    extraVirtualenvArg: list('extraVirtualenvArg'),
    ...text('python'),
    builtinVenv: has('builtinVenv'),
    useSystemPackages: has('useSystemPackages'),
    skipInstall: has('skipInstall'),
    ...text('installSuffix'),
    requirements: last('requirements') ?? 'requirements.txt',
    setuptoolsTest: has('setuptoolsTest'),
    ...text('sourcedirectory'),
    noscripts: has('noscripts'),
  };
  return {options, warnings, errors};
}
