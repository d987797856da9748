/**
 * What a name, a version and a maintainer look like, in Debian and in Python: predicates over one string, shared by
 * the configuration (which refuses early) and the policy side (which writes the fields).
 */

/** deb-control(5), Package: lower case letters, digits and `+ - .`, at least two, first a letter or digit. */
export const isPackageName = (text: string): boolean => /^[a-z0-9][a-z0-9+.-]+$/.test(text);

/**
 * deb-version(7): `[epoch:]upstream[-revision]`. The upstream part starts with a digit, as Policy 5.6.12 asks and dpkg
 * warns about; a colon in it is legal there and refused here, because it cannot stand in a file name.
 */
export const isDebianVersion = (text: string): boolean =>
  /^(?:\d{1,9}:)?\d[A-Za-z0-9.+~-]*$/.test(text) && !text.endsWith('-');

/** PEP 440, appendix B, without surrounding blanks. */
export const isPythonVersion = (text: string): boolean => PEP_440.test(text);

const PEP_440 = new RegExp(
  [
    '^v?(?:\\d+!)?\\d+(?:\\.\\d+)*', // epoch, release
    '(?:[-_.]?(?:a|b|c|rc|alpha|beta|pre|preview)[-_.]?\\d*)?',
    '(?:-\\d+|[-_.]?(?:post|rev|r)[-_.]?\\d*)?',
    '(?:[-_.]?dev[-_.]?\\d*)?',
    '(?:\\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?$', // local version
  ].join(''),
  'i',
);

/** Policy 5.6.2: a name and an address, `Jo Doe <jo@example.org>`; angle brackets and commas would end the field. */
export const isMaintainer = (text: string): boolean => /^[^\s<>,][^<>\n,]* <[^\s<>@]+@[^\s<>@]+>$/.test(text);

/** Policy 5.6.23: the address of a page, without the angle brackets that some put around it. */
export const isHomepage = (text: string): boolean =>
  /^https?:\/\/[^\s<>]+$/.test(text) && !hasControlCharacter(text);

/** Package names of the core metadata (PyPA, name normalisation): letters, digits and `- _ .` between them. */
export const isDistributionName = (text: string): boolean =>
  /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i.test(text);

/** PEP 503: lower case, runs of `-`, `_` and `.` become one `-`. */
export const normalizeName = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, '-');

/** A line break or any other control character: in a control field it could begin a field of its own. */
export const hasControlCharacter = (text: string): boolean => /\p{Cc}|[\u2028\u2029]/u.test(text);

/** An absolute path in its only spelling: no `.`, `..`, doubled or final slash. */
export const isNormalPath = (text: string): boolean =>
  /^\/./.test(text) &&
  text
    .slice(1)
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..');

/** Policy 9.5.1: cron ignores names with a period or a plus; underscores are to be used instead. */
export const jobName = (name: string): string => name.replace(/[.+]/g, '_');
