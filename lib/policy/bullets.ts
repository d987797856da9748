import type {MarkdownGroup} from '../formats/markdown-changelog.js';

/** Policy 4.4 and lintian: no line of a changelog is longer than 80 columns. */
const COLUMNS = 80;
const MARKS = ['*', '-', '+'];

/** Write a group of changes as the lines of a Debian changelog; what has a heading stands one level deeper. */
export function bulletLines({title, items}: MarkdownGroup): readonly string[] {
  const deeper = title === undefined ? 0 : 1;
  return [
    ...(title === undefined ? [] : bullet(0, `${title.replace(/:$/, '')}:`)),
    ...items.flatMap(({depth, text}) => bullet(depth + deeper, text)),
  ];
}

function bullet(depth: number, text: string): readonly string[] {
  const level = Math.min(depth, MARKS.length - 1);
  const indent = ' '.repeat(2 + 2 * level);
  return wrap(harmless(text), COLUMNS - indent.length - 2).map((line, index) =>
    index === 0 ? `${indent}${MARKS[level]} ${line}` : `${indent}  ${line}`,
  );
}

/** "Closes: #12" speaks of the project's own issues; a Debian archive would close bugs of its own by that number. */
const harmless = (text: string): string => text.replace(/\b(closes|lp):(\s*(?:bug)?\s?#?\s?\d)/gi, '$1$2');

/** Break at blanks; a word that is longer than a line has one for itself. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [''];
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = word;
    else if ([...last, ' ', ...word].length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
