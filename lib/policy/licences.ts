import type {DistributionDetails} from '../model.js';
import {type LicenceTerms, readClassifiers, readExpression, readFreeName} from './licence-names.js';
import {bodyKey, commonLicence, copyrightStatements, licenceBody, recogniseLicence} from './licence-texts.js';

/** What could be found out about the licence of a distribution. */
export interface Determined {
  readonly distribution: DistributionDetails;
  /** undefined when nothing tells. */
  readonly terms: LicenceTerms | undefined;
  /** What stands in `License`: a short name, or several. */
  readonly title: string;
  /** Whose it is, at least one. */
  readonly holders: readonly string[];
  /** A text for each short name. */
  readonly texts: readonly LicenceText[];
  /** Lines of what has no other place. */
  readonly comment: readonly string[];
}

interface LicenceText {
  readonly name: string;
  readonly body: string;
  /** What is equal for texts that are; undefined where there is none, and any other of that name will do. */
  readonly key: string | undefined;
}

interface OwnText {
  readonly file: string;
  readonly text: string;
  readonly terms: LicenceTerms | undefined;
}

/**
 * Find out the licence of a distribution: the expression wins (PEP 639), then a name in `License` that is known, then
 * the classifiers where they name exactly one, then the licence files where their text is recognised.
 *
 * @param year of this version: where no licence file says whose it is, its authors published it then
 */
export function determineLicence(distribution: DistributionDetails, year?: number): Determined {
  const {licenseFiles, people, name} = distribution;
  const pasted = distribution.license?.includes('\n') ? [{name: 'License', text: distribution.license}] : [];
  const own = [...licenseFiles, ...pasted].map(({name: file, text}): OwnText => {
    const spdx = recogniseLicence(text);
    return {file, text, terms: spdx === undefined ? undefined : readExpression(spdx)};
  });
  const terms = statedTerms(distribution) ?? termsOf(own);
  const {texts, rest} = assignTexts(
    terms?.names ?? [`unknown-${distribution.normalizedName}`],
    own,
    distribution,
  );
  const statements = [...new Set(own.flatMap(({text}) => copyrightStatements(text)))];
  const holders =
    statements.length > 0 ? statements : dated(people.length > 0 ? people : [`the authors of ${name}`], year);
  return {
    distribution,
    terms,
    title: terms?.debian ?? `unknown-${distribution.normalizedName}`,
    holders: holders.map((line) => line.replace(/\s+/g, ' ')),
    texts,
    comment: rest.flatMap(({file, text}) => ['', `${file}:`, '', furtherText(text)]),
  };
}

/** The licence as an SPDX expression, for machines; undefined when nothing tells. */
export const spdxLicence = (distribution: DistributionDetails): string | undefined =>
  determineLicence(distribution).terms?.spdx;

function statedTerms({
  licenseExpression,
  license,
  classifiers,
}: DistributionDetails): LicenceTerms | undefined {
  return (
    (licenseExpression === undefined ? undefined : readExpression(licenseExpression)) ??
    (license === undefined ? undefined : readFreeName(license)) ??
    readClassifiers(classifiers)
  );
}

/** Files with one licence each: all of them hold. */
function termsOf(own: readonly OwnText[]): LicenceTerms | undefined {
  const spdx = [...new Set(own.flatMap(({terms}) => terms?.spdx ?? []))];
  return spdx.length === 0 ? undefined : readExpression(spdx.join(' AND '));
}

/** `GPL-2+` and `GPL-2` have one text. */
const sameText = (a: string, b: string): boolean => stem(a) === stem(b);
const stem = (name: string): string => name.replace(/ with .*/s, '').replace(/\+$/, '');

function assignTexts(
  names: readonly string[],
  own: readonly OwnText[],
  {name: distribution, license = ''}: DistributionDetails,
): {texts: readonly LicenceText[]; rest: readonly OwnText[]} {
  const left = new Set(own);
  const take = (fits: (one: OwnText) => boolean): OwnText | undefined => {
    const found = [...left].find(fits);
    if (found) left.delete(found);
    return found;
  };
  const recognised = new Map(
    names.map((name) => [name, take(({terms}) => terms?.names.some((one) => sameText(one, name)) ?? false)]),
  );
  const texts = names.map((name): LicenceText => {
    const place = commonLicence(name);
    // Policy 12.5: what every system has is named, not repeated.
    if (place !== undefined)
      return named(name, `On Debian systems, the full text of this licence is in ${place}.`);
    // A text that could not be told is that of the one name which has none yet.
    const isOnlyOne = [...recognised.values()].filter((one) => one === undefined).length === 1;
    const found =
      recognised.get(name) ??
      (isOnlyOne ? take(({terms, file}) => !terms && !/notice/i.test(file)) : undefined);
    if (found) return {name, body: licenceBody(found.text), key: bodyKey(licenceBody(found.text))};
    const body = name.startsWith('unknown-')
      ? `All that ${distribution} says of its licence: "${license.split('\n')[0]}"`
      : 'What names this licence does not come with its text.';
    return {name, body, key: undefined};
  });
  return {texts, rest: [...left]};
}

const dated = (people: readonly string[], year: number | undefined): readonly string[] =>
  people.map((person) => (year === undefined ? person : `${year} ${person}`));

const named = (name: string, body: string): LicenceText => ({name, body, key: bodyKey(body)});

/** What a distribution brings beside the text of its licence, such as those of parts from elsewhere. */
function furtherText(text: string): string {
  const spdx = recogniseLicence(text);
  const [name = ''] = (spdx === undefined ? undefined : readExpression(spdx))?.names ?? [];
  const place = commonLicence(name);
  return place === undefined ? licenceBody(text) : `${name}: ${place}`;
}
