import {resolve} from 'node:path';
import {Command} from 'commander';
import {compareDebs, type Difference} from '../../lib/index.js';
import {addLimits} from '../limits.js';
import {complete, type Shell} from '../shell.js';
import {printable} from '../terminal.js';

export function diffCommand(shell: Shell): Command {
  const command = new Command('diff').description(
    'Tell how two packages differ, and why; exits with 1 when they do, with 2 when one cannot be read',
  );
  command.argument('<a>', 'a .deb file').argument('<b>', 'another one');
  const limits = addLimits(command);
  return complete(command, shell, {
    examples: ['diff first/warehouse.deb second/warehouse.deb'],
    // As in diff and cmp, 1 means that they differ.
    failureCode: 2,
    action: async ({cwd, signal, result, verbose}, a: string, b: string) => {
      const difference = await compareDebs(resolve(cwd, a), resolve(cwd, b), {signal, limits: limits()});
      result(difference, differencesText(difference.differences, verbose));
      return difference.equal ? 0 : 1;
    },
  });
}

/** How many differences of one cause are shown. */
const EXAMPLES = 3;

/** Differences for people: what has one cause stands together, with a few examples or, verbose, all of them. */
export function differencesText(differences: readonly Difference[], verbose: boolean): string {
  const groups = new Map<string, Difference[]>();
  for (const one of differences) {
    const key = JSON.stringify([one.member, one.kind, one.cause, one.cure]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group) => groupText(group, verbose)).join('\n');
}

function groupText(group: readonly Difference[], verbose: boolean): string {
  const [{member, kind, cause, cure}] = group as [Difference];
  const shown = verbose || group.length <= EXAMPLES + 1 ? group : group.slice(0, EXAMPLES);
  const left = group.length - shown.length;
  const heads =
    group.length === 1
      ? [`${where(group[0] as Difference)}: ${kind}: ${group[0]?.detail}`]
      : [
          `${member}: ${kind}: ${group.length} times`,
          ...shown.map((one) => `    ${where(one)}: ${one.detail}`),
        ];
  return [
    ...heads,
    ...(left === 0 ? [] : [`    and ${left} more (--verbose shows all)`]),
    ...(cause === undefined ? [] : [`    cause: ${cause}`]),
    ...(cure === undefined ? [] : [`    cure: ${cure}`]),
  ]
    .map(printable)
    .join('\n');
}

/** The root of an archive has no name. */
const where = ({member, path}: Difference): string =>
  path === undefined ? member : `${member} ${path === '' ? './' : path}`;
