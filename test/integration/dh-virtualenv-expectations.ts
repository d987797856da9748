/** What dh-virtualenv's own tests expect, numbered as in our notes on them, and which of our tests stands for each. */
export interface Expectation {
  readonly numbers: readonly (number | string)[];
  /** What is expected there. */
  readonly says: string;
  /** A file below the root, and text in it: a title, or the row of a table of cases. */
  readonly tests: readonly (readonly [file: string, text: string])[];
  /** What is so on purpose, where it is not the same. */
  readonly different?: string;
}

const DH = 'test/config/debian-virtualenv.test.ts';
const OWN = 'test/integration/dh-virtualenv-expectations.test.ts';
const LINKS = 'test/relocate/links.test.ts';
const SHEBANGS = 'test/relocate/shebangs.test.ts';
const one = (number: number, says: string, text: string, different?: string): Expectation => ({
  numbers: [number],
  says,
  tests: [[DH, text]],
  ...(different === undefined ? {} : {different}),
});

export const EXPECTATIONS: readonly Expectation[] = [
  one(1, 'an unknown option is an error', '1: an unknown option'),
  one(2, '-O--sourcedirectory takes a word', '2: an option that dh passed on takes the next word'),
  one(3, '-O with what others know is ignored', '3: what dh passed on for others is ignored'),
  one(4, 'DH_OPTIONS counts', '4: DH_OPTIONS counts'),
  one(5, '--extra-index-url is a list', '5: an option may be given again and again'),
  one(6, '--pypi-url is deprecated', '6: --pypi-url warns once'),
  one(7, '--no-test is deprecated', '7: --no-test warns and does nothing'),
  one(8, '--pypi-url and --index-url', '8: the old and the new name of the index'),
  one(9, 'the other way round', '9: the same the other way round'),
  one(10, '--no-test and --setuptools-test', '10: --no-test and --setuptools-test'),
  one(11, '--setuptools-test is off', '11, 12: flags are off until they are given'),
  one(12, '--use-system-packages is off', '11, 12: flags are off until they are given'),
  one(13, '--builtin-venv and --setuptools', '13: --builtin-venv and --setuptools'),
  {
    numbers: [14],
    says: 'first lines with any interpreter are changed',
    tests: [[OWN, '14: first lines that name the virtualenv become its Python, those of others stay']],
    different: 'only those that lie in the staged folder; ipython and Jython keep their names',
  },
  {numbers: [15], says: 'a line for exec is changed', tests: [[OWN, '15: a line for exec stays one']]},
  {
    numbers: [16],
    says: 'scripts are found, those of the shell are not',
    tests: [
      ['test/relocate/relocate.test.ts', `turns fixture \${name} into what lives in /opt/app`],
      ['fixtures/relocate/shebangs/expected/bin/foreign-shell', 'exec @STAGED@/bin/python'],
      ['fixtures/relocate/shebangs/expected/bin/trampoline-only', '#!/opt/app/bin/python'],
    ],
  },
  one(17, 'no requirements.txt is no call of pip', '17: no requirements'),
  one(18, 'requirements.txt is installed', '18, 23: requirements lie in the source directory'),
  one(19, '--preinstall', '19: something before all others'),
  one(
    20,
    'pip is upgraded',
    '20: a certain pip',
    'it is chosen, not upgraded in place, and not in the package',
  ),
  one(21, '--pip-tool', '--pip-tool pip-custom-platform', 'refused: pip from outside installs everything'),
  one(22, 'the project is installed', '22: the project itself'),
  one(23, '--sourcedirectory', '18, 23: requirements lie in the source directory'),
  one(24, '--extra-pip-arg=--no-compile', '24: no bytecode'),
  one(25, 'indexes', '25: indexes'),
  one(26, 'indexes by old names', '26: indexes by old names'),
  one(27, '--verbose reaches pip', '27, 29: words more', 'it is for the command line of mkvenvdeb'),
  one(28, 'virtualenv makes the virtualenv', '28: a virtualenv', 'the interpreter does, by venv'),
  one(29, '--verbose reaches virtualenv', '27, 29: words more', 'as 27'),
  one(30, '--never-download', '30: an argument without meaning here', 'nothing is downloaded in any case'),
  one(31, '--setuptools', '31: setuptools', 'setuptools is there where something requires it'),
  one(32, '--system-site-packages', '32: packages of the system'),
  one(33, '--python', '33: another interpreter'),
  one(34, '--builtin-venv', '34: the builtin venv'),
  one(35, 'setup.py test is run', '35: tests of setup.py are refused', 'refused: setuptools has dropped it'),
  {
    numbers: [36],
    says: 'activate names another folder',
    tests: [[OWN, '36: of activate only the line with the folder changes, and nothing is left behind it']],
  },
  {
    numbers: [37],
    says: 'links into the virtualenv become relative',
    tests: [
      [LINKS, "['lib/deep/link', 'P/file', '../../file']"],
      [LINKS, "['link', '../../etc/app.conf', '../../etc/app.conf']"],
    ],
  },
  // What upstream has no test for.
  {
    numbers: ['spaces'],
    says: 'a blank in the path',
    tests: [[SHEBANGS, 'a prefix with a space makes a trampoline']],
  },
  {
    numbers: ['env -S'],
    says: 'env with options',
    tests: [[SHEBANGS, 'env -S with several arguments quotes a space']],
  },
  {
    numbers: ['ipython'],
    says: 'programs that only begin like an interpreter',
    tests: [
      [SHEBANGS, 'a program of another kind cannot have a trampoline'],
      ['fixtures/relocate/shebangs/expected/bin/ipython3', '#!/opt/app/bin/ipython3'],
    ],
  },
  {
    numbers: ['bytecode'],
    says: 'paths in .pyc files',
    tests: [['test/python/bytecode.test.ts', 'writes the same bytes in another place, and no trace of it']],
  },
  {
    numbers: ['RECORD'],
    says: 'every row is true',
    tests: [['test/relocate/records.test.ts', 'is recorded truly, bytecode included']],
  },
  {
    numbers: ['direct_url.json'],
    says: 'no folder of the build',
    tests: [
      [
        'fixtures/relocate/direct-url/input/lib/pypy3.9/site-packages/folder-1.0.dist-info/direct_url.json',
        'file://',
      ],
    ],
  },
  {
    numbers: ['pyvenv.cfg'],
    says: 'no folder of the build',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in that file
    tests: [['test/relocate/pyvenv.test.ts', 'handles ${title}']],
  },
  {
    numbers: ['egg-link'],
    says: 'editable installs',
    tests: [['test/relocate/pth.test.ts', "'foo.egg-link'"]],
  },
  {
    numbers: ['PyPy'],
    says: 'the whole life of a package',
    tests: [
      ['test/acceptance/warehouse-pypy.test.ts', 'acceptance(warehouse, pypy)'],
      ['test/acceptance/interpreter-upgrade.test.ts', 'a patch just works, apt refuses the next series'],
    ],
  },
  {
    numbers: ['snippets'],
    says: 'lines of maintainer scripts',
    tests: [
      ['test/policy/side.test.ts', 'scripts for dh-virtualenv find its variables set'],
      ['test/acceptance/debhelper.test.ts', 'the scripts leave the same behind, at every step'],
    ],
  },
  {
    numbers: ['several packages'],
    says: 'of one source',
    tests: [
      [
        'test/integration/debian-folder.test.ts',
        'one source with three packages gives three, each with its files',
      ],
    ],
  },
  {
    numbers: ['reproducibility'],
    says: 'the same bytes',
    tests: [
      ['test/integration/reproducible.test.ts', 'two builds that have nothing in common have the same bytes'],
    ],
  },
  {
    numbers: ['removal'],
    says: 'nothing is left',
    tests: [
      [
        'test/acceptance/minimal.test.ts',
        'becomes a package that pleases lintian, installs, runs and goes without a trace',
      ],
    ],
  },
];
