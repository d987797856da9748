import type {Difference} from '../archive/compare.js';
import type {VariationReport} from '../variations/choose.js';
import type {VariationName} from '../variations/names.js';

/** Why something differs, and what to do about it. */
export interface Cause {
  readonly cause: string;
  readonly cure: string;
}

/** What each variation brings about in a build that it must not touch. */
export const CAUSES: Readonly<Record<VariationName, Cause>> = {
  path: {
    cause: 'A path of the build, its length, or a hash over it',
    cure: 'Write what MKVENVDEB_PREFIX says, or a relative path; compile with -ffile-prefix-map',
  },
  'file-system': {
    cause: 'What one kind of file system does otherwise: order in a folder, sizes of folders, inodes',
    cure: 'Sort what is listed, and write down nothing that stat tells beside size and kind',
  },
  'folder-order': {
    cause: 'The order in which the disk lists a folder',
    cure: 'Sort what is listed: sorted(os.listdir(folder))',
  },
  user: {
    cause: 'The user of the build: name, number or rights',
    cure: 'Write a fixed name, and let no step depend on being root',
  },
  umask: {
    cause: 'Modes of files as the umask left them',
    cure: 'Set modes before they are written down: os.chmod(file, 0o644)',
  },
  home: {cause: 'HOME of the caller', cure: 'Do not pass it on: take it out of pass_environment'},
  hostname: {cause: 'The name of the host', cure: 'Write a fixed name, or none'},
  'time-zone': {
    cause: 'The time zone of the caller',
    cure: 'Use UTC (time.gmtime), and take TZ out of pass_environment',
  },
  locale: {
    cause: 'The locale of the caller: order, month names, decimal points',
    cure: 'Sort by bytes, and take LANG and LC_* out of pass_environment',
  },
  environment: {
    cause: 'Variables of the environment, or how large it is',
    cure: 'Read the variables that are meant and no others',
  },
  'hash-seed': {
    cause: 'The order of a set, or a value of hash(), which depends on PYTHONHASHSEED',
    cure: 'Sort sets before they are written, and hash with hashlib',
  },
  nursery: {
    cause: 'When PyPy collects garbage, which depends on the cache of the processor',
    cure: 'Write bytecode with marshal version 2, and depend on no id() and no weak reference',
  },
  date: {
    cause: 'The time of the build',
    cure: 'Take it from SOURCE_DATE_EPOCH, which every hook and back end finds set',
  },
  threads: {
    cause: 'The number of threads that compress',
    cure: 'This is a bug of mkvenvdeb: please report it',
  },
  cpus: {
    cause: 'The number of processors',
    cure: 'Write down no such number, and join the results of parallel work in a fixed order',
  },
};

/** Of what differs with nothing varied. */
export const CHANCE: Cause = {
  cause: 'Chance or the clock: it differs with nothing varied (uuid4, random, temporary names, seconds)',
  cure: 'Derive it from the content (uuid5, a seeded random.Random) or from SOURCE_DATE_EPOCH',
};

/** These tell what differs, but not why. */
const GENERIC = /^(?:text|text-random|binary|pyc-body|missing|extra|target)$/;

/** Cause and cure by what was found out to bring it about; a kind that tells its own keeps it. */
export function causeOf(
  {kind}: Difference,
  variations: readonly VariationName[],
): Partial<Pick<Difference, 'cause' | 'cure'>> {
  if (!GENERIC.test(kind)) return {};
  const [only, ...more] = variations;
  if (only === undefined) return CHANCE;
  if (more.length === 0) return CAUSES[only];
  const causes = variations.map((name) => CAUSES[name]);
  const text = (key: keyof Cause) => [...new Set(causes.map((one) => one[key]))].join('; ');
  return {cause: text('cause'), cure: text('cure')};
}

/** What of a variation shows in what it shapes. */
const MARKS: Readonly<Partial<Record<VariationName, RegExp>>> = {
  user: /\bnobody\b|\b65534\b/,
  'time-zone': /Kiritimati|[+]14:?00\b/,
  locale: /\bet_EE\b/,
};

/** Cause and cure by a value of the second build that is seen in the difference. */
export function guessCause(
  {kind, detail, path = ''}: Difference,
  reports: readonly VariationReport[],
): Partial<Pick<Difference, 'cause' | 'cure'>> {
  if (!GENERIC.test(kind)) return {};
  const text = `${path}\n${detail}`;
  const varied = reports.filter(({value}) => value !== undefined);
  const isSeen = ({name, value = ''}: VariationReport) =>
    name === 'hostname' ? text.includes(value) : MARKS[name]?.test(text);
  const seen = varied.find(isSeen);
  return seen ? CAUSES[seen.name] : {};
}
