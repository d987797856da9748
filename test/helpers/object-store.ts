import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {setImmediate as turn, setTimeout as wait} from 'node:timers/promises';
import type {Content, Snapshot, Storage} from '../../lib/apt/storage.js';
import {MkvenvdebError} from '../../lib/errors.js';

interface StoredObject {
  readonly bytes: Buffer;
  readonly mtime: number;
  readonly etag: string;
}

export interface ObjectStoreOptions {
  /** Of each request, at most, in milliseconds. @default 0 */
  readonly latency?: number;
  /** Called before and after each change; throws what goes wrong with the request, or with its answer. */
  readonly fault?: (moment: 'request' | 'answer', what: string, path: string) => void;
}

/** An object store in memory: conditional writes, ETags, no rename, no folders, no lock. */
export interface ObjectStore {
  readonly storage: Storage;
  /** What is there now, in one step. */
  readonly objects: ReadonlyMap<string, StoredObject>;
  /** Called after each change. */
  onChange: () => void;
  /** How often it was asked for a list. */
  readonly lists: () => number;
}

export function objectStore({latency = 0, fault = () => {}}: ObjectStoreOptions = {}): ObjectStore {
  const objects = new Map<string, StoredObject>();
  let lists = 0;
  let seed = 1;
  const pause = async () => {
    seed = (seed * 16807) % 2147483647;
    if (latency > 0) await wait((seed % 1000) * (latency / 1000));
    else await turn();
  };
  const put = (path: string, bytes: Buffer, mtime = Math.floor(Date.now() / 1000)) => {
    objects.set(path, {bytes, mtime, etag: createHash('md5').update(bytes).digest('hex')});
    store.onChange();
  };
  const change = async (what: string, path: string, work: () => boolean): Promise<boolean> => {
    await pause();
    fault('request', what, path);
    const done = work();
    fault('answer', what, path);
    await pause();
    return done;
  };
  const snapshot = async (path: string): Promise<Snapshot | undefined> => {
    await pause();
    const found = objects.get(path);
    return found && {bytes: found.bytes, size: found.bytes.length, mtime: found.mtime, version: found.etag};
  };
  const storage: Storage = {
    takesTurns: false,
    read: async (path) => (await snapshot(path))?.bytes,
    snapshot,
    stat: snapshot,
    async create(path, content) {
      const bytes = await bytesOf(content);
      await change('create', path, () => {
        if (!objects.has(path)) put(path, bytes);
        return true;
      });
      return false;
    },
    async replace(path, content, mtime) {
      const bytes = await bytesOf(content);
      await change('replace', path, () => {
        put(path, bytes, mtime);
        return true;
      });
    },
    swap: (path, content, {before, mtime}) =>
      change('swap', path, () => {
        if (objects.get(path)?.etag !== before) return false;
        put(path, Buffer.from(content), mtime);
        return true;
      }),
    remove: async (path) => void objects.delete(path),
    async list(folder) {
      lists += 1;
      return [...objects.keys()].filter((path) => path.startsWith(`${folder}/`)).sort();
    },
    sync: async () => {},
    close: async () => {},
  };
  const store = {storage, objects, onChange: () => {}, lists: () => lists};
  return store;
}

async function bytesOf(content: Content): Promise<Buffer> {
  if ('file' in content) return readFile(content.file);
  return content instanceof Uint8Array ? Buffer.from(content) : Buffer.concat(content);
}

/** What a client of an object store gives up with. */
export const outage = (what: string): MkvenvdebError => new MkvenvdebError('E_IO', `No answer: ${what}`);
