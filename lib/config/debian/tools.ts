/** Arguments of a program of debhelper, taken apart. */
export interface ToolArgs {
  /** Values by long name; `true` for an option without one. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly words: readonly string[];
  /** What stands behind `--`: for the program that this one runs. */
  readonly rest: readonly string[];
}

/** Short options of debhelper(7) by their long names. */
const SHORT: Readonly<Record<string, string>> = {
  p: 'package',
  N: 'no-package',
  X: 'exclude',
  P: 'tmpdir',
  v: 'verbose',
  a: 'arch',
  i: 'indep',
  s: 'same-arch',
  n: 'noscripts',
  o: 'onlyscripts',
  r: 'no-restart-on-upgrade',
  R: 'restart-after-upgrade',
  k: 'keep',
  A: 'all',
  l: 'l',
  L: 'libpackage',
  u: 'u',
  m: 'm',
  d: 'd',
};
const WITH_VALUE: ReadonlySet<string> = new Set(
  'package no-package exclude tmpdir name sourcedir sourcedirectory destdir mainpackage error-handler init-script priority'
    .concat(
      ' update-rcd-params dbg-package dbgsym-migration ddeb-migration l libpackage u m buildsystem builddirectory',
    )
    .concat(' filename language')
    .split(' '),
);
/** Spellings of debhelper that mean the same. */
const SAME: Readonly<Record<string, string>> = {
  'no-scripts': 'noscripts',
  'only-scripts': 'onlyscripts',
  'no-stop-on-upgrade': 'no-restart-on-upgrade',
  'dpkg-shlibdeps-params': 'u',
};

/** Take the arguments of a program of debhelper apart (debhelper(7), Getopt::Long with bundling). */
export function parseToolArgs(args: readonly string[]): ToolArgs {
  const options = new Map<string, string[]>();
  const words: string[] = [];
  const rest = [...args];
  const add = (name: string, value: string) =>
    options.set(SAME[name] ?? name, [...(options.get(SAME[name] ?? name) ?? []), value]);
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') break;
    // What dh passed on is for whoever knows it.
    if (word.startsWith('-O')) continue;
    const [, name = '', equal] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name !== '') add(name, equal ?? (WITH_VALUE.has(name) ? (rest.shift() ?? '') : 'true'));
    else if (/^-./.test(word)) addShort(word, rest, add);
    else words.push(word);
  }
  return {options, words, rest};
}

function addShort(word: string, rest: string[], add: (name: string, value: string) => void): void {
  for (let letters = word.slice(1); letters !== ''; ) {
    const name = SHORT[letters.charAt(0)] ?? letters.charAt(0);
    letters = letters.slice(1);
    if (!WITH_VALUE.has(name)) {
      add(name, 'true');
      continue;
    }
    add(name, letters === '' ? (rest.shift() ?? '') : letters.replace(/^=/, ''));
    return;
  }
}

const COMMON = 'package no-package verbose arch indep same-arch remaining keep mainpackage'.split(' ');
const UNITS = 'name no-enable no-start no-restart-on-upgrade restart-after-upgrade no-restart-after-upgrade'
  .concat(' noscripts onlyscripts error-handler no-also exclude')
  .split(' ');

interface Tool {
  /** Options that are understood; `any` where none changes anything here. */
  readonly options: readonly string[] | 'any';
  /** It may be given files. */
  readonly words?: true;
  /** It may be given options for the program behind it. */
  readonly rest?: true;
  /** What an empty override leaves out, as extensions of files in debian/. */
  readonly leavesOut?: readonly string[];
  /** An empty override makes no sense. */
  readonly needed?: true;
}

/** Nothing of what they do is done here, or it is done in any case. */
const WITHOUT_EFFECT =
  'dh_strip dh_dwz dh_strip_nondeterminism dh_makeshlibs dh_missing dh_perl dh_python2 dh_python3 dh_pypy dh_usrlocal'
    .concat(
      ' dh_md5sums dh_update_autotools_config dh_autoreconf dh_autotools-dev_updateconfig dh_testdir dh_testroot',
    )
    .concat(' dh_prep dh_clean dh_icons dh_gconf dh_auto_clean dh_auto_test dh_auto_build dh_auto_install')
    .concat(' dh_auto_configure dh_pysupport dh_pycentral dh_installcatalogs dh_installemacsen')
    .concat(' dh_installxfonts dh_autoreconf_clean dh_sphinxdoc dh_numpy3');

