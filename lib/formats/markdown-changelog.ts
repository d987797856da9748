import {isPythonVersion} from './names.js';

/** A version in a Markdown changelog, in the manner of keepachangelog.com and its relatives. */
export interface MarkdownRelease {
  /** As it is written, without `v`; undefined for what is not released yet. */
  readonly version?: string;
  /** Midnight (UTC) of its day, in seconds since 1970. */
  readonly seconds?: number;
  /** What changed, under headings such as "Added"; the first may have none. */
  readonly groups: readonly MarkdownGroup[];
}

export interface MarkdownGroup {
  readonly title?: string;
  readonly items: readonly MarkdownItem[];
}

/** One bullet as plain text; `depth` is 0 for those that stand under no other. */
export interface MarkdownItem {
  readonly depth: number;
  readonly text: string;
}

/** What is being read. */
interface Reading {
  readonly releases: (Omit<MarkdownRelease, 'groups'> & {readonly level: number; readonly groups: Group[]})[];
  /** False before the first version and under headings beside versions. */
  isInside: boolean;
  /** True after a blank line: what follows continues no bullet unless it is indented. */
  isParted: boolean;
  isFenced: boolean;
}

interface Group {
  readonly title?: string;
  readonly items: Item[];
  /** The last item and those that it stands under, outermost first. */
  readonly open: Item[];
}

interface Item {
  readonly depth: number;
  readonly indent: number;
  text: string;
}

/**
 * Read the versions of a Markdown changelog, in its order. A heading of any level that begins with a version (or
 * "Unreleased") opens one: `## [1.2.0] - 2024-01-02`, `## 1.2.0 (2024-01-02)`, `# Version 1.2rc1`.
 */
export function parseMarkdownChangelog(text: string): readonly MarkdownRelease[] {
  const reading: Reading = {releases: [], isInside: false, isParted: true, isFenced: false};
  for (const line of withHashHeadings(text)) readLine(reading, line);
  return reading.releases.map(({version, seconds, groups}) => ({
    ...(version === undefined ? {} : {version}),
    ...(seconds === undefined ? {} : {seconds}),
    groups: groups
      .filter(({items}) => items.length > 0)
      .map(({title, items}) => ({
        ...(title === undefined ? {} : {title}),
        items: items.map((item) => ({depth: item.depth, text: plainText(item.text)})),
      })),
  }));
}

/** `<!-- … -->`; what does not end is none. */
function withoutComments(text: string): string {
  const last = text.lastIndexOf('-->');
  let [kept, at] = ['', 0];
  for (let start = text.indexOf('<!--'); start >= 0 && start < last; start = text.indexOf('<!--', at)) {
    const end = text.indexOf('-->', start + '<!--'.length);
    if (end < 0) break;
    kept += text.slice(at, start);
    at = end + '-->'.length;
  }
  return kept + text.slice(at);
}

