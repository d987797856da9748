import {resolve} from 'node:path';
import {Command, InvalidArgumentError, Option} from 'commander';
import {type DebReport, inspectDeb, MkvenvdebError} from '../../lib/index.js';
import {addLimits} from '../limits.js';
import {complete, type Shell} from '../shell.js';
import {filesText} from './inspect-files.js';
import {inspectText, SECTIONS, type Section} from './inspect-text.js';

interface Flags {
  readonly show?: readonly Section[];
  readonly files?: string | true;
  readonly sbom?: true;
}

export function inspectCommand(shell: Shell): Command {
  const command = new Command('inspect').description(
    'Tell what a package holds: fields, sizes, Python distributions, commands, units, scripts',
  );
  command.argument('<file>', 'a .deb file');
  const show = new Option('--show <section>', `Show this section only, but whole (repeatable)`)
    .choices(SECTIONS)
    .argParser((text: string, before: readonly Section[] | undefined) => {
      if (!(SECTIONS as readonly string[]).includes(text))
        throw new InvalidArgumentError(`Allowed choices are ${SECTIONS.join(', ')}.`);
      return [...(before ?? []), text as Section];
    });
  command.addOption(show.conflicts(['files', 'sbom']));
  command.addOption(
    new Option('--files [glob]', 'List the files, or those whose absolute path fits').conflicts('sbom'),
  );
  command.addOption(new Option('--sbom', 'Print the bill of materials that is in the package or beside it'));
  const limits = addLimits(command);
  return complete(command, shell, {
    examples: [
      'inspect warehouse.deb',
      'inspect warehouse.deb --show distributions --show scripts',
      "inspect warehouse.deb --files '/opt/warehouse/bin/*'",
      'inspect --json warehouse.deb | jq .control.Depends',
    ],
    action: async ({cwd, signal, paint, result}, file: string) => {
      const flags = command.opts<Flags>();
      const files = typeof flags.files === 'string' ? flags.files : undefined;
      const report = await inspectDeb(resolve(cwd, file), {signal, files, limits: limits()});
      if (flags.sbom) result(sbomOf(report), sbomOf(report).text.trimEnd());
      else if (flags.files) result(report.entries, filesText(report.entries).join('\n'));
      else result(report, inspectText(report, paint, flags.show ?? []));
      return 0;
    },
  });
}

function sbomOf({sboms: [first], file}: DebReport): DebReport['sboms'][number] {
  if (first !== undefined) return first;
  throw new MkvenvdebError('E_OPTION', `No bill of materials in the package or beside it: ${file}`, {
    hint: 'Build it with --sbom inside or --sbom beside',
  });
}
