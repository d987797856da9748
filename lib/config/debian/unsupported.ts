import type {Problem} from '../problems.js';
import type {DebianControl} from './control.js';
import type {DebianFolder} from './folder.js';

/** Files that debhelper would do something with, and that have no counterpart here. */
const EXTENSIONS =
  'bug-control bug-presubj bug-script doc-base emacsen-compat emacsen-install emacsen-remove emacsen-startup info menu'
    .concat(
      ' menu-method mime sharedmimeinfo ppp.ip-up ppp.ip-down symbols shlibs upstart user.service wm sgmlcatalogs',
    )
    .concat(
      ' logcheck.cracking logcheck.violations logcheck.ignore.workstation logcheck.ignore.server bash-completion',
    )
    .concat(
      ' if-up if-down if-pre-up if-post-down gsettings-override isinstallable initramfs-hook modprobe apport lintian',
    )
    .split(' ');

/** Such files of the packages in debian/control. */
export function unsupportedFiles(
  {names}: DebianFolder,
  {binaries}: DebianControl,
  ignore: readonly string[],
): readonly Problem[] {
  return binaries
    .flatMap(({name}, index) =>
      EXTENSIONS.flatMap((extension) => [`${name}.${extension}`, ...(index === 0 ? [extension] : [])]),
    )
    .filter((name) => names.has(name) && !ignore.includes(name) && !ignore.includes(`debian/${name}`))
    .map((name) => ({
      text: `File has no counterpart: debian/${name}`,
      hint: `Install it with "files", and add ${JSON.stringify(`debian/${name}`)} to debian_ignore in mkvenvdeb.yaml`,
    }));
}
