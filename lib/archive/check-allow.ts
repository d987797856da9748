import {MkvenvdebError} from '../errors.js';
import {globToRegExp} from '../formats/glob.js';
import type {Issue} from '../model.js';
import {isCheckCode, issueOf} from './check-codes.js';

/** Findings that somebody has accepted. */
interface Exception {
  readonly given: string;
  readonly code?: string;
  readonly glob?: RegExp;
}

/**
 * Read exceptions: `CODE`, `CODE:GLOB`, or `GLOB` for whatever is found there. Globs are over absolute paths; one
 * without slash in front gets one.
 *
 * @throws E_OPTION for what is neither a code nor a path
 */
export function parseExceptions(given: readonly string[]): readonly Exception[] {
  return given.map((text) => {
    const [code = '', ...rest] = text.split(':');
    const glob = rest.join(':');
    if (isCheckCode(code)) return glob === '' ? {given: text, code} : {given: text, code, glob: toGlob(glob)};
    if (/[/*]/.test(text)) return {given: text, glob: toGlob(text)};
    throw new MkvenvdebError('E_OPTION', `Exception is neither a code nor a path: ${JSON.stringify(text)}`, {
      hint: 'Write a code such as setuid, a code and a glob such as private-key:/opt/app/**, or a glob',
    });
  });
}

const toGlob = (glob: string): RegExp => globToRegExp(glob.startsWith('/') ? glob : `/${glob}`);

/** Leave out what is accepted; exceptions that nothing is found for are findings of their own. */
export function applyExceptions(
  issues: readonly Issue[],
  exceptions: readonly Exception[],
): readonly Issue[] {
  const used = new Set<Exception>();
  const left = issues.filter(({code, file}) => {
    const fitting = exceptions.filter(
      (one) =>
        (one.code === undefined || one.code === code) &&
        (one.glob === undefined || (file !== undefined && one.glob.test(`/${file}`))),
    );
    for (const one of fitting) used.add(one);
    return fitting.length === 0;
  });
  const unused = exceptions.filter((one) => !used.has(one));
  return [
    ...left,
    ...unused.map(({given}) => issueOf('unused-allow', {message: `Nothing is found for ${given}`})),
  ];
}
