import type {Problem} from '../problems.js';
import type {DebianControl} from './control.js';
import type {DebianFolder} from './folder.js';
import type {DebianRules} from './rules.js';

interface Unsupported {
  /** The program that would read it; with an empty override nothing does. */
  readonly tool: string;
  /** What else it takes to have the same. */
  readonly instead: string;
  /** Compat level from which it is so. */
  readonly since?: number;
}

const EMACS: Unsupported = {
  tool: 'dh_installemacsen',
  instead: 'Emacs packages are compiled by scripts of emacsen-common: install it with "files" and call them',
};
const LIBRARY: Unsupported = {
  tool: 'dh_makeshlibs',
  instead:
    'it is for libraries that other packages are linked against: give them a package without virtualenv',
};

/** Files that debhelper would do something with, and that have no counterpart here. */
const EXTENSIONS: Readonly<Record<string, Unsupported>> = {
  'emacsen-compat': EMACS,
  'emacsen-install': EMACS,
  'emacsen-remove': EMACS,
  'emacsen-startup': EMACS,
  'menu-method': {
    tool: 'dh_installmenu',
    instead: 'install it with "files" and call update-menus in a script',
  },
  symbols: LIBRARY,
  shlibs: LIBRARY,
  sgmlcatalogs: {
    tool: 'dh_installcatalogs',
    instead: 'install it with "files" and call update-catalog in a script',
  },
  upstart: {tool: 'dh_installinit', instead: 'debhelper refuses it as well: write a unit', since: 12},
};

export interface UnsupportedOptions {
  readonly folder: DebianFolder;
  readonly control: DebianControl;
  readonly compat: number;
  readonly rules: DebianRules;
  /** What the configuration replaces. */
  readonly ignore: readonly string[];
}

/** Such files of the packages in debian/control. */
export function unsupportedFiles({
  folder: {names},
  control: {binaries},
  compat,
  rules,
  ignore,
}: UnsupportedOptions): readonly Problem[] {
  const runs = (tool: string) =>
    !rules.overridden.has(tool) || rules.calls.some((call) => call.tool === tool);
  const concerned = Object.entries(EXTENSIONS).filter(
    ([, {tool, since = 0}]) => compat >= since && runs(tool),
  );
  return binaries
    .flatMap(({name}, index) =>
      concerned.flatMap(([extension, {instead}]) =>
        [`${name}.${extension}`, ...(index === 0 ? [extension] : [])].map((file) => ({file, instead})),
      ),
    )
    .filter(({file}) => names.has(file) && !ignore.includes(file) && !ignore.includes(`debian/${file}`))
    .map(({file, instead}) => ({
      text: `File has no counterpart: debian/${file}`,
      hint: `${instead.charAt(0).toUpperCase()}${instead.slice(1)}; add ${JSON.stringify(`debian/${file}`)} to debian_ignore in mkvenvdeb.yaml`,
    }));
}
