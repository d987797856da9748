import type {DebReport} from '../../lib/index.js';
import {bar, bytes, type Paint, table} from '../present.js';
import {printable} from '../terminal.js';
import {filesText, linesOf} from './inspect-files.js';

/** Parts of what is told of a package, in the order in which they are shown. */
export const SECTIONS = [
  'fields',
  'size',
  'python',
  'distributions',
  'commands',
  'system',
  'conffiles',
  'scripts',
  'sbom',
  'files',
  'notes',
] as const;
export type Section = (typeof SECTIONS)[number];

/** Where a text is cut and how it is painted. */
export interface Style {
  readonly paint: Paint;
  /** False in the overview: lists are cut after their first rows. */
  readonly whole: boolean;
}

/** How many rows of a list the overview shows. */
const FEW = 12;
/** KiB: dpkg-gencontrol counts the files of the control archive too. */
const SLACK = 200;
/** Columns that a line should have at most. */
const WIDTH = 80;

/** Everything at a glance, long lists cut; or the sections that were asked for, whole. */
export function inspectText(report: DebReport, paint: Paint, shown: readonly Section[]): string {
  const whole = shown.length > 0;
  const sections = SECTIONS.filter((name) => (whole ? shown.includes(name) : name !== 'files'));
  const parts = sections.map((name) => TEXTS[name](report, {paint, whole}));
  const texts = parts.filter(({lines}) => lines.length > 0 || whole);
  const shownTexts = texts.map(({title, lines}) =>
    [paint('heading', title), ...(lines.length > 0 ? lines : ['none']).map((line) => `  ${line}`)].join('\n'),
  );
  return [...(whole ? [] : [headline(report, paint)]), ...shownTexts].join('\n\n');
}

interface Part {
  readonly title: string;
  readonly lines: readonly string[];
}

const field = ({control}: DebReport, name: string): string => printable(control[name] ?? '?');

const headline = (report: DebReport, paint: Paint): string =>
  `${paint('heading', `${field(report, 'Package')} ${field(report, 'Version')}`)} (${field(report, 'Architecture')}): ` +
  `${bytes(report.size)} to download, ${bytes(report.installedSize.actual * 1024)} installed`;

/** The first rows, and how many are left. */
function few(
  lines: readonly string[],
  {whole, paint}: Style,
  section: Section,
  most = FEW,
): readonly string[] {
  if (whole || lines.length <= most + 1) return lines;
  const left = lines.length - most;
  return [...lines.slice(0, most), paint('faint', `and ${left} more (--show ${section})`)];
}

const TEXTS: Readonly<Record<Section, (report: DebReport, style: Style) => Part>> = {
  fields: (report, {paint}) => ({title: 'Fields', lines: fieldLines(report, paint)}),
  size: sizePart,
  python: ({virtualenvs}) => ({title: 'Python', lines: virtualenvs.flatMap(virtualenvLines)}),
  distributions: distributionPart,
  commands: commandPart,
  system: systemPart,
  conffiles: ({conffiles}, style) => ({
    title: `Conffiles (${conffiles.length})`,
    lines: few(conffiles.map(printable), style, 'conffiles'),
  }),
  scripts: scriptPart,
  sbom: ({sboms}) => ({
    title: 'Bill of materials',
    lines: sboms.map(
      ({path, place, format = 'unknown format', components, serialNumber}) =>
        `${printable(format)}, ${components} components, ${place}: ${printable(path)}` +
        (serialNumber === undefined ? '' : `, ${printable(serialNumber)}`),
    ),
  }),
  files: ({entries}) => ({title: `Files (${entries.length})`, lines: filesText(entries)}),
  notes: ({notes}, style) => ({
    title: 'Notes',
    lines: few(notes.map(printable), style, 'notes').map((line) => style.paint('warning', line)),
  }),
};

