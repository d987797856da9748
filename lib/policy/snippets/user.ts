import {shellQuote} from '../../formats/quoting.js';
import {indent, type Part, when, words} from './shell.js';

export interface SystemUser {
  readonly name: string;
  readonly group: string;
  readonly home: string;
  readonly shell: string;
  readonly gecos: string;
  readonly groups: readonly string[];
  /** Whether a purge removes user and group. */
  readonly purge: 'keep' | 'delete';
}

/**
 * A system user and its group (Policy 9.2.2), made by adduser, which needs no systemd and draws the id from the range
 * of the system. What is there already stays as it is: an administrator may have made the account with another id,
 * shell or home.
 */
export const userPart = (user: SystemUser): Part => ({
  option: 'user',
  scripts: {
    postinst: when('[ "$1" = configure ]', creation(user)),
    ...(user.purge === 'delete' ? {postrm: when('[ "$1" = purge ]', deletion(user))} : {}),
  },
  depends: ['adduser'],
});

function creation({name, group, home, shell, gecos, groups}: SystemUser): string {
  const [user, own] = [shellQuote(name), shellQuote(group)];
  const options = words(['--quiet', '--system', '--ingroup', group, '--home', home, '--no-create-home']);
  const described = words(['--shell', shell, '--gecos', gecos || name]);
  const memberships = groups.map(
    (one) =>
      `id -nG ${user} | tr ' ' '\\n' | grep -qxF ${shellQuote(one)} || adduser --quiet ${user} ${shellQuote(one)}\n`,
  );
  return [
    `getent group ${own} >/dev/null || addgroup --quiet --system ${own}\n`,
    `getent passwd ${user} >/dev/null ||\n${indent(`adduser ${options} \\\n    ${described} ${user}\n`)}`,
    ...memberships,
  ].join('');
}

/**
 * adduser may be gone when the package is purged; userdel belongs to the base system. Groups below 100 are those of
 * base-passwd, and the primary group of another user is refused: both outlive the package.
 */
function deletion({name, group}: SystemUser): string {
  const [user, own] = [shellQuote(name), shellQuote(group)];
  return [
    `if getent passwd ${user} >/dev/null; then userdel ${user} || true; fi\n`,
    `if [ "$(getent group ${own} | cut -d: -f3)" -ge 100 ] 2>/dev/null; then groupdel ${own} || true; fi\n`,
  ].join('');
}
