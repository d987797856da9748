import {Command} from 'commander';
import {MkvenvdebError, type OptionDescription, type PackOptions, packDeb} from '../../lib/index.js';
import {addFlags} from '../flags.js';
import {complete, type Shell} from '../shell.js';
import {bytes} from './build.js';
import {contextOf} from './project.js';

const FURTHER: ReadonlySet<string> = new Set([
  ...['files', 'links', 'scripts', 'conffiles'],
  ...['changelog', 'copyright', 'distribution'],
]);
const WITHOUT: ReadonlySet<string> = new Set(['prefix', 'purge', 'workDir', 'keepWork']);
const concernsPackage = ({group, path: [key = '']}: OptionDescription): boolean =>
  FURTHER.has(key) ||
  ((group === 'System' || group === 'Debian') && !WITHOUT.has(key)) ||
  ((group === 'Package' || group === 'Output') && !WITHOUT.has(key));

export function packCommand(shell: Shell): Command {
  const command = new Command('pack').description('Make a Debian package of any folder');
  command.argument('<folder>', 'folder that stands for / of the server');
  const read = addFlags(command, concernsPackage);
  return complete(command, shell, {
    examples: ['pack tree --package warehouse-data --version 1.0 --maintainer "Jo Doe <jo@example.org>"'],
    action: async (session, folder: string) => {
      const options = read();
      const missing = (['package', 'version'] as const).filter((key) => options[key] === undefined);
      if (missing.length > 0) {
        throw new MkvenvdebError('E_OPTION', `Option is missing: --${missing.join(', --')}`);
      }
      const deb = await packDeb({...(options as Omit<PackOptions, 'folder'>), folder, ...contextOf(session)});
      session.result(deb, deb.file);
      session.terminal.note(
        `${deb.package} ${deb.version} (${deb.architecture}), ${bytes(deb.size)}, sha256 ${deb.sha256}`,
      );
      return 0;
    },
  });
}
