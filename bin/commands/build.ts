import {Command} from 'commander';
import {type BuildResult, buildDeb, planDebs, type StepName} from '../../lib/index.js';
import {complete, type Shell} from '../shell.js';
import {duration, printable} from '../terminal.js';
import {tellPlans} from './plan.js';
import {addProject} from './project.js';

export function buildCommand(shell: Shell): Command {
  const command = new Command('build').description('Build a Debian package from a Python project');
  const read = addProject(command);
  command.option('--dry-run', 'Print what would be done and touch nothing, as mkvenvdeb plan does');
  return complete(command, shell, {
    examples: [
      'build',
      'build --python python3.11 ./project',
      'build flask==2.3.3 --prefix /opt/flask --maintainer "Jo Doe <jo@example.org>"',
      'build --no-index --find-links wheels --json',
    ],
    action: async (session, project?: string) => {
      const options = read(session, project);
      if (command.getOptionValue('dryRun')) {
        tellPlans(session, await planDebs(options));
        return 0;
      }
      const result = await buildDeb(options);
      const {times} = session.terminal;
      session.result({...result, milliseconds: Object.fromEntries(times)}, files(result));
      session.terminal.note(summary(result, times));
      return 0;
    },
  });
}

const files = ({packages}: BuildResult): string => packages.map(({file}) => file).join('\n');

const FILES_BESIDE = ['changes', 'buildinfo', 'sbom'] as const;

/** What was made, for people. */
export function summary(
  {packages, distributions, ...beside}: Omit<BuildResult, 'warnings'>,
  times: ReadonlyMap<StepName, number>,
): string {
  const whole = [...times.values()].reduce((sum, time) => sum + time, 0);
  const parts = [...times].map(([name, time]) => `${name} ${duration(time)}`);
  const bundled = distributions.map(({name, version}) => printable(`${name} ${version}`));
  return packages
    .flatMap((one) => [
      '',
      `${one.package} ${one.version} (${one.architecture})`,
      `  file            ${printable(one.file)}`,
      ...FILES_BESIDE.flatMap((key) =>
        beside[key] === undefined ? [] : [`  ${key.padEnd(16)}${printable(beside[key])}`],
      ),
      `  size            ${bytes(one.size)}`,
      `  installed size  ${bytes(one.installedSize * 1024)}`,
      `  distributions   ${bundled.length}${bundled.length === 0 ? '' : `: ${bundled.join(', ')}`}`,
      `  time            ${duration(whole)}: ${parts.join(', ')}`,
      `  sha256          ${one.sha256}`,
    ])
    .join('\n');
}

/** A number of bytes with three figures and a unit. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const power = Math.min(3, Math.floor(Math.log10(count) / 3));
  const value = count / 1000 ** power;
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${['B', 'kB', 'MB', 'GB'][power]}`;
}
