import {Command, Option} from 'commander';
import {initApt, listApt, publishApt, unpublishApt} from '../../lib/index.js';
import {bytes, table} from '../present.js';
import {complete, type Shell} from '../shell.js';

/** Commands for a repository that apt reads. */
export function repoCommand(shell: Shell): Command {
  const command = new Command('repo').description('Make, fill and look at a repository that apt reads');
  command
    .helpOption('--help', 'Show this help; mkvenvdeb repo COMMAND --help that of a command')
    .helpCommand(false);
  for (const one of [initCommand(shell), addCommand(shell), removeCommand(shell), listCommand(shell)])
    command.addCommand(one);
  return command;
}

const words = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  ...text.split(',').filter((word) => word !== ''),
];

const repository = (): Option => new Option('--repository <folder>', 'Folder of the repository').default('.');
const suite = (otherwise: string): Option =>
  new Option('--suite <name>', `Suite of the repository (default: ${otherwise})`);

function initCommand(shell: Shell): Command {
  const command = new Command('init').description('Make a repository, its suites empty and signed');
  command.addOption(repository());
  command.addOption(
    new Option('--origin <text>', 'Who publishes; it can never change').makeOptionMandatory(),
  );
  command.addOption(new Option('--label <text>', 'What apt preferences may name (default: the origin)'));
  command.addOption(new Option('--suites <names>', 'Suites (repeatable, default: stable)').argParser(words));
  command.addOption(
    new Option('--components <names>', 'Components (repeatable, default: main)').argParser(words),
  );
  command.addOption(
    new Option('--architectures <names>', 'Debian architectures (repeatable)')
      .argParser(words)
      .makeOptionMandatory(),
  );
  command.addOption(
    new Option('--gpg-keys <fingerprints>', 'Keys of gpg that sign (repeatable)').argParser(words),
  );
  command.addOption(
    new Option(
      '--key-files <paths>',
      'Armoured secret keys that sign, in place of those of gpg (repeatable); MKVENVDEB_KEY_PASSPHRASE opens them',
    ).argParser(words),
  );
  command.addOption(
    new Option(
      '--canaries <names>',
      'Suites that apt installs from only when told to (repeatable)',
    ).argParser(words),
  );
  command.addOption(
    new Option('--valid-days <n>', 'Days for which clients believe an index (default: for ever)').argParser(
      Number,
    ),
  );
  return complete(command, shell, {
    examples: ['repo init --repository /srv/apt --origin example --architectures amd64 --gpg-keys 0123…CDEF'],
    action: async ({cwd, signal, report, result}) => {
      const options = command.opts<
        {repository: string} & Omit<Parameters<typeof initApt>[0], 'repository'>
      >();
      const settings = await initApt({...options, cwd, signal, report});
      result(settings, options.repository);
      return 0;
    },
  });
}

function addCommand(shell: Shell): Command {
  const command = new Command('add').description('Publish packages, all of them in one step or none');
  command.argument('<files...>', '.deb files');
  command.addOption(repository());
  command.addOption(suite('the only one'));
  command.addOption(new Option('--component <name>', "Component of the suite (default: the suite's first)"));
  return complete(command, shell, {
    examples: ['repo add --repository /srv/apt deb_dist/*.deb'],
    action: async ({cwd, signal, report, result}, files: readonly string[]) => {
      const options = command.opts<{repository: string; suite?: string; component?: string}>();
      const published = await publishApt({...options, files, cwd, signal, report});
      result(published, published.added.join('\n'));
      return 0;
    },
  });
}

function removeCommand(shell: Shell): Command {
  const command = new Command('remove').description(
    'Offer packages no longer; their files stay for older indexes',
  );
  command.argument('<packages...>', 'PACKAGE for all its versions, or PACKAGE=VERSION');
  command.addOption(repository());
  command.addOption(suite('the only one'));
  return complete(command, shell, {
    examples: ['repo remove --repository /srv/apt warehouse=26.11.0-1'],
    action: async ({cwd, signal, report, result}, packages: readonly string[]) => {
      const options = command.opts<{repository: string; suite?: string}>();
      const removed = await unpublishApt({...options, packages, cwd, signal, report});
      result(removed, removed.removed.join('\n'));
      return 0;
    },
  });
}

function listCommand(shell: Shell): Command {
  const command = new Command('list').description('List what the suites offer');
  command.addOption(repository());
  command.addOption(suite('all of them'));
  return complete(command, shell, {
    examples: ['repo list --repository /srv/apt', 'repo list --json | jq -r .packages[].filename'],
    action: async ({cwd, signal, report, result, paint}) => {
      const packages = await listApt({
        ...command.opts<{repository: string; suite?: string}>(),
        cwd,
        signal,
        report,
      });
      const columns = [
        {head: 'suite'},
        {head: 'package'},
        {head: 'version'},
        {head: 'architecture'},
        {head: 'size', align: 'right' as const},
      ];
      const rows = packages.map((one) => [
        one.suite,
        one.package,
        one.version,
        one.architecture,
        bytes(one.size),
      ]);
      result({packages}, packages.length === 0 ? '' : table(columns, rows, paint).join('\n'));
      return 0;
    },
  });
}
