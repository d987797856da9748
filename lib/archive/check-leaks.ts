import {type Needle, NeedleScanner} from '../formats/needles.js';
import type {Issue} from '../model.js';
import {issueOf} from './check-codes.js';
import type {FileContent} from './file-content.js';
import type {DebContents} from './read.js';
import type {VisitFile} from './read-tar.js';

/** Look for needles in what a visitor reads. */
export const withNeedles =
  (visit: VisitFile, needles: readonly Needle[], leaks: Issue[]): VisitFile =>
  async (entry, content) => {
    const scanner = new NeedleScanner(needles);
    if (content.whole) {
      scanner.push(content.whole);
      await visit(entry, content);
    } else await visit(entry, scanned(content, scanner));
    for (const {needle, offset} of scanner.end())
      leaks.push(leak(entry.path, `Its content at ${offset}`, needle));
  };

async function* scanned(content: FileContent, scanner: NeedleScanner): AsyncGenerator<Buffer> {
  for await (const part of content) {
    if (!scanner.done) scanner.push(part);
    yield part;
  }
}

/** Needles in names, link targets and the files of the control archive. */
export function* leaksElsewhere(
  {entries, members}: DebContents,
  needles: readonly Needle[],
): Generator<Issue> {
  const finder = (bytes: Buffer) => {
    const scanner = new NeedleScanner(needles);
    scanner.push(bytes);
    return scanner.end();
  };
  for (const {name, path, target} of entries) {
    for (const {needle} of finder(Buffer.from(name))) yield leak(path, 'Its name', needle);
    for (const {needle} of finder(Buffer.from(target ?? ''))) yield leak(path, 'Its target', needle);
  }
  for (const {path, data} of members) {
    for (const {needle, offset} of finder(data)) yield leak(path, `Its content at ${offset}`, needle);
  }
}

const leak = (file: string, where: string, {path}: Needle): Issue =>
  issueOf('forbidden-text', {file, message: `${where} has a forbidden text: ${path}`});
