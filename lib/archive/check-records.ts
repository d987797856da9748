import {posix} from 'node:path';
import {MkvenvdebError} from '../errors.js';
import {parseRecord, type RecordRow} from '../formats/record.js';
import type {Issue} from '../model.js';
import {issueOf} from './check-codes.js';
import type {Facts, FileFacts} from './check-facts.js';
import type {DebEntry} from './read-tar.js';

const DIST_INFO = /^(.*(?:site|dist)-packages)\/([^/]+\.dist-info)$/;

/** Whether the RECORD of each installed distribution is true (PyPA, "Recording installed projects"). */
export function* checkRecords(entries: readonly DebEntry[], facts: Facts): Generator<Issue> {
  const types = new Map(entries.map(({path, type}) => [path, type]));
  const owners = new Map<string, string>();
  const folders = new Set<string>();
  for (const {path} of entries) {
    const [, folder = '', name = ''] = DIST_INFO.exec(path) ?? [];
    if (folder === '') continue;
    const record = `${path}/RECORD`;
    const text = facts.get(record)?.text;
    if (text === undefined) yield issueOf('no-record', {file: path, message: 'It has no RECORD'});
    else {
      folders.add(folder);
      yield* rowIssues({record, folder, name, text}, {types, facts, owners});
    }
  }
  yield* unlisted(entries, folders, owners);
}

interface Context {
  readonly types: ReadonlyMap<string, DebEntry['type']>;
  readonly facts: Facts;
  /** The distribution that names a file, by path; it grows. */
  readonly owners: Map<string, string>;
}

interface Recorded {
  readonly record: string;
  readonly folder: string;
  readonly name: string;
  readonly text: string;
}

function* rowIssues({record, folder, name, text}: Recorded, context: Context): Generator<Issue> {
  let rows: readonly RecordRow[];
  try {
    rows = parseRecord(text, record);
  } catch (error) {
    if (!(error instanceof MkvenvdebError)) throw error;
    return yield issueOf('record-unreadable', {file: record, message: error.message});
  }
  const {types, facts, owners} = context;
  for (const row of rows) {
    const path = posix.resolve(`/${folder}`, row.path).slice(1);
    const type = types.get(path);
    if (type === undefined) {
      // An installer may list bytecode that is not there yet.
      if (row.hash !== '' || !path.endsWith('.pyc'))
        yield issueOf('record-missing', {file: path, message: `${name} names it`});
      continue;
    }
    const other = owners.get(path);
    if (other !== undefined && other !== name)
      yield issueOf('record-claim', {file: path, message: `${other} and ${name} have it`});
    owners.set(path, name);
    const difference = type === 'file' ? differenceOf(row, facts.get(path)) : undefined;
    if (difference !== undefined)
      yield issueOf('record-hash', {file: path, message: `${difference} in RECORD of ${name}`});
  }
}

function differenceOf({hash, size}: RecordRow, facts: FileFacts | undefined): string | undefined {
  if (facts === undefined) return undefined;
  if (size !== '' && size !== String(facts.size)) return `It has ${facts.size} bytes, not ${size} as`;
  // Other digests are allowed and rare: they cannot be compared here.
  if (!hash.startsWith('sha256=') || hash.replace(/(?<!=)=+$/, '') === facts.recordHash) return undefined;
  return 'It has another digest than';
}

/** What pip itself, virtualenv and Python put beside the distributions. */
const NOBODYS = /(?:\.pyc|\/_virtualenv\.(?:py|pth)|\/distutils-precedence\.pth|\.virtualenv)$/;

function* unlisted(
  entries: readonly DebEntry[],
  folders: ReadonlySet<string>,
  owners: ReadonlyMap<string, string>,
): Generator<Issue> {
  for (const {path, type} of entries) {
    if (type === 'directory' || owners.has(path) || NOBODYS.test(path)) continue;
    if ([...folders].some((folder) => path.startsWith(`${folder}/`)))
      yield issueOf('record-unlisted', {file: path, message: 'No RECORD names it'});
  }
}
