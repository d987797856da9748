import {createHash, hash} from 'node:crypto';
import {MkvenvdebError} from '../errors.js';
import {type ElfFile, readElf} from '../formats/elf.js';
import {type PycHeader, readPycHeader} from '../formats/pyc.js';
import {bytecodeOf} from '../formats/pyc-magic.js';
import {compiledPath} from '../formats/pyc-path.js';
import {findSecrets, type Secret} from '../formats/secrets.js';
import {sipHash} from '../formats/siphash.js';
import type {FileContent} from './file-content.js';
import type {DebEntry, VisitFile} from './read-tar.js';

/** What is remembered of a file of the package once its content has gone by. */
export interface FileFacts {
  /** Hexadecimal. */
  readonly md5: string;
  /** As a RECORD has it: `sha256=…`. Like what else is of RECORDs and bytecode, not there when only errors are wanted. */
  readonly recordHash?: string;
  readonly size: number;
  /** Its first line, when that begins with `#!`; without it. */
  readonly shebang?: string;
  readonly elf?: ElfFile;
  /** Of files that other checks read: RECORD, pyvenv.cfg, .pth … */
  readonly text?: string;
  readonly pyc?: PycHeader & {readonly compiledFrom?: string};
  /** Of a Python source: its hash under each magic number of its own folder's Python; undefined where none is known. */
  readonly sourceHashes?: ReadonlyMap<number, string>;
  readonly secrets: readonly Secret[];
}

export type Facts = ReadonlyMap<string, FileFacts>;
export type Digests = ReadonlyMap<string, Pick<FileFacts, 'md5'>>;

/** A file up to this size is held in memory while it is looked at; of larger ones only the beginning is. */
const HELD = 32 << 20;
/** What is read of a larger file at once, and how much of it again with the next piece: the longest secret. */
const [PIECE, AGAIN] = [8 << 20, 16 << 10];
/** Texts that other checks read are short. */
const LONGEST_TEXT = 4 << 20;

const TEXTS =
  /(?:^|\/)(?:pyvenv\.cfg|RECORD|direct_url\.json|\.npmrc|\.env[^/]*|pip\.conf|activate(?:\.\w+)?)$|\.(?:pth|egg-link)$|^(?:usr\/)?lib\/systemd\/(?:system|user)\/[^/]+\.service$/;

/** Collects facts: `visit` is for `readDeb`. */
export function collectFacts(scope: 'errors' | 'all'): {readonly facts: Facts; readonly visit: VisitFile} {
  const facts = new Map<string, FileFacts>();
  const visit: VisitFile = (entry, content) => {
    if (content.whole && entry.size <= HELD) facts.set(entry.path, factsOf(entry, content.whole, scope));
    else return later(entry, content);
  };
  const later = async (entry: DebEntry, content: FileContent) => {
    const isHeld = entry.size <= HELD;
    facts.set(
      entry.path,
      isHeld ? factsOf(entry, await gather(content), scope) : await stream(content, scope),
    );
  };
  return {facts, visit};
}

/** Collects MD5 digests and nothing else. */
export function collectDigests(): {readonly facts: Digests; readonly visit: VisitFile} {
  const facts = new Map<string, Pick<FileFacts, 'md5'>>();
  const visit: VisitFile = ({path}, content) => {
    if (content.whole) facts.set(path, {md5: md5Of(content.whole)});
    else return later(path, content);
  };
  const later = async (path: string, content: FileContent) => {
    const md5 = createHash('md5');
    for await (const part of content) md5.update(part);
    facts.set(path, {md5: md5.digest('hex')});
  };
  return {facts, visit};
}

const md5Of = (content: Buffer): string => hash('md5', content, 'hex');

async function gather(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of content) parts.push(part);
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}

/** What is remembered of a file whose content is held in memory. */
export function factsOf({path}: Pick<DebEntry, 'path'>, content: Buffer, scope: 'errors' | 'all'): FileFacts {
  const isText = TEXTS.test(path) && content.length <= LONGEST_TEXT;
  return {
    md5: md5Of(content),
    size: content.length,
    ...startFacts(path, content),
    ...(isText ? {text: content.toString()} : {}),
    ...(scope === 'all' ? pythonFacts(path, content) : {}),
    // What bytecode holds is in its source as well.
    secrets: path.includes('/__pycache__/') ? [] : findSecrets(content),
  };
}

const pythonFacts = (path: string, content: Buffer): Partial<FileFacts> => ({
  recordHash: `sha256=${hash('sha256', content, 'base64url')}`,
  ...(path.endsWith('.pyc') ? {pyc: pycFacts(path, content)} : {}),
  ...(path.endsWith('.py') ? {sourceHashes: hashesOf(path, content)} : {}),
});

function startFacts(path: string, content: Buffer): Pick<FileFacts, 'shebang' | 'elf'> {
  if (content[0] === 0x23 && content[1] === 0x21) {
    const end = content.indexOf(0x0a);
    return {shebang: content.toString('utf8', 2, end < 0 ? Math.min(content.length, 4096) : end)};
  }
  if (content[0] !== 0x7f) return {};
  return {elf: unlessBroken(() => readElf(content, path))};
}

function pycFacts(path: string, content: Buffer): FileFacts['pyc'] {
  const header = unlessBroken(() => readPycHeader(content, path));
  return header && {...header, compiledFrom: compiledPath(content, path)};
}

/** One for each magic number that bytecode of its Python may have: which it has is told by another file. */
function hashesOf(path: string, content: Buffer): FileFacts['sourceHashes'] {
  const python = pythonOf(path);
  const known = python === undefined ? undefined : bytecodeOf(python);
  if (known === undefined) return undefined;
  // The whole magic number has CR LF behind its 16 bits.
  const hashOf = (magic: number) => sipHash(content, magic + 0x0a0d0000, known.hash);
  return new Map(known.magics.map((magic) => [magic, hashOf(magic)]));
}

/** `python3.11` or `pypy3.9` for what lies below such a folder of a lib. */
export const pythonOf = (path: string): string | undefined =>
  /(?:^|\/)lib\/((?:python|pypy)3\.\d+)\//.exec(path)?.[1];

const unlessBroken = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch (error) {
    if (error instanceof MkvenvdebError) return undefined;
    throw error;
  }
};

/** A file that is too large to hold: no text, no bytecode; secrets are looked for piece by piece. */
async function stream(content: AsyncIterable<Buffer>, scope: 'errors' | 'all'): Promise<FileFacts> {
  const md5 = createHash('md5');
  const sha256 = scope === 'all' ? createHash('sha256') : undefined;
  const secrets = new Map<number, Secret>();
  let size = 0;
  let held: Buffer[] = [];
  let heldLength = 0;
  const look = () => {
    const piece = Buffer.concat(held);
    const start = size - piece.length;
    for (const one of findSecrets(piece))
      secrets.set(start + one.offset, {...one, offset: start + one.offset});
    held = [Buffer.from(piece.subarray(-AGAIN))];
    heldLength = (held[0] as Buffer).length;
  };
  for await (const chunk of content) {
    md5.update(chunk);
    sha256?.update(chunk);
    size += chunk.length;
    held.push(chunk);
    heldLength += chunk.length;
    if (heldLength >= PIECE) look();
  }
  look();
  const recordHash = sha256 ? {recordHash: `sha256=${sha256.digest('base64url')}`} : {};
  return {md5: md5.digest('hex'), ...recordHash, size, secrets: [...secrets.values()]};
}
