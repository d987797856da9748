import {MkvenvdebError} from '../errors.js';
import {isDebianVersion, isMaintainer, isPackageName} from '../formats/names.js';
import type {Issue} from '../model.js';
import {parseRelations, RELATION_FIELDS} from '../policy/relations.js';
import {SCRIPT_NAMES} from '../policy/scripts.js';
import {type CheckCode, issueOf} from './check-codes.js';
import type {ControlFile, DebContents} from './read.js';

/** dpkg refuses longer names of control files. */
const LONGEST_NAME = 100;

const FIELDS: readonly {readonly field: string; readonly isValid: (value: string) => boolean}[] = [
  {field: 'Package', isValid: isPackageName},
  {field: 'Version', isValid: isDebianVersion},
  {field: 'Architecture', isValid: (value) => /^[a-z0-9][a-z0-9-]*$/.test(value)},
  {field: 'Maintainer', isValid: isMaintainer},
  {field: 'Description', isValid: (value) => value !== ''},
];

/** Fields whose value dpkg takes from a list, in any case. */
const CHOICES: readonly {readonly field: string; readonly values: readonly string[]}[] = [
  {field: 'Essential', values: ['yes', 'no']},
  {field: 'Protected', values: ['yes', 'no']},
  {field: 'Multi-Arch', values: ['no', 'same', 'allowed', 'foreign']},
];

type Contents = Pick<DebContents, 'control' | 'members' | 'entries' | 'tars'>;

/**
 * Check the files of the control archive against deb-control(5), deb-conffiles(5) and deb-md5sums(5).
 *
 * @param md5Of digest of each regular file of the data archive, by path
 */
export function* checkControl(contents: Contents, md5Of: ReadonlyMap<string, string>): Generator<Issue> {
  const text = (name: string) => contents.members.find(({path}) => path === name)?.data.toString();
  yield* fieldIssues(contents);
  for (const entry of contents.tars.control.entries) yield* shapeIssues(entry);
  for (const file of contents.members) yield* scriptIssues(file);
  const conffiles = text('conffiles') ?? '';
  yield* conffileIssues(conffiles, contents);
  yield* md5Issues(text('md5sums') ?? '', conffiles, md5Of);
}

/** Ended lines one by one, and what follows the last: a text may be of nothing but line breaks. */
function* linesOf(text: string): Generator<string> {
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    yield text.slice(start, end);
    start = end + 1;
  }
  if (start < text.length) yield text.slice(start);
}

const error = (code: CheckCode, file: string, message: string): Issue =>
  issueOf(code, {file, message, severity: 'error'});
const warning = (code: CheckCode, file: string, message: string): Issue =>
  issueOf(code, {file, message, severity: 'warning'});

// A list and no generators: every package has all of these fields, and hardly ever an issue.
function fieldIssues({control, members}: Contents): readonly Issue[] {
  const issues: Issue[] = [];
  const add = (code: CheckCode, message: string) => issues.push(error(code, 'control', message));
  for (const {field, isValid} of FIELDS) {
    const value = control.get(field);
    if (value === undefined) add('missing-field', `Field ${field} is missing`);
    else if (!isValid(value)) add('bad-field', `Field ${field} is not valid: ${value}`);
  }
  for (const {field, values} of CHOICES) {
    const value = control.get(field);
    if (value !== undefined && !values.includes(value.toLowerCase()))
      add('bad-field', `Field ${field} is not ${values.join(' or ')}: ${value}`);
  }
  for (const field of control.keys()) {
    if (field.length === 1)
      add('bad-field', `Field ${field} has a name of one character, which dpkg refuses`);
  }
  addRelationIssues(control, issues);
  if (members.find(({path}) => path === 'control')?.data.at(-1) !== 0x0a)
    add('no-final-newline', 'Its last line has no end: dpkg refuses it');
  return issues;
}

function addRelationIssues(control: Contents['control'], issues: Issue[]): void {
  for (const field of RELATION_FIELDS) {
    const value = control.get(field);
    if (value === undefined) continue;
    try {
      parseRelations(value, field);
    } catch (problem) {
      if (!(problem instanceof MkvenvdebError)) throw problem;
      issues.push(error('bad-field', 'control', problem.message));
    }
  }
}

