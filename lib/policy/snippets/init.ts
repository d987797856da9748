import {shellQuote} from '../../formats/quoting.js';
import {type Part, when, whenConfigured} from './shell.js';
import {either, type Unit} from './systemd.js';

/** A script for a system without systemd. */
export interface InitScript extends Pick<Unit, 'enable' | 'start' | 'restart'> {
  /** In /etc/init.d. */
  readonly name: string;
}

/** Both commands act on the system that runs, not on the one below DPKG_ROOT (dpkg --root without chroot). */
const HERE = `[ -z "\${DPKG_ROOT:-}" ]`;

/**
 * Links into the runlevels by update-rc.d(8), start and stop by invoke-rc.d(8), which asks policy-rc.d (Policy 9.3.3);
 * a native unit of the same name is left to the lines for units. Scripts are conffiles: after a removal they are still
 * there, so that they lose the right to run, and get it back when the package comes again.
 */
export function initPart(scripts: readonly InitScript[]): Part {
  const texts = {
    preinst: scripts.map(allowing).join('') + scripts.map(stopping).join(''),
    postinst: whenConfigured(scripts.map(installing).join('')),
    prerm: scripts
      .map((script) => when(`[ "$1" = remove ] && ${runnable(script)}`, invoke(script, 'stop')))
      .join(''),
    postrm: scripts.map(forgetting).join(''),
  };
  return {option: 'init', scripts: texts};
}

const file = ({name}: InitScript): string => shellQuote(`/etc/init.d/${name}`);
const runnable = (script: InitScript): string =>
  `${HERE} && [ -x ${file(script)} ] && command -v invoke-rc.d >/dev/null`;

/** What the script cannot do is told by it, and is no reason to leave the package half configured. */
const invoke = ({name}: InitScript, action: string): string =>
  `invoke-rc.d --skip-systemd-native ${shellQuote(name)} ${action} >/dev/null || true\n`;

/** Only a package that was removed and not purged gives its old version along with `install`. */
const allowing = (script: InitScript): string => {
  const path = `"\${DPKG_ROOT:-}"${file(script)}`;
  return when(`[ "$1" = install ] && [ -n "\${2:-}" ] && [ -f ${path} ]`, `chmod +x ${path} || true\n`);
};

const stopping = (script: InitScript): string =>
  script.start && script.restart === 'stop'
    ? when(`[ "$1" = upgrade ] && ${runnable(script)}`, invoke(script, 'stop'))
    : '';

function installing(script: InitScript): string {
  const {name, enable, start, restart} = script;
  const runlevels = enable ? 'defaults' : 'defaults-disabled';
  const links = `update-rc.d ${shellQuote(name)} ${runlevels} >/dev/null || true\n`;
  const linked = when(`${HERE} && [ -x ${file(script)} ] && command -v update-rc.d >/dev/null`, links);
  return start ? linked + when(runnable(script), starting(script, restart)) : linked;
}

function starting(script: InitScript, restart: InitScript['restart']): string {
  const start = invoke(script, 'start');
  if (restart === 'stop') return start;
  return either(restart ? invoke(script, 'restart') : '', start);
}

function forgetting(script: InitScript): string {
  const path = `"\${DPKG_ROOT:-}"${file(script)}`;
  return [
    when(`[ "$1" = remove ] && [ -f ${path} ]`, `chmod -x ${path} || true\n`),
    when(
      `[ "$1" = purge ] && ${HERE} && command -v update-rc.d >/dev/null`,
      `update-rc.d ${shellQuote(script.name)} remove >/dev/null || true\n`,
    ),
  ].join('');
}