/** Relations one below the other, as far as they do not fit a line. */
function fieldLines({control}: DebReport, paint: Paint): readonly string[] {
  const longest = Math.max(...Object.keys(control).map((name) => name.length));
  return Object.entries(control).flatMap(([name, value]) => {
    const [first = '', ...more] = value.split('\n').map(printable);
    const label = `${printable(name)}:`.padEnd(longest + 2);
    const wrapped =
      first.length + label.length > WIDTH - 2 ? wrapList(first, WIDTH - 2 - label.length) : [first];
    const indented = [...wrapped.slice(1), ...more.map((line) => line.trim())];
    return [paint('faint', label) + wrapped[0], ...indented.map((line) => ' '.repeat(label.length) + line)];
  });
}

/** Cut behind commas, as long as there are some. */
function wrapList(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const part of text.split(/(?<=,) /)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + part.length <= columns)
      lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(part);
  }
  return lines;
}

function sizePart(report: DebReport, style: Style): Part {
  const {archives, installedSize, contentSize} = report;
  const {compression, packed, unpacked} = archives.data;
  const {stated, actual} = installedSize;
  const ratio = unpacked === 0 ? '' : `, ${((100 * packed) / unpacked).toFixed(0)} % of ${bytes(unpacked)}`;
  const wrong =
    stated !== undefined && Math.abs(stated - actual) > actual / 10 + SLACK
      ? `Installed-Size says ${stated} KiB, by rule it is ${actual}`
      : '';
  return {
    title: 'Size',
    lines: [
      `${bytes(packed)} of ${compression === 'none' ? 'uncompressed' : compression} data${ratio}`,
      ...(wrong === '' ? [] : [style.paint('faint', wrong)]),
      ...few(folderLines(report, style.whole), style, 'size', 15),
      ...largestLines(report, contentSize),
    ],
  };
}

/** Folders that matter, as a tree; a folder that holds nothing but another one stands on its line. */
function folderLines({folders, contentSize}: DebReport, whole: boolean): readonly string[] {
  const least = contentSize * (whole ? 0.005 : 0.03);
  const shown = folders.filter(({size}) => size > 0 && size >= least);
  const children = new Map<string, typeof shown>();
  for (const folder of shown) {
    if (folder.path === '') continue;
    const parent = folder.path.slice(0, Math.max(0, folder.path.lastIndexOf('/')));
    children.set(parent, [...(children.get(parent) ?? []), folder]);
  }
  const rows: string[][] = [];
  const walk = (path: string, depth: number) => {
    for (const child of children.get(path) ?? []) {
      let end = child;
      for (;;) {
        const [only] = children.get(end.path) ?? [];
        if (only === undefined || only.size !== end.size) break;
        end = only;
      }
      const name = end.path.slice(path === '' ? 0 : path.length + 1);
      rows.push([
        bytes(end.size),
        bar(end.size, contentSize, 12),
        String(end.files),
        `${'  '.repeat(depth)}${depth === 0 ? '/' : ''}${name}/`,
      ]);
      walk(end.path, depth + 1);
    }
  };
  walk('', 0);
  return table([{align: 'right'}, {}, {align: 'right', tone: 'faint'}, {}], rows);
}

function largestLines({entries}: DebReport, contentSize: number): readonly string[] {
  const files = entries.filter(({type, size}) => type === 'file' && size >= contentSize * 0.01 && size > 0);
  const largest = [...files].sort((a, b) => b.size - a.size).slice(0, 5);
  if (largest.length === 0) return [];
  return [
    'largest files:',
    ...table(
      [{align: 'right'}, {}],
      largest.map(({size, path}) => [bytes(size), `/${path}`]),
    ),
  ];
}

const IMPLEMENTATIONS = {pypy: 'PyPy', cpython: 'CPython', unknown: 'Python'} as const;

