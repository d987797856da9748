import {type Part, when, whenConfigured, words} from './shell.js';

export interface AlternativeLink {
  readonly name: string;
  readonly link: string;
  readonly path: string;
}

export interface Alternative extends AlternativeLink {
  readonly priority: number;
  readonly dependents: readonly AlternativeLink[];
}

/** update-alternatives(1); an upgrade keeps them, so that what the administrator chose stays chosen. */
export const alternativesPart = (alternatives: readonly Alternative[]): Part => ({
  option: 'alternatives',
  scripts: {
    postinst: whenConfigured(alternatives.map(registration).join('')),
    prerm: when(
      '[ "$1" = remove ]',
      alternatives
        .map(({name, path}) => `update-alternatives --quiet --remove ${words([name, path])}\n`)
        .join(''),
    ),
  },
});

function registration({name, link, path, priority, dependents}: Alternative): string {
  const first = words(['--install', link, name, path, String(priority)]);
  const further = dependents.map((one) => ` \\\n    --slave ${words([one.link, one.name, one.path])}`);
  return `update-alternatives --quiet ${first}${further.join('')}\n`;
}

/** dpkg-maintscript-helper(1) wants to be called by all four scripts, with their arguments. */
export function maintscriptPart(commands: readonly string[]): Part {
  const lines = commands
    .map((command) => `dpkg-maintscript-helper ${words(command.trim().split(/\s+/))} -- "$@"\n`)
    .join('');
  return {option: 'maintscript', scripts: {preinst: lines, postinst: lines, prerm: lines, postrm: lines}};
}

/** A purge forgets the answers (debconf-devel(7)); debconf may be gone by then. */
export const debconfPart = (): Part => ({
  option: 'debconf',
  scripts: {
    postrm: when(
      '[ "$1" = purge ] && [ -e /usr/share/debconf/confmodule ]',
      '. /usr/share/debconf/confmodule\ndb_purge\n',
    ),
  },
  depends: ['debconf (>= 0.5) | debconf-2.0'],
});