/** Without comments; headings that are underlined become such with hashes. */
function withHashHeadings(text: string): readonly string[] {
  const lines = withoutComments(text.replace(/^\uFEFF/, ''))
    .split(/\r\n|\r|\n/)
    .map((line) => line.replaceAll('\t', '    ').trimEnd());
  const isUnderline = (line: string | undefined) => /^(?:=+|-+)$/.test(line ?? '');
  const isText = (line: string | undefined) => /^[^\s#>*+-]/.test(line ?? '');
  return lines.flatMap((line, index) => {
    if (isUnderline(line) && isText(lines[index - 1])) return [];
    const below = lines[index + 1];
    return isText(line) && isUnderline(below) ? [`${below?.startsWith('=') ? '#' : '##'} ${line}`] : [line];
  });
}

function readLine(reading: Reading, line: string): void {
  if (/^\s*(?:```|~~~)/.test(line)) reading.isFenced = !reading.isFenced;
  const [, hashes, heading = ''] = (!reading.isFenced && /^(#{1,6})\s+(.*)$/s.exec(line)) || [];
  if (hashes !== undefined) readHeading(reading, hashes.length, heading);
  else if (reading.isInside) readContent(reading, line);
  reading.isParted = line === '' || hashes !== undefined;
}

function readHeading(reading: Reading, level: number, heading: string): void {
  const title = plainText(heading.replace(/(?<!#)#+$/, ''));
  const release = readTitle(title);
  const open = reading.releases.at(-1);
  if (release) {
    reading.releases.push({...release, level, groups: [{items: [], open: []}]});
    reading.isInside = true;
  } else if (open && level <= open.level) reading.isInside = false;
  else if (reading.isInside) open?.groups.push({title, items: [], open: []});
}

/** The version and the day in a heading; undefined for one that names none. */
function readTitle(title: string): Pick<MarkdownRelease, 'version' | 'seconds'> | undefined {
  if (/^\[?(?:unreleased|upcoming|next(?: release)?)\]?(?:\s*[-–(:].*)?$/i.test(title)) return {};
  const [, word = '', rest = ''] =
    /^(?:(?:version|release)\s+)?\[?v?(\d[A-Za-z0-9.+!_-]*?)\]?(?=[\s:,(]|$)(.*)$/i.exec(title) ?? [];
  if (!isPythonVersion(word) || /^\d{4}-\d\d-\d\d$/.test(word)) return undefined;
  const [day] = /\b\d{4}-\d{2}-\d{2}\b/.exec(rest) ?? [];
  const seconds = day === undefined ? Number.NaN : Date.parse(`${day}T00:00:00Z`) / 1000;
  return {version: word, ...(Number.isFinite(seconds) ? {seconds} : {})};
}

function readContent(reading: Reading, line: string): void {
  const group = reading.releases.at(-1)?.groups.at(-1);
  const content = line.trim();
  // Rules, fences and definitions of links hold no text.
  if (!group || content === '' || /^(?:```.*|~~~.*|[-*_]{3,}|\[[^\]]+\]:\s.*)$/.test(content)) return;
  const indent = line.length - line.trimStart().length;
  const bullet = /^(?:[-*+]|\d+[.)])\s+(.*)$/s.exec(content)?.[1];
  const last = group.items.at(-1);
  if (bullet !== undefined && !reading.isFenced) {
    addItem(group, indent, bullet);
  } else if (last && (!reading.isParted || indent > last.indent)) last.text += ` ${content}`;
  else {
    group.open.splice(0);
    addItem(group, indent, content);
  }
}

function addItem({items, open}: Group, indent: number, text: string): void {
  while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
  const item = {depth: (open.at(-1)?.depth ?? -1) + 1, indent, text};
  items.push(item);
  open.push(item);
}

/** Text without the marks of Markdown: links, images, emphasis, code, escapes. */
function plainText(text: string): string {
  return text
    .replace(/!?\[([^\][]*)\]\([^()]*(?:\([^()]*\)[^()]*)*\)/g, '$1')
    .replace(/\[([^\][]+)\]\[[^\][]*\]/g, '$1')
    .replace(/<((?:https?:\/\/|mailto:)[^<>\s]+)>/g, '$1')
    .replace(/\*\*(?=\S)((?:(?!\*\*).)+)(?<=\S)\*\*/g, '$1')
    .replace(/__(?=\S)((?:(?!__).)+)(?<=\S)__/g, '$1')
    .replace(/(?<![\w*\\])\*(?=\S)([^*]+?)(?<=[^\s\\])\*(?![\w*])/g, '$1')
    .replace(/(?<!`)(`+)([^`]+)\1(?!`)/g, (_whole, _marks, code: string) => code.trim())
    .replace(/\\([\\`*_{}[\]()#+.!<>|-])/g, '$1')
    .replace(/[^\P{Cc}\n]/gu, ' ')
    .trim();
}
