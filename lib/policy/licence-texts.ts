/** Sentences that only one licence has, as SPDX identifiers; the first that fits all of its words counts. */
const MARKS: readonly (readonly [string, readonly string[], (readonly string[])?])[] = [
  ['AGPL-3.0-only', ['gnu affero general public license version 3', 'preamble']],
  ['LGPL-3.0-only', ['gnu lesser general public license version 3', 'additional definitions']],
  ['LGPL-2.1-only', ['gnu lesser general public license version 2.1', 'preamble']],
  ['LGPL-2.0-only', ['gnu library general public license version 2', 'preamble']],
  ['GPL-3.0-only', ['gnu general public license version 3, 29 june 2007', 'preamble']],
  ['GPL-2.0-only', ['gnu general public license version 2, june 1991', 'preamble']],
  ['Apache-2.0', ['apache license version 2.0, january 2004', 'terms and conditions for use']],
  ['MPL-2.0', ['mozilla public license version 2.0', '1.1. "contributor"']],
  ['MPL-1.1', ['mozilla public license version 1.1', '1.0.1. "commercial use"']],
  ['PSF-2.0', ['python software foundation license version 2', 'licensor']],
  ['ZPL-2.1', ['zope public license (zpl) version 2.1']],
  ['BSL-1.0', ['boost software license - version 1.0']],
  ['CC0-1.0', ['creative commons', 'cc0 1.0 universal', 'statement of purpose']],
  ['Unlicense', ['this is free and unencumbered software released into the public domain']],
  [
    'MIT',
    [
      'permission is hereby granted, free of charge, to any person obtaining a copy of this software',
      'the above copyright notice and this permission notice',
    ],
  ],
  [
    'MIT-0',
    ['permission is hereby granted, free of charge, to any person obtaining a copy of this software'],
  ],
  [
    'ISC',
    [
      'permission to use, copy, modify, and/or distribute this software for any purpose with or without fee',
      'provided that the above copyright notice',
    ],
  ],
  [
    'ISC',
    [
      'permission to use, copy, modify, and distribute this software for any purpose with or without fee',
      'provided that the above copyright notice',
    ],
  ],
  [
    '0BSD',
    ['permission to use, copy, modify, and/or distribute this software for any purpose with or without fee'],
  ],
  ['Zlib', ['the origin of this software must not be misrepresented']],
  ['BSD-4-Clause', ['redistribution and use in source and binary forms', 'all advertising materials']],
  ['BSD-3-Clause', ['redistribution and use in source and binary forms', 'endorse or promote']],
  ['BSD-2-Clause', ['redistribution and use in source and binary forms', 'redistributions in binary form']],
];

const words = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[“”]/g, '"')
    .replace(/[\s*#>]+/g, ' ')
    .trim();

/** Which licence a text is, by sentences that only it has; a SPDX identifier, undefined when none or several fit. */
export function recogniseLicence(text: string): string | undefined {
  const whole = words(text);
  const found = MARKS.filter(([, parts]) => parts.every((part) => whole.includes(part))).map(
    ([name]) => name,
  );
  const [first] = found;
  if (first === undefined) return undefined;
  // A text that holds several licences is none of them; those that contain each other are told apart by their order.
  const family = (name: string) =>
    name
      .replace(/^(?:MIT-0|MIT|ISC|0BSD)$/, (one) => (one.startsWith('MIT') ? 'mit' : 'isc'))
      .replace(/^BSD-.*/, 'bsd')
      .replace(/^[AL]?GPL-.*/, 'gpl');
  return new Set(found.map(family)).size === 1 ? first : undefined;
}

/** Policy 12.5: what every Debian system has in /usr/share/common-licenses, by the names of copyright-format. */
const COMMON: Readonly<Record<string, string>> = {
  'Apache-2.0': 'Apache-2.0',
  'Artistic-1.0-Perl': 'Artistic',
  'CC0-1.0': 'CC0-1.0',
  'GPL-1': 'GPL-1',
  'GPL-2': 'GPL-2',
  'GPL-3': 'GPL-3',
  'LGPL-2': 'LGPL-2',
  'LGPL-2.1': 'LGPL-2.1',
  'LGPL-3': 'LGPL-3',
  'GFDL-1.2': 'GFDL-1.2',
  'GFDL-1.3': 'GFDL-1.3',
  'MPL-1.1': 'MPL-1.1',
  'MPL-2.0': 'MPL-2.0',
};

/** Where a Debian system has the full text of a licence; undefined for those it has not. */
export function commonLicence(name: string): string | undefined {
  const file = COMMON[name.replace(/ with .*/s, '').replace(/\+$/, '')];
  return file === undefined ? undefined : `/usr/share/common-licenses/${file}`;
}

/** Lines that say whose a work is; those of the licence's own authors and placeholders are none. */
const STATEMENT =
  /^[\s*#/;.-]*((?:copyright\b(?:\s+(?:\(c\)|©))?|\(c\)|©)[\s:].*?\d{4}.*|(?:copyright\s+(?:\(c\)|©)|©)[\s:]+\S.*)$/is;
const FOREIGN =
  /free software foundation|\[yyyy\]|<year>|\[year\]|copyright notice|copyright holders?\b.{0,40}\bcontributors be liable/i;

/** Whose a work is, by the copyright lines in a licence text, without the word itself: `2020 Jo Doe`. */
export function copyrightStatements(text: string): readonly string[] {
  const statements = text.split(/\r\n|\r|\n/).flatMap((line) => {
    const statement = STATEMENT.exec(line)?.[1];
    if (statement === undefined || FOREIGN.test(statement)) return [];
    const plain = statement
      .replace(/^(?:copyright\b|\(c\)|©|[\s:])+/i, '')
      .replace(/(?<!\s)\s*\ball rights reserved\b\.?/i, '')
      .trim();
    return plain === '' ? [] : [plain];
  });
  return [...new Set(statements)];
}

/** Full texts inside of a longer one: lintian's copyright-file-contains-full-gpl-license and its like. */
const EMBEDDED: readonly (readonly [RegExp, string])[] = [
  [/GNU GENERAL PUBLIC LICENSE\s+Version ([123])\b.*/s, 'GPL-$1'],
  [/Apache License\s+Version 2\.0.*/s, 'Apache-2.0'],
];

/** Cut at what ends such a text, so that a search for its beginning never goes over another. */
function withoutCommon(text: string): string {
  const pieces = text.split('END OF TERMS AND CONDITIONS');
  const last = pieces.length - 1;
  return pieces
    .map((piece, index) => {
      if (index === last) return piece;
      const [full, name] = EMBEDDED.find(([pattern]) => pattern.test(piece)) ?? [];
      return full && name
        ? piece.replace(full, `/usr/share/common-licenses/${name}`)
        : `${piece}END OF TERMS AND CONDITIONS`;
    })
    .join('');
}

/** A licence's text without its title and whose work it is: what is the same for many. */
export function licenceBody(text: string): string {
  const lines = withoutCommon(text)
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(/[^\P{Cc}\t]/gu, '').trimEnd());
  const body = lines.filter((line) => !STATEMENT.test(line) || FOREIGN.test(line));
  return body
    .map((line) => (/^\s*all rights reserved\.?$/i.test(line) ? '' : line))
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|(?<!\n)\n+$/g, '');
}

/** Two bodies with the same key differ in blanks and letters' case only. */
export const bodyKey = (body: string): string =>
  words(body).replace(/^(?:the )?(?:\w+(?:-clause)? )?licen[cs]e(?: \(\w+\))? /, '');
