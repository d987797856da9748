import {Command} from 'commander';
import {type OptionDescription, stageVenv} from '../../lib/index.js';
import {complete, type Shell} from '../shell.js';
import {addProject} from './project.js';

/** Of the other groups, what concerns the virtualenv itself; the rest is left to what makes the package. */
const FURTHER: ReadonlySet<string> = new Set([
  'package',
  'version',
  'prefix',
  'hooks',
  'leaks',
  'sourceDateEpoch',
  'workDir',
  'keepWork',
]);
const concernsVenv = ({group, path: [key = '']}: OptionDescription): boolean =>
  group === 'Python' || FURTHER.has(key);

export function stageCommand(shell: Shell): Command {
  const command = new Command('stage').description(
    'Put the virtualenv of a project into a given tree, ready for its final place: for an existing debian/rules',
  );
  command.requiredOption('--into <folder>', 'Tree that stands for / of the server, such as debian/warehouse');
  command.option(
    '--substvars <file>',
    'Set mkvenvdeb:Depends in this file, such as debian/warehouse.substvars',
  );
  const read = addProject(command, concernsVenv);
  return complete(command, shell, {
    examples: [
      'stage --into debian/warehouse --prefix /opt/warehouse --substvars debian/warehouse.substvars',
      'stage --into /tmp/tree --python python3 --json',
    ],
    action: async (session, project?: string) => {
      const {into, substvars} = command.opts<{into: string; substvars?: string}>();
      const result = await stageVenv({...read(session, project), into, substvars});
      session.result(result, result.stagedPrefix);
      return 0;
    },
  });
}
