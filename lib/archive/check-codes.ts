import type {Issue} from '../model.js';
import {CONTENT_CODES} from './check-codes-content.js';
import {POLICY_CODES} from './check-codes-policy.js';
import {STRUCTURE_CODES} from './check-codes-structure.js';

/** What a code of `checkDeb` means. */
export interface CodeMeaning {
  /** Those that it may have, the usual one first. */
  readonly severities: readonly Issue['severity'][];
  /** A sentence for the documentation. */
  readonly meaning: string;
  readonly cure: string;
  /** The tag by which lintian tells the same. */
  readonly lintian?: string;
}

/** Every code, by area and in the order of the documentation (docs/check.md is made of it). */
export const CODE_AREAS = {
  'Structure of the package': STRUCTURE_CODES,
  'Debian Policy': POLICY_CODES,
  'Python, paths and secrets': CONTENT_CODES,
} as const satisfies Readonly<Record<string, Readonly<Record<string, CodeMeaning>>>>;

type Codes = typeof STRUCTURE_CODES & typeof POLICY_CODES & typeof CONTENT_CODES;
export type CheckCode = keyof Codes;

const CODES: Readonly<Record<string, CodeMeaning>> = {
  ...STRUCTURE_CODES,
  ...POLICY_CODES,
  ...CONTENT_CODES,
};

export const isCheckCode = (text: string): text is CheckCode => Object.hasOwn(CODES, text);

interface Finding {
  /** Member or path concerned. */
  readonly file?: string | undefined;
  readonly message: string;
  /** @default the usual one of the code */
  readonly severity?: Issue['severity'] | undefined;
  /** @default that of the code */
  readonly cure?: string | undefined;
}

/** An issue with the severity and the cure of its code. */
export function issueOf(code: CheckCode, {file, message, severity, cure}: Finding): Issue {
  const meaning = CODES[code] as CodeMeaning;
  return {
    code,
    severity: severity ?? (meaning.severities[0] as Issue['severity']),
    ...(file === undefined ? {} : {file}),
    message,
    cure: cure ?? meaning.cure,
  };
}
