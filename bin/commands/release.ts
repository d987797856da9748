import {Argument, Command, Option} from 'commander';
import {type ReleaseResult, release} from '../../lib/index.js';
import {table} from '../present.js';
import {complete, type Session, type Shell} from '../shell.js';
import {duration, printable} from '../terminal.js';
import {words} from './repo/options.js';

interface Flags {
  readonly version?: string;
  readonly commit?: string;
  readonly config?: string;
  readonly from?: readonly string[];
  readonly dryRun?: true;
  readonly resume?: true;
  readonly abandon?: true;
}

/** Release a commit. */
export function releaseCommand(shell: Shell): Command {
  const command = new Command('release').description(
    'Test, build and publish a commit: sdist, wheel, packages and tag, everywhere or nowhere',
  );
  const add = (flags: string, description: string) => new Option(flags, description);
  command
    .addArgument(new Argument('[project]', 'folder of the project, in a checkout of git (default: .)'))
    .addOption(add('--dry-run', 'Try accounts and places, print what would be done, and change nothing'))
    .addOption(add('--resume', 'Go on with a release that was not finished').conflicts(['dryRun', 'abandon']))
    .addOption(add('--abandon', 'Forget a release that was not finished, of which nothing is public'))
    .addOption(add('--version <text>', 'Version (default: the next one)').conflicts('resume'))
    .addOption(add('--commit <name>', 'Commit, as git calls it (default: HEAD)').conflicts('resume'))
    .addOption(
      add('--from <folder>', 'Take cells that build --cell has built (repeatable)')
        .argParser(words)
        .conflicts('resume'),
    )
    .addOption(add('--config <file>', 'Configuration file in place of the one that the commit has'));
  return complete(command, shell, {
    examples: [
      'release',
      'release --dry-run',
      'release --resume',
      'release --version 26.11.3 --from cells --json',
    ],
    action: async (session, project?: string) => {
      const {config: configFile, ...flags} = command.opts<Flags>();
      const {cwd, signal, report} = session;
      const result = await release({project, configFile, ...flags, cwd, signal, report});
      session.result(result, textOf(result, session));
      return 0;
    },
  });
}

/** For people: what is public, or what would be done. */
export function textOf(result: ReleaseResult, {paint}: Pick<Session, 'paint'>): string {
  const {released, reason = '', package: name, version, tag, commit, steps, targets, artifacts} = result;
  if (steps !== undefined)
    return [
      `${printable(name)} ${version} would be released, tag ${printable(tag ?? '')}:`,
      ...table(
        [{align: 'right'}, {}],
        steps.map((step, index) => [`${index + 1}.`, step]),
        paint,
      ),
    ].join('\n');
  if (!released) return `Nothing is released: ${printable(reason)}`;
  const whole = Object.values(result.milliseconds).reduce((sum, time) => sum + (time ?? 0), 0);
  return [
    paint('good', `${printable(name)} ${version} is released`) +
      `, commit ${commit.slice(0, 12)}, ${duration(whole)}`,
    ...table(
      [{}, {}, {tone: 'faint'}],
      targets.map((one) => [one.name, one.place, one.outcome === 'there' ? 'was there' : 'published']),
      paint,
    ),
    ...table(
      [{}, {}, {tone: 'faint'}],
      artifacts.map(({kind, file, sha256}) => [kind, file.split('/').at(-1) ?? '', `sha256 ${sha256}`]),
      paint,
    ),
  ].join('\n');
}
