import parseSpdx from 'spdx-expression-parse';

/** A licence or several, in the words of both worlds. */
export interface LicenceTerms {
  /** SPDX expression; undefined where only a name is known, such as "BSD". */
  readonly spdx?: string;
  /** As copyright-format 1.0 writes it: `Expat or Apache-2.0`. */
  readonly debian: string;
  /** The short names in it. */
  readonly names: readonly string[];
}

/** copyright-format 1.0, "Short name": where Debian says something else than SPDX. */
const DEBIAN_NAMES: Readonly<Record<string, string>> = {
  MIT: 'Expat',
  'BSD-2-Clause': 'BSD-2-clause',
  'BSD-3-Clause': 'BSD-3-clause',
  'BSD-4-Clause': 'BSD-4-clause',
  'ZPL-2.0': 'Zope-2.0',
  'ZPL-2.1': 'Zope-2.1',
  'CNRI-Python': 'CNRI',
  'GFDL-1.2-only': 'GFDL-1.2',
  'GFDL-1.3-only': 'GFDL-1.3',
};

/** `GPL-2.0-or-later` is `GPL-2+`, `Apache-2.0` stays. */
function debianName({license, plus, exception}: parseSpdx.One): string {
  const [, family = '', version = '', later] =
    /^((?:[AL]?GPL))-(\d+(?:\.\d+)?)(?:-(only|or-later))?$/.exec(license) ?? [];
  const base =
    family === ''
      ? (DEBIAN_NAMES[license] ?? license.replace(/-or-later$/, '+'))
      : `${family}-${version.replace(/\.0$/, '')}${later === 'or-later' ? '+' : ''}`;
  const whole = plus && !base.endsWith('+') ? `${base}+` : base;
  return exception === undefined ? whole : `${whole} with ${exception.replace(/-exception\b/, '')} exception`;
}

/** Characters of an expression; its parser takes the square of their time. */
const LONGEST = 2000;

/** Read an SPDX expression (PEP 639); undefined when it is none. */
export function readExpression(text: string): LicenceTerms | undefined {
  if (text.length > LONGEST) return undefined;
  let tree: parseSpdx.Expression;
  try {
    tree = parseSpdx(text.trim());
  } catch {
    return undefined;
  }
  const names: string[] = [];
  const write = (node: parseSpdx.Expression): string => {
    if ('license' in node) {
      const name = debianName(node);
      names.push(name);
      return name;
    }
    const sides = [node.left, node.right].map((side) => ({
      text: write(side),
      loose: 'conjunction' in side && side.conjunction === 'or',
    }));
    // "and" binds closer than "or"; a comma makes it the other way round.
    const comma = node.conjunction === 'and' && sides.some(({loose}) => loose);
    const ordered = comma ? [...sides].sort((a, b) => Number(b.loose) - Number(a.loose)) : sides;
    return ordered.map((side) => side.text).join(`${comma ? ',' : ''} ${node.conjunction} `);
  };
  const debian = write(tree);
  return {spdx: text.trim(), debian, names: [...new Set(names)]};
}

