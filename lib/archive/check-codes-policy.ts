import type {CodeMeaning} from './check-codes.js';

const [ERROR, WARNING] = [['error'], ['warning']] as const;

/** The control archive, documents and programs by Debian Policy. */
export const POLICY_CODES = {
  'missing-field': {
    severities: ERROR,
    meaning: 'A field that every package has is missing (deb-control(5))',
    cure: 'Add the field',
  },
  'bad-field': {
    severities: ERROR,
    meaning: 'A field has a value that dpkg does not take, or takes for something else',
    cure: 'Write it as deb-control(5) says',
  },
  'no-final-newline': {
    severities: ['error', 'warning'],
    meaning: 'The last line of a control file has no end',
    cure: 'End the file with a line break',
  },
  'control-file': {
    severities: ERROR,
    meaning: 'Something in the control archive that dpkg does not take: a folder, a link, a long name',
    cure: 'Keep to plain files',
  },
  'control-mode': {
    severities: WARNING,
    meaning: 'A script is not executable, or a file that is none is',
    cure: 'Give scripts mode 755, other files 644',
    lintian: 'control-file-has-bad-permissions',
  },
  script: {
    severities: WARNING,
    meaning: 'A maintainer script does not begin with #! (Policy 10.4)',
    cure: 'Begin it with #!/bin/sh',
  },
  'script-line-breaks': {
    severities: ERROR,
    meaning:
      'The first line of a maintainer script ends as on Windows: the kernel looks for a program with that name',
    cure: 'Write Unix line breaks: dos2unix',
  },
  'script-interpreter': {
    severities: WARNING,
    meaning: 'A maintainer script is run by a program that may not be there (Policy 7.2)',
    cure: 'Use /bin/sh, or pre-depend on the interpreter',
    lintian: 'unusual-control-interpreter',
  },
  'script-set-e': {
    severities: WARNING,
    meaning: 'A shell script goes on after an error (Policy 10.4)',
    cure: 'Put set -e into its second line',
    lintian: 'maintainer-script-ignores-errors',
  },
  'debhelper-token': {
    severities: WARNING,
    meaning: 'A maintainer script has #DEBHELPER# left: nothing put in what belongs there',
    cure: 'Build with debhelper or mkvenvdeb, or take the line out',
    lintian: 'maintainer-script-has-unexpanded-debhelper-token',
  },
  conffile: {
    severities: ERROR,
    meaning: 'A line of conffiles names no file of the package, or not as dpkg wants it',
    cure: 'List absolute paths of packed files',
    lintian: 'missing-conffile',
  },
  'conffile-place': {
    severities: WARNING,
    meaning: 'A conffile that is not below /etc (Policy 10.7.2)',
    cure: 'Move it to /etc',
    lintian: 'non-etc-file-marked-as-conffile',
  },
  'etc-file': {
    severities: WARNING,
    meaning:
      'A file below /etc that is no conffile: an upgrade overwrites what the administrator wrote (Policy 10.7.3)',
    cure: 'List it in conffiles',
    lintian: 'file-in-etc-not-marked-as-conffile',
  },
  md5sums: {
    severities: ['error', 'warning'],
    meaning:
      'md5sums does not tell the truth: a wrong digest, a file that is not there; or it leaves out a file',
    cure: 'Make md5sums after everything else',
    lintian: 'md5sum-mismatch',
  },
  triggers: {
    severities: ERROR,
    meaning: 'A line of triggers that dpkg refuses (deb-triggers(5))',
    cure: 'Write DIRECTIVE NAME, such as interest-noawait /usr/share/x',
    lintian: 'unknown-trigger',
  },
  'installed-size': {
    severities: WARNING,
    meaning: 'Installed-Size is missing or far from what is installed',
    cure: 'Compute it as dpkg-gencontrol does',
  },
  'no-copyright': {
    severities: WARNING,
    meaning: 'There is no /usr/share/doc/PACKAGE/copyright (Policy 12.5)',
    cure: 'Pack a copyright file',
    lintian: 'no-copyright-file',
  },
  'no-changelog': {
    severities: WARNING,
    meaning: 'There is no changelog in /usr/share/doc/PACKAGE (Policy 12.7)',
    cure: 'Pack changelog.Debian.gz',
    lintian: 'no-changelog',
  },
  architecture: {
    severities: ['error', 'warning'],
    meaning: 'An ELF file is for another machine than the package; an error in site-packages',
    cure: 'Set Architecture to that of the files, never to all',
    lintian: 'arch-independent-package-contains-binary-or-object',
  },
  'no-libc-depends': {
    severities: WARNING,
    meaning: 'An ELF file needs the C library and the package does not depend on it',
    cure: 'Add libc6 to Depends, or let shlibs do it',
    lintian: 'undeclared-elf-prerequisites',
  },
  'unit-program': {
    severities: WARNING,
    meaning: 'A systemd unit starts a program that is neither in the package nor in a folder for programs',
    cure: 'Correct ExecStart, or pack the program',
  },
  'shebang-interpreter': {
    severities: ['error', 'warning'],
    meaning:
      'A script names an interpreter that is neither in the package nor in a folder for programs; an error where it is the path of a virtualenv or of a build machine',
    cure: 'Correct the first line; scripts of a virtualenv name its bin/python',
    lintian: 'unusual-interpreter',
  },
  'shebang-length': {
    severities: WARNING,
    meaning: 'A first line of over 127 bytes: Linux before 5.1 cuts it off',
    cure: 'Choose a shorter prefix',
  },
  'bin-mode': {
    severities: WARNING,
    meaning: 'A script in a folder for programs is not executable',
    cure: 'chmod 755',
    lintian: 'script-not-executable',
  },
} as const satisfies Readonly<Record<string, CodeMeaning>>;