/** What is understood of each program of debhelper in debian/rules. */
export const TOOLS: Readonly<Record<string, Tool>> = {
  ...Object.fromEntries(
    WITHOUT_EFFECT.split(' ').map((name) => [name, {options: 'any', words: true, rest: true}] as const),
  ),
  dh_installinit: {options: UNITS, leavesOut: ['init', 'default']},
  dh_installsystemd: {options: UNITS, words: true, leavesOut: ['units']},
  dh_systemd_enable: {options: UNITS, words: true},
  dh_systemd_start: {options: UNITS, words: true},
  dh_installtmpfiles: {options: ['name'], leavesOut: ['tmpfiles']},
  dh_installsysusers: {options: ['name'], leavesOut: ['sysusers']},
  dh_installsystemduser: {
    options: ['name', 'no-enable', 'exclude'],
    words: true,
    leavesOut: ['user.service'],
  },
  dh_install: {
    options: ['exclude', 'autodest', 'sourcedir', 'fail-missing', 'list-missing'],
    words: true,
    leavesOut: ['install'],
  },
  dh_installdirs: {options: ['all'], words: true, leavesOut: ['dirs']},
  dh_link: {options: ['exclude', 'all'], words: true, leavesOut: ['links']},
  dh_installdocs: {options: ['exclude', 'all'], words: true, leavesOut: ['docs', 'copyright']},
  dh_installexamples: {options: ['exclude', 'all'], words: true, leavesOut: ['examples']},
  dh_installman: {options: ['all'], words: true, leavesOut: ['manpages']},
  dh_installchangelogs: {options: ['exclude', 'keep', 'no-trim'], words: true, leavesOut: ['NEWS']},
  dh_installcron: {options: ['name'], leavesOut: ['cron']},
  dh_installlogrotate: {options: ['name'], leavesOut: ['logrotate']},
  dh_installpam: {options: ['name'], leavesOut: ['pam']},
  dh_installudev: {options: ['name', 'priority'], leavesOut: ['udev']},
  dh_installdebconf: {options: ['noscripts'], rest: true, leavesOut: ['debconf']},
  dh_installalternatives: {options: [], leavesOut: ['alternatives']},
  dh_bugfiles: {options: ['name', 'all'], leavesOut: ['bug-script', 'bug-control', 'bug-presubj']},
  dh_installlogcheck: {options: ['name'], leavesOut: ['logcheck']},
  dh_installifupdown: {options: ['name'], leavesOut: ['if-up']},
  dh_installppp: {options: ['name'], leavesOut: ['ppp']},
  dh_installmodules: {options: ['name', 'noscripts'], leavesOut: ['modprobe']},
  dh_installmime: {options: ['name', 'noscripts'], leavesOut: ['mime', 'sharedmimeinfo']},
  dh_installmenu: {options: ['name', 'noscripts'], leavesOut: ['menu']},
  dh_installinfo: {options: ['name', 'sourcedir', 'noscripts'], words: true, leavesOut: ['info']},
  dh_installinitramfs: {options: ['name', 'noscripts'], leavesOut: ['initramfs-hook']},
  dh_installgsettings: {options: ['name', 'priority'], leavesOut: ['gsettings-override']},
  dh_installwm: {options: ['name', 'priority', 'noscripts'], words: true, leavesOut: ['wm']},
  dh_ucf: {options: ['name', 'noscripts'], words: true, leavesOut: ['ucf']},
  'dh_bash-completion': {options: ['name'], leavesOut: ['bash-completion']},
  dh_apport: {options: ['name'], leavesOut: ['apport']},
  dh_lintian: {options: [], leavesOut: ['lintian-overrides']},
  dh_compress: {options: ['exclude'], words: true},
  dh_fixperms: {options: ['exclude']},
  dh_shlibdeps: {options: ['exclude', 'l', 'libpackage', 'u'], rest: true},
  dh_installdeb: {options: [], needed: true},
  dh_gencontrol: {options: [], rest: true, needed: true},
  dh_builddeb: {options: ['filename', 'destdir'], rest: true, needed: true},
};

/** Why a call of a program is beyond what is understood; undefined when all of it is. */
export function toolProblem(tool: string, {options, words, rest}: ToolArgs): string | undefined {
  const known = TOOLS[tool];
  if (!known) return `${tool} is not known`;
  if (known.options !== 'any') {
    const allowed = new Set([...COMMON, ...known.options]);
    const unknown = [...options.keys()].find((name) => !allowed.has(name));
    if (unknown !== undefined) return `${tool} with ${unknown.length === 1 ? '-' : '--'}${unknown}`;
  }
  if (words.length > 0 && !known.words) return `${tool} with ${words[0]}`;
  return rest.length > 0 && !known.rest ? `${tool} with -- ${rest[0]}` : undefined;
}
