import {Command, Option} from 'commander';
import {
  type BuildOptions,
  type BuildResult,
  type BuiltPackage,
  buildCell,
  buildDeb,
  MkvenvdebError,
  planDebs,
  type StepName,
} from '../../lib/index.js';
import {complete, type Session, type Shell} from '../shell.js';
import {duration, printable} from '../terminal.js';
import {tellPlans} from './plan.js';
import {addProject} from './project.js';

export function buildCommand(shell: Shell): Command {
  const command = new Command('build').description('Build a Debian package from a Python project');
  const read = addProject(command);
  command.option('--dry-run', 'Print what would be done and touch nothing, as mkvenvdeb plan does');
  command
    .addOption(
      new Option('--cell <id>', 'Build a cell of a release, with --version and --out').conflicts('dryRun'),
    )
    .addOption(new Option('--commit <name>', 'Of a cell: the commit, as git calls it (default: HEAD)'));
  return complete(command, shell, {
    examples: [
      'build',
      'build --python python3.11 ./project',
      'build flask==2.3.3 --prefix /opt/flask --maintainer "Jo Doe <jo@example.org>"',
      'build --no-index --find-links wheels --json',
      'build --cell bookworm --version 26.11.3 --out cells/bookworm',
    ],
    action: async (session, project?: string) => {
      const options = read(session, project);
      const {cell, commit} = command.opts<{cell?: string; commit?: string}>();
      if (cell !== undefined) return buildTheCell(session, options, {cell, commit});
      if (commit !== undefined)
        throw new MkvenvdebError('E_OPTION', 'Option --commit is for a cell', {hint: 'Add --cell'});
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

/** Options of a build are those of the commit: what is given here would be no part of the release. */
const OF_CELLS: ReadonlySet<string> = new Set([
  'source',
  'configFile',
  'cwd',
  'signal',
  'report',
  'spelling',
]);

async function buildTheCell(
  session: Session,
  options: BuildOptions,
  which: {readonly cell: string; readonly commit: string | undefined},
): Promise<number> {
  const {version, out, source: project, configFile, cwd, signal, report, ...others} = options;
  const wrong = Object.entries(others).find(([key, value]) => value !== undefined && !OF_CELLS.has(key));
  if (wrong !== undefined || configFile === false)
    throw new MkvenvdebError(
      'E_OPTION',
      `A cell is built as the configuration says, not with ${wrong?.[0] ?? 'no configuration'}`,
      {
        hint: 'Put it into release.cells, below "options"',
      },
    );
  if (version === undefined || out === undefined)
    throw new MkvenvdebError('E_OPTION', 'A cell needs --version and --out', {
      hint: 'mkvenvdeb cells tells the version',
    });
  const context = {cwd, signal, report};
  const result = await buildCell({...which, project, configFile, version, out, ...context});
  const debs = result.artifacts.filter(({kind}) => kind === 'deb').map(({file}) => file);
  session.result(result, debs.join('\n'));
  if (!result.built) session.terminal.note(`Cell ${printable(result.id)} was there already`);
  return 0;
}

const files = ({packages}: BuildResult): string => packages.map(({file}) => file).join('\n');

const row = (name: string, value: string | undefined): readonly string[] =>
  value === undefined ? [] : [`  ${name.padEnd(16)}${value}`];

const shownPath = (path: string | undefined) => (path === undefined ? undefined : printable(path));

/** What was made, for people: each package, then what is told of all of them. */
export function summary(
  {packages, changes, buildinfo, isolation}: Omit<BuildResult, 'warnings'>,
  times: ReadonlyMap<StepName, number>,
): string {
  const whole = [...times.values()].reduce((sum, time) => sum + time, 0);
  const parts = [...times].map(([name, time]) => `${name} ${duration(time)}`);
  const common = [
    ...row('changes', shownPath(changes)),
    ...row('buildinfo', shownPath(buildinfo)),
    ...row('network', isolation === undefined ? undefined : `none, by ${isolation}`),
    ...row('time', `${duration(whole)}: ${parts.join(', ')}`),
  ];
  // One package needs no block of its own for what concerns the build.
  return [...packages.flatMap(packageRows), ...(packages.length > 1 ? [''] : []), ...common].join('\n');
}

function packageRows(one: BuiltPackage): readonly string[] {
  const bundled = one.distributions.map(({name, version}) => printable(`${name} ${version}`));
  return [
    '',
    `${one.package} ${one.version} (${one.architecture})`,
    ...row('file', printable(one.file)),
    ...row('sbom', shownPath(one.sbom)),
    ...row('size', bytes(one.size)),
    ...row('installed size', bytes(one.installedSize * 1024)),
    ...row('distributions', `${bundled.length}${bundled.length === 0 ? '' : `: ${bundled.join(', ')}`}`),
    ...row('sha256', one.sha256),
  ];
}

/** A number of bytes with three figures and a unit. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const power = Math.min(3, Math.floor(Math.log10(count) / 3));
  const value = count / 1000 ** power;
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${['B', 'kB', 'MB', 'GB'][power]}`;
}
