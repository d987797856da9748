import {type Part, when, whenConfigured, words} from './shell.js';

/** Accounts as systemd-sysusers(8) makes them; it exists apart from systemd too. */
export const sysusersPart = (names: readonly string[]): Part => ({
  option: 'sysusers',
  scripts: {
    postinst: whenConfigured(`systemd-sysusers \${DPKG_ROOT:+--root="$DPKG_ROOT"} ${words(names)}\n`),
  },
  depends: ['systemd | systemd-standalone-sysusers | systemd-sysusers'],
});

/** Make now what systemd-tmpfiles(8) makes at every start of the system; without systemd nothing makes it. */
export const tmpfilesPart = (names: readonly string[]): Part => ({
  option: 'tmpfiles',
  scripts: {
    postinst: whenConfigured(
      when(
        'command -v systemd-tmpfiles >/dev/null',
        `systemd-tmpfiles \${DPKG_ROOT:+--root="$DPKG_ROOT"} --create ${words(names)} >/dev/null || true\n`,
      ),
    ),
  },
});
