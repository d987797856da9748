import type {Person} from '../formats/core-metadata.js';
import type {Context} from '../report.js';
import type {ParsedOptions} from './schema/index.js';
import type {ReleaseConfig} from './schema/release.js';

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? {readonly [Key in keyof T]: DeepReadonly<T[Key]>}
    : T;

/** What is packed. */
export type Source =
  /** A project folder; `installable` is false where it holds nothing that pip could install. */
  | {readonly kind: 'folder'; readonly path: string; readonly installable: boolean}
  | {readonly kind: 'sdist'; readonly path: string}
  | {readonly kind: 'wheel'; readonly path: string}
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

/** Lists of wildcards for folders that are named after the package. */
type DocumentKey = 'manpages' | 'info' | 'docs' | 'examples';

/**
 * Options, resolved: every list is filled, every path absolute, every URL expanded. Only what comes from the
 * project's metadata (package, version, maintainer, description, homepage, prefix) and what has no static default may
 * be undefined.
 */
export type Config = DeepReadonly<Omit<ParsedOptions, 'source' | 'requirements' | 'files' | DocumentKey>> & {
  readonly source: Source;
  /** Absolute paths of requirement files. */
  readonly requirements: readonly string[];
  readonly files: readonly PackedFile[];
  /** Targets begin below the folder of the package that they go to. */
  readonly manpages: readonly PackedFile[];
  readonly info: readonly PackedFile[];
  readonly docs: readonly PackedFile[];
  readonly examples: readonly PackedFile[];
  /** Folder that temporary and relative things refer to: the one of the project, else the working folder. */
  readonly project: string;
  /** The files that the options came from. */
  readonly configFiles: readonly string[];
  /** How releases are made; builds do not read it. */
  readonly release: DeepReadonly<ReleaseConfig>;
  /** Texts that must never be shown: passwords of URLs, values that came into them from the environment. */
  readonly secrets: readonly string[];
};

/** What a project says of itself, as far as it can be known before it is built. */
export interface ProjectMetadata {
  /** As the project spells it. */
  readonly name?: string;
  /** As the project spells it (PEP 440). */
  readonly version?: string;
  readonly summary?: string;
  readonly homepage?: string;
  /** Maintainers, else authors; the first with a name and an address can stand for the package. */
  readonly maintainers: readonly Person[];
  /** Names of the commands that will be in `bin/`. */
  readonly scripts: readonly string[];
  /** Dependency specifiers (PEP 508); undefined when only a build tells them. */
  readonly dependencies?: readonly string[];
  /** Fields that only a build tells, by their names in PEP 621. */
  readonly dynamic: readonly string[];
}

/** Runs something with a copy of a folder and removes the copy, whatever happens. */
export type WithCopy = <T>(folder: string, use: (copy: string) => Promise<T>) => Promise<T>;

export interface ReadProjectOptions extends Pick<Context, 'signal' | 'report'> {
  /** What runs a setup.py, and where it may write what it likes. @default what only code tells stays undefined */
  readonly ask?:
    | {
        readonly executable: string;
        readonly withCopy: WithCopy;
        /** See RunOptions. */
        readonly under?: readonly string[] | undefined;
      }
    | undefined;
}
