import {Command, Option} from 'commander';
import {type AptGarbage, collectAptGarbage} from '../../../lib/index.js';
import {bytes} from '../../present.js';
import {complete, type Shell} from '../../shell.js';
import {repository} from './options.js';

interface Options {
  readonly repository: string;
  readonly keepVersions?: number;
  readonly keepHours?: number;
  readonly keepGenerations?: number;
  readonly dryRun?: true;
}

/** Remove what nobody needs any more. */
export function gcCommand(shell: Shell): Command {
  const command = new Command('gc').description('Offer the newest versions only, and remove unused files');
  command.addOption(repository());
  const numbers = [
    ['--keep-versions <n>', 'Newest versions of a package that a suite goes on to offer (default: 10)'],
    ['--keep-hours <n>', 'Hours for which files stay that an older index names (default: 72)'],
    ['--keep-generations <n>', 'Publications that can be gone back to, however old (default: 3)'],
  ] as const;
  for (const [flags, text] of numbers) command.addOption(new Option(flags, text).argParser(Number));
  command.addOption(new Option('--dry-run', 'Tell what would go, and change nothing'));
  return complete(command, shell, {
    examples: ['repo gc --repository /srv/apt --dry-run', 'repo gc --keep-versions 5 --keep-hours 24'],
    action: async ({cwd, signal, report, result, verbose}) => {
      const options = command.opts<Options>();
      const garbage = await collectAptGarbage({...options, cwd, signal, report});
      result(garbage, text(garbage, verbose, options.dryRun === true));
      return 0;
    },
  });
}

function text({suites, files, bytes: freed}: AptGarbage, verbose: boolean, dryRun: boolean): string {
  const versions = suites.flatMap(({suite, removed}) => removed.map((name) => `- ${suite} ${name}`));
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
  const sum = [
    `${count(versions.length, 'version')} no longer offered`,
    `${count(files.length, 'file')} removed`,
    `${bytes(freed)} freed`,
  ].join(', ');
  return [...versions, ...(verbose ? files : []), dryRun ? `would be: ${sum}` : sum].join('\n');
}
