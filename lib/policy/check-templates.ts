import {MkvenvdebError} from '../errors.js';

/** debconf-devel(7), "Type"; debconf loads a class of that name. */
const TYPES = ['string', 'boolean', 'select', 'multiselect', 'note', 'text', 'password', 'error', 'title'];
const FIELD = /^([-_@.A-Za-z0-9]+):\s?(.*)$/;
/** debconf reads up to the next blank line: of two, it takes the second for a template without a name. */
const STANZA = /[\s\S]*?\n\n|[\s\S]+$/g;

/**
 * See that debconf can load questions: where it cannot, the package could never be configured (debconf-devel(7)).
 *
 * @param text as it goes into the package: translated, without marks
 * @param file used in messages
 * @throws E_PAYLOAD with everything that is wrong
 */
export function assertTemplates(text: string, file: string): void {
  if (text.includes('\r\n'))
    throw new MkvenvdebError('E_PAYLOAD', `Templates have the line breaks of Windows: ${file}`);
  const names = new Set<string>();
  const problems = (text.match(STANZA) ?? []).flatMap((stanza, index) =>
    problemsOf(stanza.replace(/^\n+|(?<!\n)\n+$/g, ''), names).map(
      (problem) => `Template ${index + 1} ${problem}`,
    ),
  );
  const [first] = problems;
  if (first === undefined) return;
  throw new MkvenvdebError('E_PAYLOAD', `${first}: ${file}`, {
    hint: 'The form is that of debconf-devel(7): "Template: PACKAGE/NAME", "Type: string", "Description: …", and a blank line before the next one',
    issues: problems.length > 1 ? problems.map((problem) => `${problem}: ${file}`) : [],
  });
}

function problemsOf(stanza: string, names: Set<string>): readonly string[] {
  if (stanza === '') return ['is empty: there is more than one blank line before or after it'];
  const fields = new Map<string, string>();
  const problems: string[] = [];
  for (const line of stanza.split('\n')) {
    const [, name, value = ''] = FIELD.exec(line) ?? [];
    if (name === undefined) {
      if (!/^[ \t]/.test(line)) problems.push(`has a line that is no field: ${show(line)}`);
      continue;
    }
    const key = name.toLowerCase();
    if (fields.has(key)) problems.push(`has the field ${name} twice`);
    fields.set(key, value.trim());
  }
  const name = fields.get('template');
  const type = fields.get('type');
  if (!name) problems.push('has no name ("Template:")');
  else if (/\s/.test(name)) problems.push(`has a blank in its name: ${name}`);
  else if (names.has(name)) problems.push(`is there already: ${name}`);
  if (name) names.add(name);
  if (!type) problems.push('has no type ("Type:")');
  else if (!TYPES.includes(type)) problems.push(`is of a type that debconf does not know: ${type}`);
  return problems;
}

/** A line on which something invisible may be wrong. */
const show = (line: string): string => JSON.stringify(line.length > 40 ? `${line.slice(0, 40)}…` : line);
