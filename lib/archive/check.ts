import {createHash} from 'node:crypto';
import {type FileHandle, open} from 'node:fs/promises';
import {ioError, MkvenvdebError} from '../errors.js';
import {globToRegExp} from '../formats/glob.js';
import {makeNeedle, type Needle, NeedleScanner} from '../formats/needles.js';
import type {Issue} from '../model.js';
import type {Context} from '../report.js';
import type {ArMember} from './ar.js';
import {checkControl} from './check-control.js';
import {crossCheck} from './check-cross.js';
import {checkEntries, checkNotes} from './check-data.js';
import {type DebContents, type ReadDebOptions, readDeb, readMember} from './read.js';
import type {VisitFile} from './read-tar.js';

export interface CheckDebOptions extends Pick<Context, 'signal'>, Pick<ReadDebOptions, 'limits'> {
  /**
   * Texts that must occur nowhere: in no file, name or link target, in none of the spellings that tools give a path.
   * @default none
   */
  readonly forbidden?: readonly string[] | undefined;
  /** Globs over absolute paths of the package: in those files they may occur. @default none */
  readonly allow?: readonly string[] | undefined;
}

/**
 * Check a package: its structure, its control archive, its data archive, the digests of its files, and that nothing
 * forbidden is in it. An `error` means that dpkg would refuse it or install something else than it looks like, a
 * `warning` that it is not as dpkg-deb and Debian Policy have it.
 *
 * @returns all findings, none of them thrown, in order
 * @throws E_OPTION when there is no such file; E_IO when it cannot be read; the signal's reason
 */
export async function checkDeb(file: string, options: CheckDebOptions = {}): Promise<readonly Issue[]> {
  const needles = (options.forbidden ?? []).map((text) => makeNeedle(text, false));
  const allowed = (options.allow ?? []).map(globToRegExp);
  const md5Of = new Map<string, string>();
  const leaks: Issue[] = [];
  const visit: VisitFile = async ({path}, content) => {
    const md5 = createHash('md5');
    const scanner = new NeedleScanner(needles);
    for await (const chunk of content) {
      md5.update(chunk);
      if (!scanner.done) scanner.push(chunk);
    }
    md5Of.set(path, md5.digest('hex'));
    for (const {needle, offset} of scanner.end()) leaks.push(leak(path, `Its content at ${offset}`, needle));
  };
  let contents: DebContents;
  try {
    contents = await readDeb(file, {visit, signal: options.signal, limits: options.limits});
  } catch (error) {
    if (!(error instanceof MkvenvdebError) || error.code !== 'E_FORMAT') throw error;
    return [
      {
        code: 'unreadable',
        severity: 'error',
        message: error.message,
        ...(error.hint ? {cure: error.hint} : {}),
      },
    ];
  }
  for (const {type, path, target = ''} of contents.entries) {
    if (type === 'hardlink' && md5Of.has(target)) md5Of.set(path, md5Of.get(target) as string);
  }
  return [
    ...checkMembers(contents),
    ...(await secondOpinion(file, contents.archive)),
    ...checkNotes(contents.tars.control, 'control.tar'),
    ...checkControl(contents, md5Of),
    ...checkNotes(contents.tars.data, 'data.tar'),
    ...checkEntries(contents.entries),
    ...[...leaks, ...leaksElsewhere(contents, needles)].filter(
      ({file: path}) => !allowed.some((glob) => glob.test(`/${path}`)),
    ),
  ];
}

/** Headers as dpkg-deb writes them, and no member that dpkg would not look at. */
function* checkMembers({version, archive}: DebContents): Generator<Issue> {
  if (version !== '2.0')
    yield {code: 'format-version', severity: 'warning', message: `Its format is ${version}, not 2.0`};
  for (const {name, mode, uid, gid} of archive) {
    if (uid !== 0 || gid !== 0 || mode !== 0o100644) {
      const found = `${uid}:${gid}, mode ${mode.toString(8)}`;
      yield {code: 'ar-header', severity: 'warning', file: name, message: `Its header has owner ${found}`};
    }
    if (!/^(?:debian-binary|control\.tar|data\.tar)/.test(name)) {
      yield {
        code: 'extra-member',
        severity: 'warning',
        file: name,
        message: 'dpkg does not look at this member',
      };
    }
  }
}

async function secondOpinion(file: string, archive: readonly ArMember[]): Promise<readonly Issue[]> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    const opened = handle;
    return await crossCheck(file, archive, async (member) => {
      const hash = createHash('sha256');
      for await (const piece of readMember(opened, member)) hash.update(piece);
      return hash.digest('hex');
    });
  } catch (error) {
    throw ioError(error, `reading ${file}`);
  } finally {
    await handle?.close();
  }
}

function* leaksElsewhere({entries, members}: DebContents, needles: readonly Needle[]): Generator<Issue> {
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

const leak = (file: string, where: string, {path}: Needle): Issue => ({
  code: 'forbidden-text',
  severity: 'error',
  file,
  message: `${where} has a forbidden text: ${path}`,
});
