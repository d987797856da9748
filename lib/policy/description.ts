/** Policy 3.4.1: the synopsis should be shorter than 80 characters. */
const LONGEST_SYNOPSIS = 79;
/** Of the extended description, with the blank before it. */
const LONGEST_LINE = 79;

export interface DescribeOptions {
  /** Name of the package. */
  readonly package: string;
  /** The project, as it spells itself, and its version. */
  readonly project: string;
  readonly version: string;
  /** One sentence on what it is. @default it is called a Python application */
  readonly summary?: string | undefined;
  /** Where the virtualenv lives. */
  readonly prefix: string;
  /** `PyPy 3.9` or `CPython 3.11`. */
  readonly interpreter: string;
}

/** A description from the project's metadata: its summary as Debian writes one, and what this package is. */
export function describeProject(options: DescribeOptions): string {
  const {project, version, prefix, interpreter} = options;
  const longer =
    `This package holds ${project} ${version} and the Python distributions that it needs, in a virtual environment ` +
    `of its own below ${prefix} for ${interpreter}. It shares no Python modules with the rest of the system.`;
  // Neither names nor versions need to be what their specifications ask for, where options name the package.
  return [synopsisOf(options), withoutControls(longer)].join('\n');
}

/** No package name, article or full stop, two words and not too many: what lintian asks of a synopsis (Policy 3.4.1). */
function synopsisOf({package: name, project, summary = ''}: DescribeOptions): string {
  const self = [project, name].map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const opening = new RegExp(
    `^(?:(?:${self})(?![\\w-])(?:\\s+is\\b|\\s*[:,\u2013\u2014-])?|(?:an?|the)(?!\\S))\\s*`,
    'i',
  );
  let text = withoutControls(summary)
    .replace(/(?<![. ])[. ]+$/, '')
    .trim();
  while (opening.test(text)) text = text.replace(opening, '');
  const isBare = text !== '' && (!text.includes(' ') || new RegExp(`^(?:${self})\\b`, 'i').test(text));
  const synopsis = shorten(isBare ? `Python application: ${text}` : text);
  return synopsis === '' ? 'Python application in a virtual environment' : synopsis;
}

const withoutControls = (text: string): string => text.replace(/[\p{Cc}\s]+/gu, ' ');

/** Cut at the end of a word, by characters and not by UTF-16 units. */
function shorten(text: string): string {
  const letters = [...text];
  if (letters.length <= LONGEST_SYNOPSIS) return text;
  const start = letters.slice(0, LONGEST_SYNOPSIS + 1);
  const end = start.lastIndexOf(' ');
  const cut = start.slice(0, end === -1 ? LONGEST_SYNOPSIS : end).join('');
  return cut.replace(/(?<![\s,.;:\u2013\u2014-])[\s,.;:\u2013\u2014-]+$/, '');
}

/**
 * The value of the Description field (deb-control(5)): the first line is the synopsis, what follows the extended
 * description. Empty lines become ` .`, long lines are wrapped, lines that begin with a blank are shown as they are.
 */
export function formatDescription(text: string): string {
  const [synopsis = '', ...lines] = text
    .trim()
    .split('\n')
    .map((line) => line.trimEnd());
  // Text taken from a debian/control file: its blank before each line and its dots are already there.
  const isControl = lines.every((line) => /^(?:$|[ \t])/.test(line));
  const extended = isControl ? lines.map((line) => line.slice(1).replace(/^\.$/, '')) : lines;
  return [synopsis.trim(), ...extended.flatMap(wrap).map(mask)].join('\n');
}

/** A dot alone is an empty line, a dot before anything else is reserved: another blank makes it plain text. */
const mask = (line: string): string => (line === '' ? ' .' : line.startsWith('.') ? `  ${line}` : ` ${line}`);

function wrap(line: string): readonly string[] {
  if (/^[ \t]/.test(line)) return [line];
  const lines = [''];
  for (const word of line.split(/\s+/)) {
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + word.length + 2 <= LONGEST_LINE) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
