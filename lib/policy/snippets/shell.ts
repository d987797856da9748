import {shellQuote} from '../../formats/quoting.js';
import type {ScriptName} from '../scripts.js';

/** What one part of the Debian side adds to the package beside its files. */
export interface Part {
  /** Who asked for it: the name of the option. */
  readonly option: string;
  /** Lines for the maintainer scripts: POSIX sh that works under `set -eu` and without. */
  readonly scripts: Readonly<Partial<Record<ScriptName, string>>>;
  /** Relations that the lines need. */
  readonly depends?: readonly string[];
  /** The package works without it too: a script that has no place for the lines is no error. */
  readonly isExtra?: boolean;
}

/** Words of POSIX sh that stand for exactly these texts. */
export const words = (texts: readonly string[]): string => texts.map(shellQuote).join(' ');

/** Lines, each indented by four blanks; empty ones are left alone. */
export const indent = (lines: string): string => lines.replace(/^(?=.)/gm, '    ');

/** `if CONDITION; then … fi` */
export const when = (condition: string, lines: string): string =>
  `if ${condition}; then\n${indent(lines)}fi\n`;

/**
 * For postinst: also after something that failed and was undone, where prerm had stopped or removed what is made here
 * (Policy 6.7.2); not when a trigger was activated.
 */
export const whenConfigured = (lines: string): string =>
  [
    'case "$1" in',
    'configure | reconfigure | abort-upgrade | abort-remove | abort-deconfigure)',
    indent(lines).trimEnd(),
    '    ;;',
    'esac\n',
  ].join('\n');

/** A system of its own below DPKG_ROOT (dpkg --root without chroot) runs nothing that could be started or stopped. */
export const SYSTEMD_RUNS = `[ -z "\${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]`;
