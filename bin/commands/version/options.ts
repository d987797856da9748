import {type Command, Option} from 'commander';
import type {VersionOptions} from '../../../lib/index.js';
import type {Session} from '../../shell.js';
import {words} from '../repo/options.js';

/** Give a command the options that say where versions exist. */
export function addPlaces(command: Command): (session: Session) => VersionOptions {
  const add = (flags: string, description: string) => new Option(flags, description);
  command
    .addOption(add('--project <folder>', 'Folder in a git repository, whose tags count').default('.'))
    .addOption(add('--tag-prefix <text>', 'What stands before the version in a tag').default('v'))
    .addOption(add('--remotes <names>', 'Git remotes whose tags count as well (repeatable)').argParser(words))
    .addOption(add('--package <name>', 'Name of the package, where a repository or an index is asked'))
    .addOption(add('--repository <folder>', 'An apt repository whose versions count'))
    .addOption(add('--suite <name>', 'Its suite (default: all of them)'))
    .addOption(add('--index-url <url>', 'A package index whose versions count'));
  return ({cwd, signal, report}) => ({...command.opts<VersionOptions>(), cwd, signal, report});
}
