import {shellQuote} from '../../formats/quoting.js';
import {type Part, when} from './shell.js';

export interface PrefixOptions {
  /** Where the virtualenv lives: `/opt/app`. */
  readonly prefix: string;
  readonly packageName: string;
  /** Whether a purge removes it. */
  readonly purge: 'keep' | 'delete';
}

/**
 * Leave nothing behind: bytecode that runs of root wrote beside ours would keep folders from being removed, and a
 * purge takes configuration and data as well (Policy 6.8).
 */
export const prefixPart = ({prefix, packageName, purge}: PrefixOptions): Part => ({
  option: 'purge',
  isExtra: true,
  scripts: {
    prerm: when('[ "$1" = remove ]', removeBytecode(prefix)),
    ...(purge === 'keep' ? {} : {postrm: when('[ "$1" = purge ]', removeTree(prefix, packageName))}),
  },
});

/** dpkg does not mind files of its own that are gone already. */
function removeBytecode(prefix: string): string {
  const library = shellQuote(`${prefix}/lib`);
  return when(
    `[ -d ${library} ]`,
    [
      `find ${library} -type f -name '*.pyc' -delete\n`,
      `find ${library} -depth -type d -name __pycache__ -empty -delete\n`,
    ].join(''),
  );
}

/**
 * Remove a folder with everything below it, unless another package has taken its place meanwhile (it was renamed, or
 * replaced by one with the same prefix). A link and what is mounted there are the administrator's.
 */
export function removeTree(path: string, packageName: string): string {
  const folder = shellQuote(path);
  const owners = `dpkg-query --search ${folder} 2>/dev/null | sed 's/: .*//' | tr ',' '\\n' | sed 's/^ //; s/:.*//'`;
  return when(
    `[ -d ${folder} ] && [ ! -L ${folder} ] &&\n    ! ${owners} | grep -qvxF ${shellQuote(packageName)}`,
    `rm -rf --one-file-system ${folder} || true\n`,
  );
}