/** What people write into `License`, in lower case and without "the", "license" and blanks. */
const FREE_NAMES: Readonly<Record<string, string>> = {
  mit: 'MIT',
  expat: 'MIT',
  'mit/x11': 'MIT',
  isc: 'ISC',
  iscl: 'ISC',
  'bsd-2': 'BSD-2-Clause',
  '2-clausebsd': 'BSD-2-Clause',
  'bsd2-clause': 'BSD-2-Clause',
  'bsd-2-clause': 'BSD-2-Clause',
  simplifiedbsd: 'BSD-2-Clause',
  'bsd-3': 'BSD-3-Clause',
  '3-clausebsd': 'BSD-3-Clause',
  'bsd3-clause': 'BSD-3-Clause',
  'bsd-3-clause': 'BSD-3-Clause',
  newbsd: 'BSD-3-Clause',
  modifiedbsd: 'BSD-3-Clause',
  'apache2.0': 'Apache-2.0',
  'apache-2.0': 'Apache-2.0',
  'apache-2': 'Apache-2.0',
  apache2: 'Apache-2.0',
  'apache,version2.0': 'Apache-2.0',
  apacheversion2: 'Apache-2.0',
  'apacheversion2.0': 'Apache-2.0',
  'apachesoftware2.0': 'Apache-2.0',
  'asl2.0': 'Apache-2.0',
  gplv2: 'GPL-2.0-only',
  'gplv2+': 'GPL-2.0-or-later',
  gplv3: 'GPL-3.0-only',
  'gplv3+': 'GPL-3.0-or-later',
  lgplv3: 'LGPL-3.0-only',
  'lgplv3+': 'LGPL-3.0-or-later',
  'lgplv2+': 'LGPL-2.0-or-later',
  'lgpl-2.1': 'LGPL-2.1-only',
  'lgplv2.1': 'LGPL-2.1-only',
  'lgplv2.1+': 'LGPL-2.1-or-later',
  agplv3: 'AGPL-3.0-only',
  'agplv3+': 'AGPL-3.0-or-later',
  mpl2: 'MPL-2.0',
  'mpl-2.0': 'MPL-2.0',
  'mpl2.0': 'MPL-2.0',
  'mozillapublic2.0(mpl2.0)': 'MPL-2.0',
  psf: 'PSF-2.0',
  psfl: 'PSF-2.0',
  'psf-2.0': 'PSF-2.0',
  unlicense: 'Unlicense',
  unlicence: 'Unlicense',
  zlib: 'Zlib',
  'zpl2.1': 'ZPL-2.1',
  'cc0-1.0': 'CC0-1.0',
  cc0: 'CC0-1.0',
};

/** Trove classifiers that name one licence; "BSD License" and "Apache Software License" leave the version open. */
const CLASSIFIERS: Readonly<Record<string, string>> = {
  'MIT License': 'MIT',
  'MIT No Attribution License (MIT-0)': 'MIT-0',
  'ISC License (ISCL)': 'ISC',
  'Mozilla Public License 1.1 (MPL 1.1)': 'MPL-1.1',
  'Mozilla Public License 2.0 (MPL 2.0)': 'MPL-2.0',
  'Python Software Foundation License': 'PSF-2.0',
  'GNU General Public License v2 (GPLv2)': 'GPL-2.0-only',
  'GNU General Public License v2 or later (GPLv2+)': 'GPL-2.0-or-later',
  'GNU General Public License v3 (GPLv3)': 'GPL-3.0-only',
  'GNU General Public License v3 or later (GPLv3+)': 'GPL-3.0-or-later',
  'GNU Lesser General Public License v2 (LGPLv2)': 'LGPL-2.0-only',
  'GNU Lesser General Public License v2 or later (LGPLv2+)': 'LGPL-2.0-or-later',
  'GNU Lesser General Public License v3 (LGPLv3)': 'LGPL-3.0-only',
  'GNU Lesser General Public License v3 or later (LGPLv3+)': 'LGPL-3.0-or-later',
  'GNU Affero General Public License v3': 'AGPL-3.0-only',
  'GNU Affero General Public License v3 or later (AGPLv3+)': 'AGPL-3.0-or-later',
  'zlib/libpng License': 'Zlib',
  'The Unlicense (Unlicense)': 'Unlicense',
  'Boost Software License 1.0 (BSL-1.0)': 'BSL-1.0',
  'Eclipse Public License 2.0 (EPL-2.0)': 'EPL-2.0',
  'Zero-Clause BSD (0BSD)': '0BSD',
  'CC0 1.0 Universal (CC0 1.0) Public Domain Dedication': 'CC0-1.0',
};

/** Read what stands in `License`: an expression, or a name that is known. A text of several lines is none. */
export function readFreeName(text: string): LicenceTerms | undefined {
  if (text.includes('\n') || text.length > 100) return undefined;
  const key = text
    .toLowerCase()
    .replace(/\b(?:the|licen[cs]e[sd]?)\b|["'\s]/g, '')
    .replace(/[.,]$/, '');
  return readExpression(text) ?? readExpression(FREE_NAMES[key] ?? '');
}

/** The licence that the classifiers name; undefined where they name none, or several. */
export function readClassifiers(classifiers: readonly string[]): LicenceTerms | undefined {
  const names = classifiers
    .map((text) => text.split('::').at(-1)?.trim() ?? '')
    .filter((name) => name !== 'OSI Approved');
  const known = new Set(names.map((name) => CLASSIFIERS[name]));
  const [only] = known;
  return known.size === 1 && only !== undefined ? readExpression(only) : undefined;
}
