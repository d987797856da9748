import {Command} from 'commander';
import {type OptionDescription, type PackOptions, packDeb} from '../../lib/index.js';
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

/** What an option is by default where there is no project that tells it. */
const OTHERWISE: Readonly<Record<string, string>> = {
  package: 'none, it must be given',
  version: 'none, it must be given',
  maintainer: 'DEBFULLNAME and DEBEMAIL',
  description: 'Files of PACKAGE',
  homepage: 'none',
  sourceDateEpoch: 'SOURCE_DATE_EPOCH, else the last commit of the folder',
};

function describe(option: OptionDescription): OptionDescription | undefined {
  const otherwise = OTHERWISE[option.path[0] ?? ''];
  return concernsPackage(option) ? {...option, ...(otherwise ? {otherwise} : {})} : undefined;
}

export function packCommand(shell: Shell): Command {
  const command = new Command('pack').description('Make a Debian package of any folder');
  command.argument('<folder>', 'folder that stands for / of the server');
  const read = addFlags(command, describe);
  return complete(command, shell, {
    examples: ['pack tree --package warehouse-data --version 1.0 --maintainer "Jo Doe <jo@example.org>"'],
    action: async (session, folder: string) => {
      const options = read() as Omit<PackOptions, 'folder'>; // what is missing, the library says
      const deb = await packDeb({...options, folder, ...contextOf(session)});
      session.result(deb, deb.file);
      session.terminal.note(
        `${deb.package} ${deb.version} (${deb.architecture}), ${bytes(deb.size)}, sha256 ${deb.sha256}`,
      );
      return 0;
    },
  });
}