function* shapeIssues({
  path,
  type,
  format,
  owner,
  group,
}: ControlFile | Contents['entries'][number]): Generator<Issue> {
  if (path === '') return;
  if (type !== 'file') yield error('control-file', path, `It is a ${type}; dpkg takes only files here`);
  if (path.includes('/')) yield error('control-file', path, 'It lies in a folder, which dpkg refuses');
  if (path.length > LONGEST_NAME) yield error('control-file', path, 'Its name is too long for dpkg');
  if (format !== 'gnu')
    yield warning('tar-format', path, `Its header in the control archive is ${format}, not GNU`);
  if (owner !== 'root' || group !== 'root') yield warning('owner', path, `It belongs to ${owner}:${group}`);
}

function* scriptIssues({path, mode, data}: ControlFile): Generator<Issue> {
  if (!(SCRIPT_NAMES as readonly string[]).includes(path)) {
    if (mode & 0o111 && path !== 'config')
      yield warning('control-mode', path, `It is executable: mode ${mode.toString(8)}`);
    return;
  }
  if (mode !== 0o755) yield warning('control-mode', path, `Its mode is ${mode.toString(8)}, not 755`);
  const elf = data.toString('latin1', 1, 4) === 'ELF';
  if (!elf && data.toString('latin1', 0, 2) !== '#!') {
    yield warning('script', path, 'It does not begin with #! as Policy 10.4 demands');
  }
}

/** Lines may have a flag in front: `remove-on-upgrade /etc/x`. */
function* conffileNames(text: string): Generator<string> {
  for (const line of linesOf(text)) {
    if (line !== '' && !line.startsWith('remove-on-upgrade ')) yield line.replace(/^\//, '');
  }
}

function* conffileIssues(text: string, {entries}: Contents): Generator<Issue> {
  if (text === '') return;
  if (!text.endsWith('\n'))
    yield error('no-final-newline', 'conffiles', 'Its last line has no end: dpkg refuses it');
  const files = new Set(entries.filter(({type}) => type === 'file').map(({path}) => path));
  for (const line of linesOf(text)) {
    if (!/^(?:remove-on-upgrade )?\//.test(line))
      yield error('conffile', 'conffiles', `Not an absolute path: ${JSON.stringify(line)}`);
    else if (/\s$/.test(line))
      yield error('conffile', 'conffiles', `dpkg would cut off the blank: ${JSON.stringify(line)}`);
  }
  const seen = new Set<string>();
  for (const name of conffileNames(text)) {
    if (!files.has(name)) yield error('conffile', 'conffiles', `No file of the package: /${name}`);
    else if (seen.has(name)) yield error('conffile', 'conffiles', `It is there twice: /${name}`);
    else seen.add(name);
  }
}

function* md5Issues(text: string, conffiles: string, md5Of: ReadonlyMap<string, string>): Generator<Issue> {
  const listed = new Set<string>();
  if (text !== '' && !text.endsWith('\n'))
    yield warning('no-final-newline', 'md5sums', 'Its last line has no end');
  for (const line of linesOf(text)) {
    if (line === '') continue;
    const {md5, path = ''} = /^(?<md5>[0-9a-f]{32}) [ *](?:\.\/)?(?<path>.+)$/.exec(line)?.groups ?? {};
    const found = md5Of.get(path);
    if (found !== undefined) listed.add(path);
    if (md5 === undefined)
      yield error('md5sums', 'md5sums', `Not a line of digest and path: ${JSON.stringify(line)}`);
    else if (found === undefined) yield error('md5sums', 'md5sums', `No file of the package: ${path}`);
    else if (found !== md5) yield error('md5sums', path, `Its digest is ${found}, md5sums says ${md5}`);
  }
  for (const name of conffileNames(conffiles)) if (md5Of.has(name)) listed.add(name);
  for (const path of md5Of.keys()) {
    if (!listed.has(path)) yield warning('md5sums', path, 'It is not in md5sums');
  }
}
