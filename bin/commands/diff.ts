import {resolve} from 'node:path';
import {Command} from 'commander';
import {compareDebs, type Difference} from '../../lib/index.js';
import {complete, type Shell} from '../shell.js';
import {printable} from '../terminal.js';

export function diffCommand(shell: Shell): Command {
  const command = new Command('diff').description(
    'Tell how two packages differ, and why; exits with 1 when they do',
  );
  command.argument('<a>', 'a .deb file').argument('<b>', 'another one');
  return complete(command, shell, {
    examples: ['diff first/warehouse.deb second/warehouse.deb'],
    action: async ({cwd, signal, result}, a: string, b: string) => {
      const difference = await compareDebs(resolve(cwd, a), resolve(cwd, b), {signal});
      result(difference, difference.differences.map(differenceText).join('\n'));
      return difference.equal ? 0 : 1;
    },
  });
}

/** One difference for people: where, what, why, and what cures it. */
export function differenceText({member, path, kind, detail, cause, cure}: Difference): string {
  const further = [
    ...(cause === undefined ? [] : [`cause: ${cause}`]),
    ...(cure === undefined ? [] : [`cure: ${cure}`]),
  ];
  const where = path === undefined ? member : `${member} ${path}`;
  return [
    `${printable(where)}: ${kind}: ${printable(detail)}`,
    ...further.map((text) => `    ${printable(text)}`),
  ].join('\n');
}
