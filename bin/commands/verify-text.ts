import type {
  BuildDifference,
  RebuildReport,
  ReproReport,
  VariationReport,
  VerifiedPackage,
} from '../../lib/index.js';
import {bytes, type Column, type Paint, table} from '../present.js';
import type {Session} from '../shell.js';
import {printable} from '../terminal.js';
import {differencesText} from './diff.js';

type Style = Pick<Session, 'paint' | 'verbose'>;

/** What building twice showed, for people: each package, what was varied, what differs. */
export function reportText({packages, variations}: ReproReport, style: Style): string {
  return [
    ...packagesTable(packages, style.paint),
    '',
    ...variationsTable(variations, style.paint),
    ...packages.flatMap((one) => differencesOf(one, packages.length > 1, style)),
  ].join('\n');
}

/** What building a package again showed, for people: the package, what this machine has otherwise, what differs. */
export function rebuildText(report: RebuildReport, style: Style): string {
  const {machine, likelyCause: cause, buildinfo, rebuiltSha256} = report;
  const {paint} = style;
  const facts = table(
    [{}, {}],
    [['recorded in', buildinfo], ...(report.equal ? [] : [['built now', `sha256 ${rebuiltSha256}`]])],
  );
  const columns = [{head: 'differs here'}, {head: 'name'}, {head: 'recorded'}, {head: 'here'}];
  const rows = machine.map(({what, name, recorded = 'none', here = 'none'}) => [what, name, recorded, here]);
  return [
    ...packagesTable([report.package], paint),
    ...facts,
    ...(rows.length === 0 ? [] : ['', ...table(columns, rows, paint)]),
    ...differencesOf(report.package, false, style),
    ...(cause === undefined ? [] : ['', `${paint('warning', 'likely cause:')} ${printable(cause)}`]),
  ].join('\n');
}

/** Packages with what became of them. */
function packagesTable(packages: readonly VerifiedPackage[], paint: Paint): readonly string[] {
  const columns: readonly Column[] = [
    {head: 'result'},
    {head: 'package'},
    {head: 'version'},
    {head: 'architecture'},
    {head: 'size', align: 'right'},
    {head: 'sha256'},
  ];
  const wordOf = ({equal}: VerifiedPackage) => (equal ? 'equal' : 'different');
  const rows = packages.map((one) => [
    wordOf(one),
    ...[one.package, one.version, one.architecture, bytes(one.size), one.sha256],
  ]);
  const [head = '', ...lines] = table(columns, rows, paint);
  const painted = packages.map((one, index) => {
    const word = wordOf(one);
    return paint(one.equal ? 'good' : 'bad', word) + (lines[index] ?? '').slice(word.length);
  });
  return [head, ...painted];
}

function variationsTable(variations: readonly VariationReport[], paint: Paint): readonly string[] {
  const columns = [{head: 'variation'}, {head: 'varied'}, {head: 'second build, or why not'}];
  const rows = variations.map(({name, value, why = ''}) => [
    name,
    ...(value === undefined ? ['no', why] : ['yes', value]),
  ]);
  return table(columns, rows, paint);
}

/** What differs in a package; where that was found out, by what brings it about. */
function differencesOf(
  {package: name, differences}: VerifiedPackage,
  isOneOfMany: boolean,
  {paint, verbose}: Style,
): readonly string[] {
  const groups = new Map<string, BuildDifference[]>();
  for (const one of differences) {
    const title = titleOf(one);
    groups.set(title, [...(groups.get(title) ?? []), one]);
  }
  return [...groups].flatMap(([title, some]) => {
    const words = [...(isOneOfMany ? [name] : []), ...(title === '' ? [] : [title])];
    const head = words.length === 0 ? [] : [paint('heading', printable(words.join(': ')))];
    return ['', ...head, differencesText(some, verbose)];
  });
}

function titleOf({variations}: BuildDifference): string {
  if (variations === undefined) return '';
  return variations.length === 0 ? 'with nothing varied' : `by ${variations.join(', ')}`;
}
