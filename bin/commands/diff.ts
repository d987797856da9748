import {resolve} from 'node:path';
import {Command, Option} from 'commander';
import {
  compareDebs,
  type Difference,
  describeUpgrade,
  type ReadLimits,
  readDebControl,
} from '../../lib/index.js';
import {addLimits} from '../limits.js';
import {complete, type Session, type Shell} from '../shell.js';
import {printable} from '../terminal.js';
import {upgradeText} from './diff-upgrade.js';

const VIEWS = ['upgrade', 'bytes'] as const;
type View = (typeof VIEWS)[number];

export function diffCommand(shell: Shell): Command {
  const command = new Command('diff').description(
    'Tell what an upgrade from one package to another does, or why two builds of one version differ; ' +
      'exits with 1 when they do, with 2 when one cannot be read',
  );
  command.argument('<a>', 'a .deb file').argument('<b>', 'another one');
  command.addOption(
    new Option(
      '--view <view>',
      'upgrade: what a server goes through; bytes: every difference with its cause. ' +
        'By default bytes for two builds of one version, else upgrade',
    ).choices(VIEWS),
  );
  const limits = addLimits(command);
  return complete(command, shell, {
    examples: [
      'diff warehouse_1.0-1_amd64.deb warehouse_1.1-1_amd64.deb',
      'diff first/warehouse.deb second/warehouse.deb',
      'diff --view bytes warehouse_1.0-1_amd64.deb warehouse_1.1-1_amd64.deb',
    ],
    // As in diff and cmp, 1 means that they differ.
    failureCode: 2,
    action: async (session, a: string, b: string) => {
      const files = [resolve(session.cwd, a), resolve(session.cwd, b)] as const;
      const {view = await viewFor(files, session, limits())} = command.opts<{view?: View}>();
      return view === 'upgrade' ? showUpgrade(files, session, limits()) : showBytes(files, session, limits());
    },
  });
}

type Files = readonly [a: string, b: string];

/** Two builds of one version should be the same; of anything else one replaces the other. */
async function viewFor([a, b]: Files, {signal}: Session, limits: ReadLimits): Promise<View> {
  const [one, two] = [await readDebControl(a, {signal, limits}), await readDebControl(b, {signal, limits})];
  const isSame = ['Package', 'Version', 'Architecture'].every((name) => one.get(name) === two.get(name));
  return isSame ? 'bytes' : 'upgrade';
}

async function showBytes(
  [a, b]: Files,
  {signal, result, verbose}: Session,
  limits: ReadLimits,
): Promise<number> {
  const difference = await compareDebs(a, b, {signal, limits});
  result({view: 'bytes', ...difference}, differencesText(difference.differences, verbose));
  return difference.equal ? 0 : 1;
}

async function showUpgrade(
  [a, b]: Files,
  {signal, result, verbose, paint}: Session,
  limits: ReadLimits,
): Promise<number> {
  const upgrade = await describeUpgrade(a, b, {signal, limits});
  result({view: 'upgrade', ...upgrade}, upgradeText(upgrade, {paint, verbose}));
  const {before, after, fields, scripts, files} = upgrade;
  const isSame = before.version === after.version && fields.length + scripts.length + files.length === 0;
  return isSame ? 0 : 1;
}

/** How many differences of one cause are shown. */
const EXAMPLES = 3;

/** Differences for people: what has one cause stands together, with a few examples or, verbose, all of them. */
export function differencesText(differences: readonly Difference[], verbose: boolean): string {
  const groups = new Map<string, Difference[]>();
  for (const one of differences) {
    const key = JSON.stringify([one.member, one.kind, one.cause, one.cure]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group) => groupText(group, verbose)).join('\n');
}

function groupText(group: readonly Difference[], verbose: boolean): string {
  const [{member, kind, cause, cure}] = group as [Difference];
  const shown = verbose || group.length <= EXAMPLES + 1 ? group : group.slice(0, EXAMPLES);
  const left = group.length - shown.length;
  const heads =
    group.length === 1
      ? [`${where(group[0] as Difference)}: ${kind}: ${group[0]?.detail}`]
      : [
          `${member}: ${kind}: ${group.length} times`,
          ...shown.map((one) => `    ${where(one)}: ${one.detail}`),
        ];
  return [
    ...heads,
    ...(left === 0 ? [] : [`    and ${left} more (--verbose shows all)`]),
    ...(cause === undefined ? [] : [`    cause: ${cause}`]),
    ...(cure === undefined ? [] : [`    cure: ${cure}`]),
  ]
    .map(printable)
    .join('\n');
}

/** The root of an archive has no name. */
const where = ({member, path}: Difference): string =>
  path === undefined ? member : `${member} ${path === '' ? './' : path}`;
