import {Argument, type Command, Option} from 'commander';
import {type BuildOptions, MkvenvdebError, type OptionDescription} from '../../lib/index.js';
import {addFlags} from '../flags.js';
import type {Session} from '../shell.js';

/** What the library takes of a session. */
export const contextOf = ({cwd, signal, report}: Session) => ({
  cwd,
  signal,
  report,
  spelling: 'flag' as const,
});

/** Give a command what all have that begin with a project: the argument, --config and the flags of the options. */
export function addProject(
  command: Command,
  wanted: (option: OptionDescription) => boolean = () => true,
): (session: Session, project: string | undefined) => BuildOptions {
  command.addArgument(
    new Argument(
      '[project]',
      'project folder, sdist, wheel or requirement such as flask==2.3.3 (default: .)',
    ),
  );
  command.addOption(
    new Option('--config <file>', 'Configuration file in place of the one in the project folder'),
  );
  const read = addFlags(command, (option) => (wanted(option) ? option : undefined));
  return (session, project) => {
    const {source, ...options} = read();
    if (source !== undefined && project !== undefined) {
      throw new MkvenvdebError('E_OPTION', `Two projects are given: ${project} and --source ${source}`);
    }
    const configFile: string | undefined = command.getOptionValue('config');
    return {...options, source: source ?? project, configFile, ...contextOf(session)};
  };
}
