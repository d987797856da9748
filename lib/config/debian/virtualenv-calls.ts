import type {Problem} from '../problems.js';
import type {DebianControl} from './control.js';
import {type DhVirtualenvOptions, parseDhVirtualenv} from './dh-virtualenv.js';
import type {DebianRules} from './rules.js';
import {buildsystemOptions} from './virtualenv.js';

/** A run of dh_virtualenv and the packages that get a virtualenv by it. */
export interface VirtualenvCall {
  readonly options: DhVirtualenvOptions;
  readonly packages: readonly string[];
  readonly root: string | undefined;
  readonly line: number;
}

export interface VirtualenvCallsOptions {
  readonly rules: DebianRules;
  readonly control: DebianControl;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface Found {
  readonly calls: readonly VirtualenvCall[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

interface Run {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly line: number;
  readonly root?: string;
}

const NOT_USED: Problem = {
  text: 'debian/rules does not use dh-virtualenv',
  hint: 'It is built by debhelper as it is; give --no-debian to build the project without its debian/ folder',
};

/** Every run of dh_virtualenv that debian/rules leads to: in a recipe, by the sequence of dh, or as build system. */
export function virtualenvCalls({rules, control, environment}: VirtualenvCallsOptions): Found {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const names = control.binaries.map(({name}) => name);
  const all = {...environment, ...rules.exported};
  const runs = runsOf(rules, control, all);
  if (runs === undefined) return {calls: [], problems: [NOT_USED], warnings};
  if (rules.overridden.has('dh_virtualenv') && rules.dh?.passed.some(isVirtualenvs)) {
    warnings.push({
      text: `debian/rules:${rules.dh.line}: Options of dh do not reach dh_virtualenv, which has an override`,
      hint: 'Repeat them in override_dh_virtualenv',
    });
  }
  const taken = new Set<string>();
  const calls = runs.map(({argv, environment: own, line, root}): VirtualenvCall => {
    const parsed = parseDhVirtualenv(argv, own.DH_OPTIONS);
    const at = `debian/rules:${line}: dh_virtualenv`;
    problems.push(...parsed.errors.map((error) => ({text: `${at}: ${error}`})));
    warnings.push(...parsed.warnings.map((warning) => ({text: `${at}: ${warning}`})));
    const {package: only, noPackage} = parsed.options;
    const wanted = names.filter(
      (name) => (only.length === 0 || only.includes(name)) && !noPackage.includes(name),
    );
    const skipped = wanted.filter((name) => name.startsWith('python3'));
    for (const name of skipped) {
      warnings.push({text: `No virtualenv in ${name}: dh_virtualenv leaves out packages named python3…`});
    }
    const packages = wanted.filter((name) => !skipped.includes(name));
    for (const name of packages) {
      if (taken.has(name)) problems.push({text: `${at}: A second virtualenv for ${name}`});
      taken.add(name);
    }
    return {options: parsed.options, packages, root: root ?? own.DH_VIRTUALENV_INSTALL_ROOT, line};
  });
  return {calls, problems, warnings};
}

const isVirtualenvs = (word: string): boolean =>
  /^-O--(?!with|buildsystem|sourcedir|builddir|parallel|verbose)/.test(word);

function runsOf(
  rules: DebianRules,
  {source, binaries}: DebianControl,
  environment: Readonly<Record<string, string | undefined>>,
): readonly Run[] | undefined {
  const written = rules.calls.filter(({tool}) => tool === 'dh_virtualenv');
  if (written.length > 0)
    return written.map(({argv, line, ...call}) => ({
      argv,
      line,
      environment: {...environment, ...call.environment},
    }));
  const {dh} = rules;
  if (dh?.buildsystem === 'dh_virtualenv') {
    const {argv, root} = buildsystemOptions({source, environment});
    const [first] = binaries;
    const packages = first ? ['--package', first.name] : [];
    return [{argv: [...argv, ...packages], root, line: dh.line, environment: {}}];
  }
  if (!dh?.addons.includes('python-virtualenv')) return undefined;
  // An override without the call: the configuration replaces it, or there is a finding about it.
  const argv = rules.overridden.has('dh_virtualenv') ? [] : dh.passed;
  return [{argv, line: dh.line, environment}];
}
