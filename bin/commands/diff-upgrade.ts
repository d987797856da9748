import type {DebUpgrade} from '../../lib/index.js';
import {bar, bytes, type Paint, type Tone, table} from '../present.js';
import {printable} from '../terminal.js';

interface Style {
  readonly paint: Paint;
  /** Everything, and the changed lines of scripts. */
  readonly verbose: boolean;
}

/** How many rows of a list are shown unless everything is asked for. */
const FEW = 15;
const COLUMNS = 78;
const SIGNS = {added: '+', removed: '-', changed: '~', unchanged: ' '} as const;
const TONES: Readonly<Record<keyof typeof SIGNS, Tone>> = {
  added: 'good',
  removed: 'bad',
  changed: 'warning',
  unchanged: 'faint',
};

/** What an upgrade does, for people. */
export function upgradeText(upgrade: DebUpgrade, style: Style): string {
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['Beware', upgrade.notes.map((note) => style.paint('warning', printable(note)))],
    ['Size', sizeLines(upgrade)],
    ['What a server restarts', serviceLines(upgrade, style)],
    ['Conffiles', conffileLines(upgrade, style)],
    ['Fields', fieldLines(upgrade, style)],
    ['Maintainer scripts', scriptLines(upgrade, style)],
    [`Distributions (${upgrade.distributions.length})`, distributionLines(upgrade, style)],
    [`Files (${upgrade.files.length})`, fileLines(upgrade, style)],
  ];
  return [
    headline(upgrade, style.paint),
    ...sections
      .filter(([, lines]) => lines.length > 0)
      .map(([title, lines]) =>
        [style.paint('heading', title), ...lines.map((line) => `  ${line}`)].join('\n'),
      ),
  ].join('\n\n');
}

const DIRECTIONS: Readonly<Record<DebUpgrade['direction'], string>> = {
  upgrade: 'upgrade',
  downgrade: 'DOWNGRADE',
  'same-version': 'same version',
  unrelated: 'not an upgrade',
};

function headline({before, after, direction}: DebUpgrade, paint: Paint): string {
  const name = before.package === after.package ? after.package : `${before.package} -> ${after.package}`;
  return `${paint('heading', printable(`${name} ${before.version} -> ${after.version}`))} (${DIRECTIONS[direction]})`;
}

/** `+1.2 MB`; nothing for no change. */
const delta = (before: number, after: number): string =>
  before === after ? '' : `${after > before ? '+' : '-'}${bytes(Math.abs(after - before))}`;

function sizeLines({before, after}: DebUpgrade): readonly string[] {
  const largest = Math.max(before.installedSize, after.installedSize) * 1024;
  const row = (what: string, old: number, now: number) => [
    what,
    bytes(old),
    '->',
    bytes(now),
    delta(old, now),
    bar(now, largest, 12),
  ];
  return table(
    [{}, {align: 'right'}, {}, {align: 'right'}, {align: 'right'}, {}],
    [
      row('download', before.size, after.size),
      row('installed', before.installedSize * 1024, after.installedSize * 1024),
    ],
  );
}

const ACTIONS: Readonly<Record<DebUpgrade['services'][number]['action'], string>> = {
  none: 'left alone',
  restart: 'restarted',
  'try-restart': 'restarted if it runs',
  reload: 'reloaded',
  'stop-start': 'stopped, later started',
  start: 'started',
  stop: 'stopped',
};

function serviceLines({services}: DebUpgrade, {paint}: Style): readonly string[] {
  return services.flatMap(({unit, action, isCertain, reasons}) => {
    const goesOn = action === 'none' && reasons.length > 0 ? ': what runs goes on as it was' : '';
    const perhaps = isCertain ? '' : ', perhaps: the script decides on the server';
    const why =
      reasons.length > 0 ? reasons : ['nothing of it changed; its scripts do so with every upgrade'];
    const tone: Tone = action === 'none' ? 'warning' : 'good';
    return [
      `${printable(unit)}  ${paint(tone, `${ACTIONS[action]}${perhaps}${goesOn}`)}`,
      ...why.map((reason) => paint('faint', `    ${printable(reason)}`)),
    ];
  });
}

function conffileLines({conffiles}: DebUpgrade, {paint, verbose}: Style): readonly string[] {
  const shown = conffiles.filter(({change}) => verbose || change !== 'unchanged');
  const lines = shown.flatMap(({path, change, effect, prompt}) => [
    paint(TONES[change], printable(`${SIGNS[change]} ${path}`)),
    paint(prompt === 'never' ? 'faint' : 'warning', `    ${effect}`),
  ]);
  const same = conffiles.length - shown.length;
  return same === 0 ? lines : [...lines, paint('faint', `${same} unchanged, edits stay`)];
}

