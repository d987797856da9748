import {commandLine} from '../run.js';
import {cellsOf} from './cell-options.js';
import type {ReleasePlan} from './plan-release.js';
import type {Target} from './target.js';

/** What a release would do, in its order, one line each. */
export function stepsOf(
  plan: ReleasePlan,
  targets: readonly Target[],
  from: readonly string[] | undefined,
): readonly string[] {
  const {release} = plan.config;
  const line = ([command = '', ...args]: readonly string[]) => commandLine(command, args);
  return [
    `check out ${plan.commit} and write version ${plan.spelled} into it`,
    ...release.test.map((command) => `test: ${line(command)}`),
    ...(release.sdist ? ['build the sdist'] : []),
    ...(release.wheel ? ['build the wheel of the sdist'] : []),
    ...cellsOf(plan.config).map(({id}) =>
      from === undefined ? `build the packages of cell ${id}` : `take cell ${id} from ${from.join(', ')}`,
    ),
    `check the packages and their versions${release.gate.install ? ', and whether apt would install them' : ''}`,
    ...release.gate.command.map((command) => `gate: ${line(command)}`),
    ...targets.map(
      ({name, place, irreversible}) =>
        `publish: ${name} ${place}${irreversible ? ', which cannot be taken back' : ''}`,
    ),
  ];
}
