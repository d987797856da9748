import {Option} from 'commander';
import type {Issue} from '../../lib/index.js';
import {type Paint, type Tone, table} from '../present.js';
import {printable} from '../terminal.js';

/** The worst first. */
const SEVERITIES = ['error', 'warning', 'info'] as const;
/** The option that decides what `worstCode` makes of findings. */
export const failOn = (): Option =>
  new Option('--fail-on <severity>', 'Exit with 1 for findings of this severity or worse')
    .choices([...SEVERITIES, 'never'])
    .default('error');

/** What to exit with. */
export function worstCode(issues: readonly Issue[], limit: Issue['severity'] | 'never'): 0 | 1 {
  const worst = limit === 'never' ? -1 : SEVERITIES.indexOf(limit);
  return issues.some(({severity}) => SEVERITIES.indexOf(severity) <= worst) ? 1 : 0;
}

const TONES: Readonly<Record<Issue['severity'], Tone>> = {error: 'bad', warning: 'warning', info: 'faint'};
/** How many findings of a code are shown without --verbose. */
const SHOWN = 3;

interface Style {
  readonly paint: Paint;
  /** Show every finding. */
  readonly verbose: boolean;
}

/** Findings for people: by severity and code, with their number, examples and the cure once; at the end the sums. */
export function checkText(issues: readonly Issue[], style: Style): string {
  const groups = SEVERITIES.flatMap((severity) =>
    groupsOf(issues.filter((one) => one.severity === severity)),
  );
  return [...groups.flatMap((group) => [...groupLines(group, style), '']), summary(issues, style.paint)].join(
    '\n',
  );
}

/** Findings of one severity by code, the first found first. */
function groupsOf(issues: readonly Issue[]): readonly (readonly [Issue, ...Issue[]])[] {
  const groups = new Map<string, [Issue, ...Issue[]]>();
  for (const issue of issues) {
    const group = groups.get(issue.code);
    if (group) group.push(issue);
    else groups.set(issue.code, [issue]);
  }
  return [...groups.values()];
}

function groupLines(group: readonly [Issue, ...Issue[]], {paint, verbose}: Style): readonly string[] {
  const [{severity, code}] = group;
  const count = group.length === 1 ? '' : ` (${group.length})`;
  const shown = verbose ? group : group.slice(0, SHOWN);
  const rows = shown.map(({file, message}) => [file ?? '', message]);
  const hidden = group.length - shown.length;
  // A cure of its own, such as that of a damaged archive, differs from that of the others.
  const cures = new Set(shown.flatMap(({cure}) => (cure === undefined ? [] : [cure])));
  return [
    `${paint(TONES[severity], severity)} ${paint('heading', code)}${count}`,
    ...(rows.every(([file]) => file === '')
      ? rows.map(([, message = '']) => printable(message))
      : table([{}, {}], rows)
    ).map((line) => `  ${line}`),
    ...(hidden > 0 ? [paint('faint', `  … and ${hidden} more; --verbose shows all`)] : []),
    ...[...cures].map((cure) => paint('faint', `  cure: ${printable(cure)}`)),
  ];
}

function summary(issues: readonly Issue[], paint: Paint): string {
  const parts = SEVERITIES.map((severity) => {
    const count = issues.filter((one) => one.severity === severity).length;
    const word = severity === 'info' ? 'remark' : severity;
    const text = `${count} ${word}${count === 1 ? '' : 's'}`;
    return count === 0 ? text : paint(TONES[severity], text);
  });
  return issues.length === 0 ? paint('good', 'nothing found') : parts.join(', ');
}
