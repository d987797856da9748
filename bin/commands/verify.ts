import {Command, Option} from 'commander';
import {
  MkvenvdebError,
  rebuildDeb,
  VARIATIONS,
  type VariationName,
  verifyReproducible,
} from '../../lib/index.js';
import {complete, type Session, type Shell} from '../shell.js';
import {addProject} from './project.js';
import {rebuildText, reportText} from './verify-text.js';

interface Flags {
  /** true where nothing was said: to commander, `--no-vary` is the denial of `--vary`. */
  readonly vary: true | readonly VariationName[];
  readonly explain?: true;
  readonly rebuild?: string;
  readonly buildinfo?: string;
}

export function verifyCommand(shell: Shell): Command {
  const command = new Command('verify').description(
    'Build twice, the second time under all that must not matter, and compare; exits with 1 on a difference',
  );
  const list = (text: string, before: unknown) => [...(Array.isArray(before) ? before : []), text];
  const names = VARIATIONS.join(', ');
  for (const flag of [
    new Option('--no-vary <name>', `Leave this as it is (repeatable): ${names}`).argParser(list),
    new Option(
      '--explain',
      'Where they differ, build on until it is known what brings about each difference',
    ),
    new Option(
      '--rebuild <file>',
      'Check this package against the project: build it once, as recorded',
    ).conflicts(['explain']),
    new Option(
      '--buildinfo <file>',
      'Where that was recorded (default: the .buildinfo beside it that names it)',
    ),
  ])
    command.addOption(flag.helpGroup('Verification:'));
  const own = new Set(['out', 'buildinfo', 'changes']);
  const read = addProject(command, ({path: [key = '']}) => !own.has(key));
  return complete(command, shell, {
    examples: [
      'verify',
      'verify --python python3 ./project',
      'verify --explain --no-vary user --no-vary date ./project',
      'verify --rebuild deb_dist/fx_1.0-1_all.deb ./project',
    ],
    action: (session, project?: string) =>
      verify(command.opts<Flags>(), session, () => read(session, project)),
  });
}

type Read = ReturnType<ReturnType<typeof addProject>> extends infer Options ? () => Options : never;

async function verify(flags: Flags, session: Session, read: Read): Promise<number> {
  const {vary, explain = false, rebuild, buildinfo} = flags;
  const noVary = vary === true ? [] : vary;
  if (rebuild === undefined) {
    if (buildinfo !== undefined)
      throw new MkvenvdebError('E_OPTION', '--buildinfo is given without --rebuild');
    const report = await verifyReproducible({...read(), noVary, explain});
    session.result(report, reportText(report, session));
    return report.equal ? 0 : 1;
  }
  if (noVary.length > 0) {
    throw new MkvenvdebError('E_OPTION', '--no-vary is given with --rebuild', {
      hint: 'A package is built again once, with nothing varied',
    });
  }
  const report = await rebuildDeb({...read(), deb: rebuild, buildinfoFile: buildinfo});
  session.result(report, rebuildText(report, session));
  return report.equal ? 0 : 1;
}
