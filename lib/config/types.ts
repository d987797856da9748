import type {ParsedOptions} from './schema/index.js';

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? {readonly [Key in keyof T]: DeepReadonly<T[Key]>}
    : T;

/** What is packed. */
export type Source =
  /** A project folder; `installable` is false where it holds nothing that pip could install. */
  | {readonly kind: 'folder'; readonly path: string; readonly installable: boolean}
  | {readonly kind: 'sdist' | 'wheel'; readonly path: string}
  /** A requirement (PEP 508); `version` where it names exactly one. */
  | {
      readonly kind: 'requirement';
      readonly requirement: string;
      readonly name: string;
      readonly version?: string;
    };

/** A file or folder of this machine that is packed beside the virtualenv, wildcards already expanded. */
export interface PackedFile {
  /** Absolute path of a file, folder or symbolic link. */
  readonly source: string;
  /** Absolute path on the server. */
  readonly target: string;
  /** Permission bits for it, or for the files in it. @default 0755 for what is executable here, else 0644 */
  readonly mode?: number;
}

/**
 * Options, resolved: every list is filled, every path absolute, every URL expanded. Only what comes from the
 * project's metadata (package, version, maintainer, description, homepage, prefix) and what has no static default may
 * be undefined.
 */
export type Config = DeepReadonly<Omit<ParsedOptions, 'source' | 'requirements' | 'files'>> & {
  readonly source: Source;
  /** Absolute paths of requirement files. */
  readonly requirements: readonly string[];
  readonly files: readonly PackedFile[];
  /** Folder that temporary and relative things refer to: the one of the project, else the working folder. */
  readonly project: string;
  /** The files that the options came from. */
  readonly configFiles: readonly string[];
  /** Texts that must never be shown: passwords of URLs, values that came into them from the environment. */
  readonly secrets: readonly string[];
};
