import {readFile} from 'node:fs/promises';
import type {Report} from '../report.js';
import type {MaintainerScripts} from './scripts.js';
import type {SideOptions} from './side.js';

/** Users and groups of every Debian system (base-passwd, users-and-groups.txt). */
export const BASE_ACCOUNTS: ReadonlySet<string> = new Set(
  'root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc _apt nobody'
    .concat(' adm tty disk kmem dialout fax voice cdrom floppy tape sudo audio dip operator src shadow utmp')
    .concat(' video sasl plugdev staff users nogroup')
    .split(' '),
);

type AccountOptions = Pick<SideOptions, 'directories' | 'user' | 'sysusers'> & {
  readonly depends: readonly string[];
  readonly preDepends: readonly string[];
};

/**
 * Warn of owners that nobody makes as far as can be seen: the lines that give them a folder would fail on the server.
 * What another package brings cannot be seen, so one that depends on others is taken at its word.
 */
export async function warnAccounts(
  {directories, user, sysusers, depends, preDepends}: AccountOptions,
  scripts: MaintainerScripts,
  report: Report,
): Promise<void> {
  if (depends.length > 0 || preDepends.length > 0) return;
  const described = await Promise.all(sysusers.map(({source}) => readFile(source, 'utf8')));
  const texts = [...described, ...Object.values(scripts)].flatMap((text) => text.split(/[^\w-]+/));
  const made = new Set([...BASE_ACCOUNTS, user?.name, user?.group ?? user?.name, ...texts]);
  const owners = directories
    .filter(({again = true}) => again)
    .flatMap(({owner, group, path}) => [owner, group].map((name) => ({name, path})));
  for (const {name, path} of owners) {
    if (made.has(name)) continue;
    made.add(name);
    report({
      type: 'warning',
      code: 'unknown-account',
      message: `Nothing in the package makes the user or group ${name}, which shall own ${path}`,
      hint: 'Make it with "user" or "sysusers", or depend on the package that does: the installation fails without',
    });
  }
}
