import {createHash} from 'node:crypto';
import {
  constants,
  createReadStream,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {chmod, copyFile, open} from 'node:fs/promises';
import {MkvenvdebError} from '../errors.js';
import type {Content, LocalFile} from './storage.js';

/** Readable for those who serve it, whatever the mode of the file it comes from. */
export const FILE_MODE = 0o644;
/** A file up to this size is copied at one go: that takes less time than changing to another thread for it. */
const SMALL = 1 << 20;
/** The system takes no more at once. */
const PIECES = 1000;

/** Make a folder, unless it was made before. */
export function ensureFolder(folder: string, made: Set<string>): void {
  if (!made.has(folder)) mkdirSync(folder, {recursive: true});
  made.add(folder);
}

interface Placed {
  readonly content: Content;
  readonly temporary: string;
  readonly target: string;
}

/**
 * Give a small file of this machine its name in one go.
 *
 * @returns false for any other content, and where the folder vanished meanwhile
 */
export function placeSmall({content, temporary, target}: Placed, made: Set<string>): boolean {
  if (!('file' in content) || content.size > SMALL) return false;
  const bytes = readFileSync(content.file);
  assertSame(content, {size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex')});
  writeFileSync(temporary, bytes, {mode: FILE_MODE, flag: 'wx'});
  const folder = target.slice(0, target.lastIndexOf('/'));
  ensureFolder(folder, made);
  try {
    renameSync(temporary, target);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    made.delete(folder);
    return false;
  }
}

/** Write a file that has not its name yet. A local one is shared with it where the file system can do that. */
export async function writeContent(file: string, content: Content): Promise<void> {
  if ('file' in content) {
    await copyFile(content.file, file, constants.COPYFILE_FICLONE);
    await chmod(file, FILE_MODE);
    // Of the copy: nobody can change that one any more.
    assertSame(content, {size: statSync(file).size, sha256: await digestFile(file)});
    return;
  }
  const pieces = content instanceof Uint8Array ? [content] : content;
  const handle = await open(file, 'wx', FILE_MODE);
  try {
    for (let next = 0; next < pieces.length; next += PIECES)
      await handle.writev(pieces.slice(next, next + PIECES));
  } finally {
    await handle.close();
  }
}

/** Whether a file has this content; one that cannot be read has not. */
export async function holds(file: string, content: Content): Promise<boolean> {
  try {
    if ('file' in content)
      return statSync(file).size === content.size && (await digestFile(file)) === content.sha256;
    const wanted = content instanceof Uint8Array ? content : Buffer.concat(content);
    return readFileSync(file).equals(wanted);
  } catch {
    return false; // writing it tells what is wrong there
  }
}

/** SHA-256 of a file, hexadecimal. */
export async function digestFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, {highWaterMark: 1 << 20}) as AsyncIterable<Buffer>)
    hash.update(chunk);
  return hash.digest('hex');
}

/** An index that names other bytes than there are would break every client. */
function assertSame({file, size, sha256}: LocalFile, found: Omit<LocalFile, 'file'>): void {
  if (found.size === size && found.sha256 === sha256) return;
  throw new MkvenvdebError('E_IO', `File changed while it was published: ${file}`, {
    issues: [`read: sha256 ${sha256}`, `copied: sha256 ${found.sha256}`],
    hint: 'Publish it once nobody writes it any more',
  });
}
