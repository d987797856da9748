import {Command} from 'commander';
import {examineMachine, type MachineReport} from '../../lib/index.js';
import {type Paint, table} from '../present.js';
import {complete, type Shell} from '../shell.js';
import {printable} from '../terminal.js';
import {addProject} from './project.js';

export function doctorCommand(shell: Shell): Command {
  const command = new Command('doctor').description(
    'Tell whether this machine can build, and what to install; exits with 1 when it cannot',
  );
  const read = addProject(command);
  return complete(command, shell, {
    examples: [
      'doctor',
      'doctor --python /usr/bin/python3',
      'doctor --offline --find-links wheels ./project',
    ],
    action: async (session, project?: string) => {
      const report = await examineMachine(read(session, project));
      session.result(report, reportText(report, session.paint));
      return report.canBuild ? 0 : 1;
    },
  });
}

const TONES = {ok: 'good', warning: 'warning', error: 'bad'} as const;

/** Findings for people: a table, then what follows of what is wrong and cures it. */
export function reportText({findings, canBuild, install}: MachineReport, paint: Paint): string {
  const rows = findings.map(({subject, state, found}) => [state, subject, found]);
  const lines = table([{}, {}, {}], rows).map((line, index) => {
    const {state} = findings[index] as MachineReport['findings'][number];
    return paint(TONES[state], line.slice(0, state.length)) + line.slice(state.length);
  });
  const wrong = findings.filter(({state}) => state !== 'ok');
  const advice = wrong.flatMap(({subject, state, meaning, cure}) => [
    `${paint(TONES[state], state)} ${printable(subject)}: ${printable(meaning ?? '')}`,
    ...(cure === undefined ? [] : [`    cure: ${printable(cure)}`]),
  ]);
  const verdict = canBuild
    ? paint('good', 'This machine can build.')
    : paint('bad', 'This machine cannot build.');
  return [
    ...lines,
    ...(advice.length > 0 ? ['', ...advice] : []),
    '',
    verdict,
    ...(install === undefined ? [] : [`Everything that is missing: ${install}`]),
  ].join('\n');
}