function virtualenvLines(venv: DebReport['virtualenvs'][number]): readonly string[] {
  const {prefix, implementation, version, interpreter, bundled, providedBy, systemSitePackages} = venv;
  const from = bundled ? 'in the package' : providedBy.length > 0 ? `from ${providedBy.join(', ')}` : '';
  return [
    `${prefix}: ${IMPLEMENTATIONS[implementation]}${version === undefined ? '' : ` ${version}`}`,
    ...(interpreter === undefined ? ['  no bin/python'] : [`  runs ${interpreter}`]),
    ...(from === '' ? ['  no dependency provides the interpreter'] : [`  ${from}`]),
    ...(systemSitePackages ? ['  sees the site-packages of the system'] : []),
  ].map(printable);
}

function distributionPart({distributions, contentSize}: DebReport, style: Style): Part {
  const total = distributions.reduce((sum, {size}) => sum + size, 0);
  const bySize = style.whole ? distributions : [...distributions].sort((a, b) => b.size - a.size);
  const largest = Math.max(0, ...distributions.map(({size}) => size));
  const rows = bySize.map(({name, version, licence = '', size, native, directUrl}) => [
    name,
    version,
    style.whole || licence.length <= 24 ? licence : `${licence.slice(0, 23)}…`,
    bytes(size),
    bar(size, largest, 10),
    [native ? 'native' : '', directUrl ?? ''].filter((text) => text !== '').join(' '),
  ]);
  const share = contentSize === 0 ? '' : `, ${bytes(total)} of ${bytes(contentSize)}`;
  const head = table(
    [
      {head: 'NAME'},
      {head: 'VERSION'},
      {head: 'LICENCE'},
      {head: 'SIZE', align: 'right'},
      {head: ''},
      {head: 'CODE', tone: 'faint'},
    ],
    rows,
    style.paint,
  );
  return {
    title: `Distributions (${distributions.length}${distributions.length > 0 ? share : ''})`,
    lines: rows.length === 0 ? [] : few(head, style, 'distributions', FEW + 1),
  };
}

function commandPart({entryPoints, commands}: DebReport, style: Style): Part {
  const rows = [
    ...commands.map(({path, target = ''}) => [path, target === '' ? '' : `-> ${target}`]),
    ...entryPoints.map(({name, script, value, distribution, kind}) => [
      script ?? name,
      `${value} (${distribution}${kind === 'gui_scripts' ? ', gui' : ''}${script === undefined ? ', no script' : ''})`,
    ]),
  ];
  return {
    title: `Commands (${rows.length})`,
    lines: few(table([{}, {tone: 'faint'}], rows, style.paint), style, 'commands'),
  };
}

function systemPart({units, integration}: DebReport, style: Style): Part {
  const rows = [
    ...units.map(({name, scope, command, detail, description, user}) => [
      scope === 'user' ? 'user unit' : 'unit',
      name,
      [command ?? detail ?? description ?? '', user === undefined ? '' : `(as ${user})`].join(' ').trim(),
    ]),
    ...integration.map(({kind, name}) => [kind, name]),
  ];
  return {title: 'System', lines: few(table([{tone: 'faint'}, {}, {}], rows, style.paint), style, 'system')};
}

/** debhelper's and ours; `md5sums` and `control` are no scripts, and conffiles have a section of their own. */
const SCRIPTS = ['preinst', 'postinst', 'prerm', 'postrm', 'config'];

function scriptPart({members}: DebReport, {whole, paint}: Style): Part {
  const found = members.filter(({path}) => SCRIPTS.includes(path));
  const lines = whole
    ? found.flatMap(({path, text}) => [paint('heading', `== ${path}`), ...linesOf(text)])
    : table(
        [{}, {align: 'right'}, {tone: 'faint'}],
        found.map(({path, text}) => {
          const all = linesOf(text);
          return [path, `${all.length} lines`, all[0]?.startsWith('#!') ? all[0].slice(2).trim() : ''];
        }),
        paint,
      );
  return {title: 'Maintainer scripts', lines};
}
