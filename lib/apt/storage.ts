/** A file as a storage knows it, without reading it. */
export interface StoredFile {
  readonly size: number;
  /** Whole seconds since 1970. */
  readonly mtime: number;
}

/** A file as it is at one moment. */
export interface Snapshot extends StoredFile {
  readonly bytes: Buffer;
  /** Names this content of the file, as an ETag does: another content has another one. */
  readonly version: string;
}

/** A file of this machine, and what its content has to be when it is taken. */
export interface LocalFile {
  /** Absolute path. */
  readonly file: string;
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

export type Content = Uint8Array | readonly Uint8Array[] | LocalFile;

/**
 * Where a repository lies. Paths are relative to its root, with `/`. A file has its name only when it is whole, and
 * it is durable once `sync` has returned. What is behind this may be a file system, or an object store that knows
 * conditional writes: nothing is renamed, a folder needs not be made, and nothing is listed to publish.
 */
export interface Storage {
  /**
   * True where writers take turns by a lock; where they do not, `swap` alone decides who was first, and what has a
   * name is written after it.
   */
  readonly takesTurns: boolean;
  /** @returns undefined where there is none */
  read(path: string): Promise<Buffer | undefined>;
  /** @returns undefined where there is none */
  snapshot(path: string): Promise<Snapshot | undefined>;
  stat(path: string): Promise<StoredFile | undefined>;
  /**
   * A new file; one that has the name already stays as it is. For what is named by its content, or never changes:
   * doing it again, or twice at once, is no harm. Where content can rot, one that is not the same any more is replaced.
   *
   * @returns whether it was
   * @throws E_IO when a local file is no longer what it was
   */
  create(path: string, content: Content): Promise<boolean>;
  /** In the place of what has the name now. @param mtime in seconds since 1970; told to clients as Last-Modified */
  replace(path: string, content: Uint8Array | readonly Uint8Array[], mtime?: number): Promise<void>;
  /**
   * In the place of what has the name now, if that still is what the caller saw. In one step: of several writers that
   * saw the same, one succeeds.
   *
   * @returns false, with nothing done, when somebody else was quicker
   */
  swap(path: string, content: Uint8Array, options: SwapOptions): Promise<boolean>;
  /** And the folders that are empty then. Nothing happens where there is no such file. */
  remove(path: string): Promise<void>;
  /** Every file below a folder, sorted; never asked for while something is published. */
  list(folder: string): Promise<readonly string[]>;
  /** Only where files can be written by whoever reads them anyway. */
  readonly staging?: Staging;
  /** Everything that was written so far survives a power cut. */
  sync(): Promise<void>;
  /** What was left half written is removed. */
  close(): Promise<void>;
}

export interface SwapOptions {
  /** The version that the caller saw; undefined where there was no such file. */
  readonly before: string | undefined;
  /** As for `replace`. */
  readonly mtime?: number;
}

/**
 * A folder beside the files of a storage, for new ones: each is written there at the path that it shall have, by a
 * thread that has it in memory, say. What is not adopted goes when the storage is closed.
 */
export interface Staging {
  /** Absolute path of the storage, where a file may have its name already. */
  readonly root: string;
  /** @returns absolute path of the folder, which is made once */
  open(): Promise<string>;
  /**
   * Give whole files their names. As with `create`, one that has its name already stays as it is.
   *
   * @param paths of all that were written there
   */
  adopt(paths: readonly string[]): Promise<void>;
}
