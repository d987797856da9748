import {indent, type Part, SYSTEMD_RUNS, when, whenConfigured, words} from './shell.js';

/** A unit of systemd as the package brings it. */
export interface Unit {
  /** `warehouse.service`, `warehouse@.service` */
  readonly name: string;
  /** It has an [Install] section: there is something to enable. */
  readonly installable: boolean;
  readonly enable: boolean;
  readonly start: boolean;
  /** What an upgrade does: restart it afterwards, leave it running, or stop it before and start it afterwards. */
  readonly restart: boolean | 'stop';
}

/**
 * Enable, start, restart and stop units as deb-systemd-helper(1) and deb-systemd-invoke(1) want it: an administrator
 * who disabled or masked one keeps it so, policy-rc.d is asked, and where systemd does not run (a chroot, a container)
 * units are enabled for the next start of the system and nothing else is done. Both commands are in
 * init-system-helpers, which is essential.
 */
export function systemdPart(units: readonly Unit[]): Part {
  const single = units.filter(({name}) => !name.includes('@.'));
  const scripts = {
    preinst: whenUpgraded(named(single, ({restart, start}) => restart === 'stop' && start)),
    postinst: [enabling(single), starting(single)].join(''),
    prerm: when(`[ "$1" = remove ] && ${SYSTEMD_RUNS}`, invoke('stop', units.map(everyInstance))),
    postrm: forgetting(named(single, ({installable}) => installable)),
  };
  return {
    option: 'systemd',
    scripts: Object.fromEntries(Object.entries(scripts).filter(([, text]) => text !== '')),
  };
}

/**
 * Enable units for the systemd of every user who logs in from then on. Nobody's is told now: what runs in a session
 * goes on as it is, as compat level 13 of debhelper has it.
 */
export function systemdUserPart(units: readonly Pick<Unit, 'name' | 'installable' | 'enable'>[]): Part {
  const single = units.filter(({name}) => !name.includes('@.'));
  const names = single.filter(({installable}) => installable).map(({name}) => name);
  const helper = 'deb-systemd-helper --user';
  return {
    option: 'systemd_user',
    scripts: names.length === 0 ? {} : {postinst: enabling(single, helper), postrm: purging(names, helper)},
  };
}

const named = (units: readonly Unit[], which: (unit: Unit) => boolean): readonly string[] =>
  units.filter(which).map(({name}) => name);

/** systemctl(1): a pattern stands for all units that are loaded. */
const everyInstance = ({name}: Unit): string => name.replace('@.', '@*.');

/** What cannot be done with a unit is told by it, and is no reason to leave the package half configured. */
const invoke = (action: string, names: readonly string[]): string =>
  names.length === 0 ? '' : `deb-systemd-invoke ${action} ${words(names)} >/dev/null || true\n`;

function whenUpgraded(names: readonly string[]): string {
  return names.length === 0 ? '' : when(`[ "$1" = upgrade ] && ${SYSTEMD_RUNS}`, invoke('stop', names));
}

function enabling(
  units: readonly Pick<Unit, 'name' | 'installable' | 'enable'>[],
  helper = 'deb-systemd-helper',
): string {
  const installable = units.filter((unit) => unit.installable);
  const on = installable.filter(({enable}) => enable).map(({name}) => name);
  const off = installable.filter(({enable}) => !enable).map(({name}) => name);
  // An earlier removal may have masked it. What nobody has touched counts as enabled; what the administrator disabled
  // stays so, but links that a new version of the unit asks for are written down for the purge.
  const enabled = each(on, [
    `${helper} unmask "$mkvenvdeb_unit" >/dev/null || true`,
    `if ${helper} --quiet was-enabled "$mkvenvdeb_unit"; then`,
    `    ${helper} enable "$mkvenvdeb_unit" >/dev/null || true`,
    'else',
    `    ${helper} update-state "$mkvenvdeb_unit" >/dev/null || true`,
    'fi',
  ]);
  // Only what was enabled by hand gets the links of a new version.
  const available = each(off, [
    `if ${helper} debian-installed "$mkvenvdeb_unit"; then`,
    `    ${helper} unmask "$mkvenvdeb_unit" >/dev/null || true`,
    `    if ${helper} --quiet was-enabled "$mkvenvdeb_unit"; then`,
    `        ${helper} enable "$mkvenvdeb_unit" >/dev/null || true`,
    '    fi',
    'fi',
    `${helper} update-state "$mkvenvdeb_unit" >/dev/null || true`,
  ]);
  const lines = enabled + available;
  return lines === '' ? '' : whenConfigured(lines);
}

const each = (names: readonly string[], lines: readonly string[]): string =>
  names.length === 0
    ? ''
    : `for mkvenvdeb_unit in ${words(names)}; do\n${indent(`${lines.join('\n')}\n`)}done\n`;

/** A unit without [Install] is started by others, such as a timer: it is only restarted where it runs. */
function starting(units: readonly Unit[]): string {
  if (units.length === 0) return '';
  const startable = ({start, installable}: Unit) => start && installable;
  const first = named(units, startable);
  const restarted = named(units, (unit) => startable(unit) && unit.restart === true);
  const stopped = named(units, (unit) => startable(unit) && unit.restart === 'stop');
  const running = named(units, (unit) => !startable(unit) && unit.restart === true);
  const upgrade = invoke('restart', restarted) + invoke('start', stopped) + invoke('try-restart', running);
  const install = invoke('start', first);
  return whenConfigured(
    when(SYSTEMD_RUNS, `systemctl --system daemon-reload >/dev/null || true\n${either(upgrade, install)}`),
  );
}

/** Only `configure` with the version before is an upgrade; what was stopped for a removal that failed starts again. */
export function either(upgrade: string, install: string): string {
  const isUpgrade = `[ "$1" = configure ] && [ -n "\${2:-}" ]`;
  if (upgrade === '') return install === '' ? '' : when(`[ "$1" != configure ] || [ -z "\${2:-}" ]`, install);
  if (install === '') return when(isUpgrade, upgrade);
  return `if ${isUpgrade}; then\n${indent(upgrade)}else\n${indent(install)}fi\n`;
}

/** Debian's helper writes down which links it made; only a purge may forget them. */
function forgetting(names: readonly string[]): string {
  const reload = when(
    `[ "$1" = remove ] && ${SYSTEMD_RUNS}`,
    'systemctl --system daemon-reload >/dev/null || true\n',
  );
  return names.length === 0 ? reload : reload + purging(names, 'deb-systemd-helper');
}

const purging = (names: readonly string[], helper: string): string =>
  when(
    '[ "$1" = purge ] && command -v deb-systemd-helper >/dev/null',
    `${helper} purge ${words(names)} >/dev/null || true\n`,
  );
