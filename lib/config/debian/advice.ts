const HOOKS = 'hooks.after_install or hooks.before_pack ($MKVENVDEB_SOURCE is a copy of the project)';

/** What takes the place of a target's commands. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/dh_virtualenv$/, HOOKS],
  [/dh_auto_(?:configure|build|test|install)$/, HOOKS],
  [/dh_(?:install|installdocs|installexamples|installman)$/, 'files, docs, examples or manpages'],
  [/dh_link$/, 'links'],
  [/dh_installdirs$/, 'directories'],
  [/dh_(?:installinit|installsystemd|systemd_enable|systemd_start)$/, 'systemd'],
  [/dh_fixperms$/, 'files (mode) or directories'],
  [/dh_shlibdeps$/, 'depends'],
  [/dh_gencontrol$/, 'version, depends and the other fields'],
  [/dh_builddeb$/, 'compression, compression_level and out'],
  [/dh_installdeb$/, 'scripts'],
  [/^(?:%|build|binary|install)/, HOOKS],
  [/^[A-Z_]+$/, 'environment'],
];

/** How a finding in debian/rules is cured: the option that replaces it, and how to say that it does. */
export function adviceFor(target: string): string {
  const [, options] = ADVICE.find(([pattern]) => pattern.test(target)) ?? [];
  const by = options === undefined ? 'options' : options;
  return `Say it with ${by} in a mkvenvdeb.yaml that has "debian: true" and "debian_ignore: [${JSON.stringify(target).slice(1, -1)}]"`;
}
