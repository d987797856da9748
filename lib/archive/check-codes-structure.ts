import type {CodeMeaning} from './check-codes.js';

const [ERROR, WARNING, INFO] = [['error'], ['warning'], ['info']] as const;

/** How the package is put together: what dpkg refuses, or installs in another way than it looks. */
export const STRUCTURE_CODES = {
  unreadable: {
    severities: ERROR,
    meaning: 'It is no package, it is damaged, or its readers would understand it differently',
    cure: 'Build it again; a copy of it may be broken',
  },
  'lost-data': {
    severities: ERROR,
    meaning:
      'More follows the first xz stream or zstd frame: dpkg reads only the first and drops the rest without a word',
    cure: 'Compress the archive in one piece: parallel compressors such as pxz and pzstd write several',
  },
  'second-reader': {
    severities: ERROR,
    meaning: 'Another ar reader finds other members than ours',
    cure: 'Build it again with a tool that writes plain ar archives',
  },
  'format-version': {
    severities: WARNING,
    meaning: 'debian-binary is not 2.0',
    cure: 'Write 2.0',
  },
  'ar-header': {
    severities: WARNING,
    meaning: 'A member of the ar archive has an owner or mode that dpkg-deb does not write',
    cure: 'Pack as dpkg-deb does: owner 0, mode 100644',
  },
  'extra-member': {
    severities: WARNING,
    meaning: 'A member beside debian-binary, control.tar and data.tar: dpkg does not look at it',
    cure: 'Leave it out, unless it is a signature',
  },
  'pax-header': {
    severities: ERROR,
    meaning: 'A PAX header, which dpkg refuses',
    cure: 'Write GNU long-name records instead: tar --format=gnu',
  },
  'global-pax-header': {
    severities: ERROR,
    meaning: 'A global PAX header, as git archive writes it: dpkg refuses it',
    cure: 'Write GNU tar archives: tar --format=gnu',
  },
  'long-name-without-nul': {
    severities: ERROR,
    meaning: 'A long name does not end in a NUL: dpkg before 1.21.23 installs a wrong one',
    cure: 'Write the NUL behind the name',
  },
  'no-end-mark': {
    severities: WARNING,
    meaning: 'The archive does not end in two blocks of zeros',
    cure: 'Pack it again: it may be cut off',
  },
  'lone-zero-block': {
    severities: WARNING,
    meaning: 'The archive ends in one block of zeros instead of two',
    cure: 'Pack it again: it may be cut off',
  },
  'tar-format': {
    severities: WARNING,
    meaning: 'A header is not in the GNU format, the one that dpkg-deb writes',
    cure: 'Write GNU tar archives: tar --format=gnu',
  },
  'no-root': {
    severities: WARNING,
    meaning: 'The root ./ is not the first member',
    cure: 'Pack the folder itself, not what is in it',
  },
  'name-form': {
    severities: WARNING,
    meaning: 'A name is not written as ./PATH, with a slash behind folders only',
    cure: 'Pack with dpkg-deb or mkvenvdeb',
  },
  'unsafe-name': {
    severities: ERROR,
    meaning: 'A name has a component ..',
    cure: 'Pack without ..',
  },
  'name-line-break': {
    severities: ERROR,
    meaning: 'A name has a line break, which dpkg refuses',
    cure: 'Rename the file',
  },
  'name-encoding': {
    severities: WARNING,
    meaning: 'A name is not UTF-8',
    cure: 'Rename the file',
  },
  'long-name': {
    severities: ERROR,
    meaning: 'A part of a name is over 246 bytes: dpkg appends .dpkg-new and cannot unpack it',
    cure: 'Rename the file',
  },
  'name-clash': {
    severities: INFO,
    meaning: 'Two names differ in the case of letters or in their Unicode normalisation only',
    cure: 'Rename one, where people may copy the files to macOS or Windows',
  },
  duplicate: {
    severities: ['error', 'warning'],
    meaning: 'A path is there twice; harmless for folders',
    cure: 'Pack each path once',
  },
  'no-parent': {
    severities: ERROR,
    meaning: 'The folder of an entry does not come before it, or is a link or a file: dpkg makes no folders',
    cure: 'Pack every folder before what is in it',
  },
  'symlink-order': {
    severities: WARNING,
    meaning: 'Something comes after a symlink; dpkg-deb puts symlinks last',
    cure: 'Pack symlinks last',
  },
  'empty-link': {
    severities: ERROR,
    meaning: 'A symlink points to nothing',
    cure: 'Give it a target',
  },
  hardlink: {
    severities: ERROR,
    meaning: 'A hard link to what is no earlier file',
    cure: 'Pack the file before its hard links',
  },
  'hardlink-folders': {
    severities: WARNING,
    meaning: 'A hard link leads to another tree, which may be another file system on the server',
    cure: 'Pack a copy or a symlink',
    lintian: 'package-contains-hardlink',
  },
  'escaping-link': {
    severities: ERROR,
    meaning: 'A relative symlink climbs above the root',
    cure: 'Write the target absolute, or with fewer ..',
    lintian: 'symlink-has-too-many-up-segments',
  },
  'link-loop': {
    severities: ERROR,
    meaning: 'Symlinks lead to each other in a circle',
    cure: 'Let one of them point to a file',
  },
  'dangling-link': {
    severities: WARNING,
    meaning: 'A symlink into the tree that only this package fills points to nothing',
    cure: 'Pack what it points to, or leave it out',
  },
  'absolute-link': {
    severities: WARNING,
    meaning: 'An absolute symlink inside one top-level folder (Policy 10.5)',
    cure: 'Write it relative: ln -sr',
    lintian: 'absolute-symlink-in-top-level-folder',
  },
  'relative-link': {
    severities: WARNING,
    meaning: 'A relative symlink to another top-level folder (Policy 10.5)',
    cure: 'Write it absolute',
    lintian: 'relative-symlink',
  },
  owner: {
    severities: WARNING,
    meaning: 'It belongs to another than root',
    cure: 'Pack it as root, change it in postinst',
  },
  'unknown-owner': {
    severities: WARNING,
    meaning:
      'It belongs to a user or group that no Debian system has before the package made it: dpkg takes the number',
    cure: 'Pack it as root, change it in postinst',
  },
  'special-file': {
    severities: WARNING,
    meaning: 'A device or a pipe',
    cure: 'Make it on the server, by systemd or in postinst',
  },
  'world-writable': {
    severities: WARNING,
    meaning: 'Everybody may write to it',
    cure: 'Take the right away: chmod o-w',
    lintian: 'non-standard-executable-perm',
  },
  setuid: {
    severities: WARNING,
    meaning: 'It is setuid or setgid',
    cure: 'Take the bit away, or keep it knowingly: dpkg-statoverride can remove it on the server',
    lintian: 'elevated-privileges',
  },
  'folder-mode': {
    severities: WARNING,
    meaning: 'A folder that its owner cannot enter, or others cannot',
    cure: 'Give it mode 755',
    lintian: 'non-standard-dir-perm',
  },
  'private-file': {
    severities: INFO,
    meaning: 'A file that only some may read',
    cure: 'Give it mode 644 unless that is meant',
    lintian: 'non-standard-file-perm',
  },
  'unused-allow': {
    severities: INFO,
    meaning: 'Nothing was found that an exception is for',
    cure: 'Leave the exception out',
  },
} as const satisfies Readonly<Record<string, CodeMeaning>>;
