import {isNormalPath} from '../../formats/names.js';

/** Folders that belong to the system or to everyone: purge removes the prefix with all that is below it. */
const RESERVED: ReadonlySet<string> = new Set(
  [
    '/bin /boot /dev /etc /home /lib /lib32 /lib64 /libx32 /lost+found /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp',
    '/usr /usr/bin /usr/games /usr/include /usr/lib /usr/lib32 /usr/lib64 /usr/libexec /usr/local /usr/sbin /usr/share',
    '/usr/src /usr/lib/python3 /usr/lib/pypy3 /usr/local/bin /usr/local/etc /usr/local/games /usr/local/include',
    '/usr/local/lib /usr/local/man /usr/local/sbin /usr/local/share /usr/local/src /usr/share/doc /usr/share/man',
    '/usr/share/python /usr/share/python3 /var /var/backups /var/cache /var/lib /var/lib/dpkg /var/local /var/lock /var/log',
    '/var/mail /var/opt /var/run /var/spool /var/tmp /var/www',
  ].flatMap((line) => line.split(' ')),
);

/** Nothing below these outlives a restart, or belongs to dpkg (FHS 3.0, chapters 3 and 5). */
const CLOSED = [
  '/boot',
  '/dev',
  '/proc',
  '/run',
  '/sys',
  '/tmp',
  '/var/lib/dpkg',
  '/var/lock',
  '/var/run',
  '/var/tmp',
];

/** Why a path cannot be the folder of a virtualenv, as the end of the sentence "prefix …"; undefined when it can. */
export function prefixProblem(prefix: string): string | undefined {
  if (!prefix.startsWith('/')) return 'is not absolute';
  if (RESERVED.has(prefix) || prefix === '/') return 'is reserved: it belongs to the whole system';
  const closed = CLOSED.find((folder) => prefix.startsWith(`${folder}/`));
  if (closed) return `is reserved: nothing can be installed below ${closed}`;
  if (!isNormalPath(prefix)) return 'is not normalised: it holds ".", "..", "//" or a final slash';
  // A first line "#!/…" ends at a blank, PATH is split at colons, and activate scripts put the path between quotes.
  if (!/^[A-Za-z0-9/._+~@%=,-]+$/.test(prefix)) return 'holds a character that a script cannot name';
  return undefined;
}

/** Why a package cannot bring a folder as its own, with owner and mode; undefined when it can. */
export function directoryProblem(path: string): string | undefined {
  if (!path.startsWith('/')) return 'is not absolute';
  if (RESERVED.has(path) || path === '/') return 'is reserved: it belongs to the whole system';
  const closed = CLOSED.find((folder) => path.startsWith(`${folder}/`));
  if (closed) return `lies below ${closed}, where a package cannot bring anything`;
  if (!isNormalPath(path)) return 'is not normalised: it holds ".", "..", "//" or a final slash';
  return undefined;
}
