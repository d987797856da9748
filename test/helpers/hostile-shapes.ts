/** What is repeated: characters that mean something somewhere, and pairs that open without closing. */
const UNITS: readonly string[] = [
  ...' \t\n\r\v\0"\'`\\,;:=+-_.~/|&!?@#$%^*<>()[]{}0a',
  ...['é', '\u2028', '\u{1f600}', '\ud800', '\ufeff'],
  ...['\\"', "\\'", '\\\n', '\\\\', ' \\\n ', '""', "''", '"a', '"\n', '"\\"', "'\\'", '`a ', '``` '],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: not of JavaScript
  ...['${', '$(', '${}', '$(a ', '"$(', '"${', '$$', '<!--', '-->', '<a', '<a>', '<<a\n', '/*', '://', 'a@'],
  ...[
    '[a](',
    '[a]',
    '![',
    '[[',
    ']]',
    '(a',
    '{a,b}',
    '{,',
    '(((',
    ')))',
    '**a ',
    '__a ',
    ' **',
    '*a',
    '~~~\n',
  ],
  ...[
    'a ',
    ' a',
    'a,',
    ', ',
    ' ,',
    'a=',
    '=a',
    'a:',
    ': ',
    'a=1\n',
    'a: 1\n',
    '\n ',
    '\n\t',
    ' \n',
    'a\n',
    '-a\n',
  ],
  ...[
    '- a\n',
    ' - a\n',
    '#a\n',
    '# ',
    ' #',
    '##',
    '-- ',
    ' -- ',
    '--a ',
    ' --hash',
    '->',
    '=> ',
    '1.',
    '.1',
    '-0',
  ],
  ...[
    'a()',
    'a(){',
    '! ',
    'if ',
    'if a; then ',
    'case a in ',
    'a && ',
    'a | ',
    '; ',
    ';;',
    '( ',
    '{ ',
    'for a in ',
  ],
  ...[
    '%s',
    '%:',
    '.so.',
    '+=',
    '?=',
    '| a\n',
    ' a b\n',
    '\r\n',
    '\n\n',
    '\n \n',
    '\n.\n',
    'closes: #1 ',
    ' with ',
  ],
  ...[
    '[a]\n',
    '[[a]]\n',
    'a.b=1\n',
    '&a [',
    '*a,',
    '- - ',
    '? ',
    '"""',
    "'''",
    'define X\n',
    'ifdef A\n',
    '%a',
  ],
];

/** Texts around what is repeated: nothing, and parts of something valid. */
export interface Around {
  readonly before: string;
  readonly after: string;
}

/** Where in a sample: alone, before and behind it, and in the middle and at the end of its lines. */
export function placesIn(sample: string): readonly Around[] {
  const lines = sample.split('\n');
  const inside = lines.flatMap((line, index): Around[] => {
    const [head, tail] = [lines.slice(0, index), lines.slice(index + 1)];
    const at = (column: number): Around => ({
      before: [...head, line.slice(0, column)].join('\n'),
      after: [line.slice(column), ...tail].join('\n'),
    });
    return line === '' ? [] : [at(line.length), at(Math.ceil(line.length / 2))];
  });
  return [{before: '', after: ''}, {before: '', after: sample}, {before: sample, after: '\0'}, ...inside];
}

/** A text of about that many characters. */
export const pumped = ({before, after}: Around, unit: string, length: number): string =>
  before + unit.repeat(Math.ceil(length / unit.length)) + after;

export const units = UNITS;
