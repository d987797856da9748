import {MkvenvdebError} from '../errors.js';
import {mask} from '../run.js';
import {type Spelling, schemasAt, spellPath} from './keys.js';

/** One thing that is wrong with the configuration. */
export interface Problem {
  readonly text: string;
  readonly hint?: string;
}

/** Where values come from, as far as a message needs it. */
export interface Origin {
  readonly spelling: Spelling;
  /** `mkvenvdeb.yaml:3`, where the parser knows it; for an unknown key the last part is the key as it is written. */
  readonly locate?: (path: readonly PropertyKey[]) => string | undefined;
  /** The value as it is written in the file. */
  readonly written?: (path: readonly PropertyKey[]) => string | undefined;
}

/** What zod says of one value. */
export interface SchemaIssue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly expected?: string;
  readonly values?: readonly unknown[];
  readonly keys?: readonly string[];
  readonly issues?: readonly SchemaIssue[];
  readonly errors?: readonly (readonly SchemaIssue[])[];
}

/** Throw all problems as one error: one of them speaks for itself, several are summed up. */
export function throwProblems(problems: readonly Problem[]): void {
  const [first, ...more] = problems;
  if (first === undefined) return;
  if (more.length === 0)
    throw new MkvenvdebError('E_OPTION', first.text, first.hint ? {hint: first.hint} : {});
  throw new MkvenvdebError('E_OPTION', `Configuration is not valid: ${problems.length} problems`, {
    issues: problems.map(({text, hint}) => (hint ? `${text} (${hint})` : text)),
  });
}

/** A problem with the value at that path: `mkvenvdeb.yaml:3: Option "package" is not …: Foo`. */
export function problemAt(
  origin: Origin,
  path: readonly PropertyKey[],
  {says, value, hint}: {readonly says: string; readonly value?: unknown; readonly hint?: string | undefined},
): Problem {
  const place = origin.locate?.(path);
  const name = nameOf(path, origin.spelling);
  const text = `${place ? `${place}: ` : ''}${name} ${says}${value === undefined ? '' : `: ${show(value)}`}`;
  return hint === undefined ? {text} : {text, hint};
}

/** On the command line, the source is mostly no option but what stands behind the command. */
function nameOf(path: readonly PropertyKey[], spelling: Spelling): string {
  if (spelling !== 'flag') return `Option "${spellPath(path, spelling)}"`;
  return path[0] === 'source' ? 'Project' : `Option ${spellPath(path, 'flag')}`;
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // Dotted keys of TOML go as deep as a line is long.
    return '…';
  }
}

/** A value as a message shows it: control characters escaped, long ones cut, passwords hidden. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? value : asJson(value);
  const safe = mask(text).replace(/\p{Cc}|[\u2028\u2029]/gu, (character) =>
    JSON.stringify(character).slice(1, -1),
  );
  return safe.length > 120 ? `${safe.slice(0, 119)}…` : safe;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'a map of keys and values',
  record: 'a map of keys and values',
};

/** Of what is wrong with a union, what is wrong with the branch that the value was meant for. */
export function meantIssues(issue: SchemaIssue): readonly SchemaIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const isOther = ({code, path}: SchemaIssue) => path.length === 0 && /^invalid_(?:type|value)$/.test(code);
  const meant = issue.errors?.find((issues) => !issues.some(isOther));
  return meant?.flatMap((inner) => meantIssues({...inner, path: [...issue.path, ...inner.path]})) ?? [issue];
}

/** Put what zod found into our words. */
export function schemaProblem(issue: SchemaIssue, value: unknown, origin: Origin): Problem {
  const {path} = issue;
  const hint = hintFor(path);
  if (value === null) return problemAt(origin, path, {says: 'has no value', hint});
  if (issue.code === 'invalid_value') {
    return problemAt(origin, path, {
      says: 'is not one of those known',
      value,
      hint: `Use ${oneOf(issue.values)}`,
    });
  }
  if (issue.code === 'invalid_union')
    return problemAt(origin, path, {says: 'has the wrong form', value, hint});
  if (issue.code === 'invalid_key')
    return problemAt(origin, path, {says: issue.issues?.[0]?.message ?? 'has a wrong key', hint});
  if (issue.code === 'too_small' && Array.isArray(value))
    return problemAt(origin, path, {says: 'is empty', hint});
  if (issue.code !== 'invalid_type') return problemAt(origin, path, {says: issue.message, value, hint});
  if (value === undefined) return problemAt(origin, path, {says: 'is missing', hint});
  if (issue.expected === 'string' && typeof value !== 'object') return unquoted(path, value, origin);
  return problemAt(origin, path, {
    says: `is not ${TYPES[issue.expected ?? ''] ?? issue.expected}`,
    value,
    hint: typeof value === 'string' ? (meantBy(value, issue) ?? hint) : hint,
  });
}

/** What a text was meant to be where none may stand: YAML 1.1 took `no` for false, and one item is a list as well. */
function meantBy(text: string, {expected, path}: SchemaIssue): string | undefined {
  if (expected === 'boolean') {
    if (/^(?:y|yes|on)$/i.test(text)) return 'Write true';
    return /^(?:n|no|off)$/i.test(text) ? 'Write false' : 'Write true or false';
  }
  const isList = expected === 'array' && schemasAt(path).some(({items}) => items?.type === 'string');
  return isList ? `Write a list: [${JSON.stringify(text)}]` : undefined;
}

/** YAML and TOML read 1.10 as the number 1.1: only quotes keep what was written. */
function unquoted(path: readonly PropertyKey[], value: unknown, origin: Origin): Problem {
  const written = origin.written?.(path) ?? String(value);
  const kind = typeof value === 'boolean' ? 'true or false' : 'a number';
  return problemAt(origin, path, {
    says: `is ${kind} and must be a text`,
    value: written,
    hint: `Put it in quotes: "${written}"`,
  });
}

function hintFor(path: readonly PropertyKey[]): string | undefined {
  const forms = path.flatMap((_, index) => schemasAt(path.slice(0, index + 1)).map(({form}) => form));
  const form = forms.findLast((one) => one !== undefined);
  return form === undefined ? undefined : `Use ${form}`;
}

function oneOf(values: readonly unknown[] = []): string {
  const texts = values.map(String);
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`;
}

/** The known key that is nearest to a mistyped one, if any is near. */
export function nearest(key: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(key.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(
      key.toLowerCase().replace(/[-_]/g, ''),
      candidate.toLowerCase().replace(/[-_]/g, ''),
    );
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Levenshtein: the number of letters to insert, remove or replace. */
function editDistance(from: string, to: string): number {
  let row = Array.from({length: to.length + 1}, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replace = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
