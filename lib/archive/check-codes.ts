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

/** Something found. */
export interface CodeFinding {
  /** Member or path concerned. */
  readonly file?: string | undefined;
  readonly message: string;
  /** @default the usual one of the code */
  readonly severity?: Issue['severity'] | undefined;
  /** @default that of the code */
  readonly cure?: string | undefined;
}

/** Make issues that have the severity and the cure of their code. */
export const issuesBy =
  <Code extends string>(codes: Readonly<Record<Code, CodeMeaning>>) =>
  (code: Code, {file, message, severity, cure}: CodeFinding): Issue => {
    const meaning = codes[code];
    return {
      code,
      severity: severity ?? (meaning.severities[0] as Issue['severity']),
      ...(file === undefined ? {} : {file}),
      message,
      cure: cure ?? meaning.cure,
    };
  };

/** An issue of `checkDeb`. */
export const issueOf: (code: CheckCode, finding: CodeFinding) => Issue = issuesBy(CODES);