function fieldLines({fields}: DebUpgrade, {paint}: Style): readonly string[] {
  return fields.flatMap(({field, before, after, relations}) => {
    const signed = (sign: keyof typeof SIGNS, text: string) =>
      paint(TONES[sign], printable(`    ${SIGNS[sign]} ${text}`));
    if (relations === undefined) {
      const show = (text: string) => text.split('\n').map((line) => line.trim());
      return [
        printable(field),
        ...(before === undefined ? [] : show(before).map((line) => signed('removed', line))),
        ...(after === undefined ? [] : show(after).map((line) => signed('added', line))),
      ];
    }
    const lines = [
      ...relations.removed.map((one) => signed('removed', one)),
      ...relations.changed.map((one) => signed('changed', `${one.before}  ->  ${one.after}`)),
      ...relations.added.map((one) => signed('added', one)),
    ];
    return [
      printable(field),
      ...(lines.length > 0 ? lines : [paint('faint', '    the same, written in another way')]),
    ];
  });
}

const DIFF_TONES: Readonly<Record<string, Tone>> = {'+': 'good', '-': 'bad', '@': 'faint'};

function scriptLines({scripts}: DebUpgrade, {paint, verbose}: Style): readonly string[] {
  const lines = scripts.flatMap(({name, change, addedLines, removedLines, diff}) => [
    `${paint(TONES[change], `${SIGNS[change]} ${name}`)}  +${addedLines} -${removedLines} lines`,
    ...(verbose
      ? diff.map((line) => {
          const tone = DIFF_TONES[line.charAt(0)];
          const text = `    ${line.split('\t').map(printable).join('\t')}`;
          return tone === undefined ? text : paint(tone, text);
        })
      : []),
  ]);
  return lines.length > 0 && !verbose ? [...lines, paint('faint', '--verbose shows the lines')] : lines;
}

function distributionLines({distributions}: DebUpgrade, style: Style): readonly string[] {
  const rows = distributions.map(({name, change, before, after}) => [
    SIGNS[change],
    name,
    before?.version ?? '',
    before && after ? '->' : '',
    after?.version ?? '',
    delta(before?.size ?? 0, after?.size ?? 0),
  ]);
  return few(table([{}, {}, {}, {}, {}, {align: 'right'}], rows), style);
}

function few(lines: readonly string[], {paint, verbose}: Style): readonly string[] {
  if (verbose || lines.length <= FEW + 1) return lines;
  return [...lines.slice(0, FEW), paint('faint', `and ${lines.length - FEW} more (--verbose shows all)`)];
}

/** The number of each kind, then the files that change most; with --verbose all, by path. */
function fileLines({files}: DebUpgrade, style: Style): readonly string[] {
  if (files.length === 0) return [];
  const counts = (['added', 'removed', 'changed'] as const)
    .map((change) => [change, files.filter((one) => one.change === change)] as const)
    .filter(([, list]) => list.length > 0)
    .map(([change, list]) => {
      const sum = list.reduce(
        (total, {before, after}) => total + (after?.size ?? 0) - (before?.size ?? 0),
        0,
      );
      return `${list.length} ${change}${sum === 0 ? '' : ` (${delta(0, sum)})`}`;
    });
  const weight = ({before, after, what}: (typeof files)[number]) =>
    Math.abs((after?.size ?? 0) - (before?.size ?? 0)) + (what.some((one) => one !== 'content') ? 1e15 : 0);
  const shown = style.verbose ? files : [...files].sort((a, b) => weight(b) - weight(a));
  const rows = shown.map((one) => [
    SIGNS[one.change],
    delta(one.before?.size ?? 0, one.after?.size ?? 0),
    clipped(`/${one.path}`, style.verbose),
    details(one),
  ]);
  return [
    counts.join(', '),
    ...few(table([{}, {align: 'right'}, {}, {tone: 'faint'}], rows, style.paint), style),
  ];
}

/** The end of a path tells more than its beginning. */
const clipped = (path: string, verbose: boolean): string =>
  verbose || path.length <= COLUMNS - 20 ? path : `…${path.slice(path.length - COLUMNS + 21)}`;

function details({what, before, after}: DebUpgrade['files'][number]): string {
  const octal = (mode: number | undefined) => (mode ?? 0).toString(8).padStart(4, '0');
  return what
    .flatMap((one) => {
      if (one === 'mode') return `mode ${octal(before?.mode)} -> ${octal(after?.mode)}`;
      if (one === 'owner') return `owner ${before?.owner} -> ${after?.owner}`;
      if (one === 'type') return `${before?.type} -> ${after?.type}`;
      return one === 'target' ? `-> ${after?.target}` : [];
    })
    .join(', ');
}
