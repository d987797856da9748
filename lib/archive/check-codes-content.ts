import type {CodeMeaning} from './check-codes.js';

const [ERROR, WARNING, INFO] = [['error'], ['warning'], ['info']] as const;

/** What files say: a virtualenv that is true, no path of the build machine, nothing secret. */
export const CONTENT_CODES = {
  'record-unreadable': {
    severities: WARNING,
    meaning: 'A RECORD is not the CSV that the PyPA describes',
    cure: 'Install the distribution again',
  },
  'record-missing': {
    severities: WARNING,
    meaning: 'A RECORD names a file that is not there',
    cure: 'Make RECORD after everything else, or install again',
  },
  'record-hash': {
    severities: WARNING,
    meaning: 'A file is not what RECORD says: other digest or size',
    cure: 'Make RECORD after everything else',
  },
  'record-claim': {
    severities: WARNING,
    meaning: 'Two distributions have the same file',
    cure: 'Install one of them only: the later has overwritten the other',
  },
  'record-unlisted': {
    severities: INFO,
    meaning: 'A file in site-packages that no RECORD names: pip will not remove it',
    cure: 'Let the distribution bring it, or leave it out',
  },
  'no-record': {
    severities: INFO,
    meaning: 'A distribution without RECORD: pip can neither check nor remove it',
    cure: 'Install it with pip',
  },
  'stale-bytecode': {
    severities: WARNING,
    meaning: 'Bytecode that does not fit its source: Python compiles it anew at each start',
    cure: 'Compile after everything else, with checked hashes',
  },
  'orphaned-bytecode': {
    severities: WARNING,
    meaning: 'Bytecode in __pycache__ whose source is not there: Python ignores it',
    cure: 'Leave it out',
  },
  'foreign-bytecode': {
    severities: WARNING,
    meaning: 'Bytecode for another Python than that of its folder',
    cure: 'Compile under the interpreter of the package',
  },
  'unknown-bytecode': {
    severities: INFO,
    meaning:
      'Bytecode of a Python that check does not know: whether that takes it, or it fits its source, is not told',
    cure: 'Ask the interpreter of the package: python -v -c "import NAME" says what is stale',
  },
  'bytecode-path': {
    severities: WARNING,
    meaning: 'Bytecode names another source file than its own: the folder where it was compiled',
    cure: 'Compile with the final path: python -m compileall -s STAGE',
  },
  'venv-prefix': {
    severities: ERROR,
    meaning: 'A virtualenv that names another folder than the one it lies in',
    cure: 'Relocate it, or create it where it will live',
  },
  'foreign-interpreter': {
    severities: ERROR,
    meaning: 'A virtualenv is run by an interpreter that no Debian package brings',
    cure: 'Create it with an interpreter of Debian',
  },
  'interpreter-depends': {
    severities: WARNING,
    meaning: 'A virtualenv is run by an interpreter on which the package does not depend',
    cure: 'Add the interpreter to Depends, in the series that it was made for',
  },
  'interpreter-series': {
    severities: ERROR,
    meaning: 'A virtualenv has its modules in a folder that its interpreter does not look into',
    cure: 'Create it with that interpreter, and link to the versioned one',
  },
  editable: {
    severities: ERROR,
    meaning: 'An editable install: the code lies in a folder of the build machine',
    cure: 'Install without -e',
  },
  'pth-path': {
    severities: WARNING,
    meaning: 'A .pth file adds a folder that is not in the package',
    cure: 'Install without -e',
  },
  'forbidden-text': {
    severities: ERROR,
    meaning: 'A text that must occur nowhere (--forbid)',
    cure: 'Find out what writes it',
  },
  'build-path': {
    severities: ['warning', 'error'],
    meaning: 'A path of a build machine, such as /home/jo or /builds; an error where a link leads there',
    cure: 'Build in the final path, or rewrite the file',
  },
  rpath: {
    severities: ['error', 'warning'],
    meaning:
      'An ELF file looks for libraries in a folder that the package does not fill; an error where strangers may write to it',
    cure: 'Remove it: patchelf --remove-rpath, or point it to $ORIGIN',
  },
  'private-key': {
    severities: ['error', 'warning', 'info'],
    meaning: 'A whole private key; info in tests and examples, a warning where a password guards it',
    cure: 'Leave it out, and make a new one: this one is known now',
  },
  token: {
    severities: ['error', 'info'],
    meaning: 'A token or key of a service; info in tests and examples',
    cure: 'Leave it out and revoke it',
  },
  credentials: {
    severities: ['warning', 'error', 'info'],
    meaning: 'User and password in a URL; an error in files of configuration, info in tests and documents',
    cure: 'Leave them out and change the password',
  },
  'secret-file': {
    severities: ['error', 'warning', 'info'],
    meaning: 'A file that by its name holds something secret: .pypirc, .netrc, id_rsa, .env, keystores',
    cure: 'Leave it out',
  },
  'vcs-folder': {
    severities: WARNING,
    meaning: 'A folder of version control, with everything that was ever committed',
    cure: 'Leave it out',
    lintian: 'package-contains-vcs-control-dir',
  },
  leftover: {
    severities: ['info', 'warning'],
    meaning: 'What an editor, a tool or dpkg left',
    cure: 'Leave it out',
    lintian: 'backup-file-in-package',
  },
} as const satisfies Readonly<Record<string, CodeMeaning>>;
