import {Command, InvalidArgumentError, Option} from 'commander';
import {type ChangeAptOptions, changeApt} from '../../../lib/index.js';
import {complete, type Shell} from '../../shell.js';
import {repository, words} from './options.js';

/** Change what `init` settled. */
export function setCommand(shell: Shell): Command {
  const command = new Command('set').description(
    'Change what init settled, and publish anew what it concerns; resign changes the keys',
  );
  command.addOption(repository());
  command.addOption(new Option('--suite <name>', 'Suite whose facts change (default: all of them)'));
  command.addOption(new Option('--origin <text>', 'Who publishes; needs --allow-info-change'));
  command.addOption(new Option('--label <text>', 'What apt preferences may name; needs --allow-info-change'));
  command.addOption(
    new Option('--valid-days <n>', 'Days for which clients believe an index, or forever').argParser(days),
  );
  command.addOption(switchOption('--canary', 'Install from it only when told to; needs --allow-info-change'));
  command.addOption(switchOption('--contents', 'Publish indexes of files, for apt-file'));
  for (const [what, text] of [
    ['architectures', 'Debian architectures'],
    ['components', 'Components'],
    ['suites', 'Suites'],
  ] as const) {
    command.addOption(new Option(`--add-${what} <names>`, `${text} to add (repeatable)`).argParser(words));
    command.addOption(
      new Option(`--remove-${what} <names>`, `${text} to remove (repeatable)`).argParser(words),
    );
  }
  command.addOption(new Option('--drop-packages', 'Remove also what still offers packages'));
  command.addOption(
    new Option('--allow-info-change', 'Change what clients accept only when they are told to'),
  );
  return complete(command, shell, {
    examples: [
      'repo set --repository /srv/apt --valid-days 14 --contents yes',
      'repo set --repository /srv/apt --add-suites canary --suite canary --canary yes',
    ],
    action: async ({cwd, signal, report, result}) => {
      const options = command.opts<ChangeAptOptions>();
      const changed = await changeApt({...options, cwd, signal, report});
      const lines = [
        ...changed.published.map(({suite}) => `published anew: ${suite}`),
        ...(options.removeSuites ?? []).map((suite) => `removed: ${suite}`),
        ...changed.dropped.map((name) => `- ${name}`),
      ];
      result(changed, lines.join('\n'));
      return 0;
    },
  });
}

const switchOption = (flag: string, text: string): Option =>
  new Option(`${flag} <yes|no>`, text).argParser((value) => {
    if (value === 'yes' || value === 'no') return value === 'yes';
    throw new InvalidArgumentError('Give yes or no.');
  });

function days(text: string): number | 'forever' {
  if (text === 'forever') return text;
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  throw new InvalidArgumentError('Give a number of days, or forever.');
}
