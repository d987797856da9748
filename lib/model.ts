/**
 * What the Python side and the Debian side both speak. Types only: no code, no imports.
 *
 * Two paths are two fields everywhere: a *staged* path is where a thing lies while the package is being built, a
 * plain path is where it will live on the server. What goes into the package uses the latter.
 */

/** One member of the data archive. */
export interface Entry {
  /** Where it will live, without leading slash and without trailing slash: `opt/warehouse/bin/python`. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink';
  /** Permission bits only, `mode & 0o7777`. */
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
  /** Seconds since 1970, a whole number; never read from the disk. */
  readonly mtime: number;
  /** Bytes of content; 0 for all but files. */
  readonly size: number;
  /** Of a file: where its content lies on this machine … */
  readonly source?: string;
  /** … or the content itself. */
  readonly data?: Uint8Array;
  /** Of a symlink: what it points to, as it is written. Of a hard link: the `path` of the earlier entry. */
  readonly target?: string;
  /** Normalised name of the distribution whose RECORD names it; undefined for what belongs to none. */
  readonly distribution?: string;
  /** A file under /etc that dpkg shall treat as a conffile. */
  readonly conffile?: boolean;
}

/** An installed distribution: a project in one version, as its `*.dist-info` describes it (PyPA core metadata). */
export interface Distribution {
  /** As METADATA spells it. */
  readonly name: string;
  /** PEP 503: lower case, runs of `-_.` become one `-`. */
  readonly normalizedName: string;
  readonly version: string;
  /** Its `.dist-info` (or `.egg-info`) relative to the prefix: `lib/pypy3.9/site-packages/x-1.0.dist-info`. */
  readonly distInfo: string;
  readonly summary?: string;
  /** Newest time among the members of the wheel it was installed from, in seconds since 1970. */
  readonly newestMember?: number;
  /** The sdist or wheel that it came from; undefined for what was built of a folder. */
  readonly archive?: {readonly name: string; readonly sha256: string};
}

/** What an installed distribution says of itself beyond its name, for the copyright file and the bill of materials. */
export interface DistributionDetails extends Distribution {
  readonly homepage?: string;
  /** SPDX expression (PEP 639). */
  readonly licenseExpression?: string;
  /** The free text that came before expressions. */
  readonly license?: string;
  /** `License :: …` only. */
  readonly classifiers: readonly string[];
  /** Licence files that it brings, by their names below its `.dist-info`. */
  readonly licenseFiles: readonly {readonly name: string; readonly text: string}[];
  /** Authors, else maintainers: `Jo Doe <jo@example.org>`. */
  readonly people: readonly string[];
  /** Normalised names of installed distributions that it depends on, sorted. */
  readonly requires: readonly string[];
  /** What is packed, not what it needs. */
  readonly isProject: boolean;
}

/** A Python interpreter of this machine and what it will be on the server. */
export interface Interpreter {
  readonly implementation: 'pypy' | 'cpython';
  /** The versioned executable on this machine: `/usr/bin/pypy3.9`. */
  readonly executable: string;
  /** Of the language: `3.9.16`. */
  readonly pythonVersion: string;
  /** Of the implementation: `7.3.11` for PyPy, the same as `pythonVersion` for CPython. */
  readonly implementationVersion: string;
  /** Of bytecode files: `pypy39`, `cpython-311`. */
  readonly cacheTag: string;
  /** Where a venv keeps pure modules, relative to its prefix: `lib/pypy3.9/site-packages`. */
  readonly sitePackages: string;
  /** The link's target on the server: `/usr/bin/pypy3.9`. */
  readonly target: string;
  /** The Debian package that owns `executable`, by dpkg's database; undefined where none does. */
  readonly owner?: {readonly package: string; readonly version: string};
  /** Distributions that come with the interpreter itself (PyPy's cffi, greenlet …). */
  readonly builtinDistributions: readonly {readonly name: string; readonly version: string}[];
}

/** A virtualenv in the stage, everything installed. */
export interface StagedVenv {
  /** Folder that stands for `/` of the server. */
  readonly stage: string;
  /** `stage` + `prefix`. */
  readonly stagedPrefix: string;
  /** Where the virtualenv will live: `/opt/warehouse`. */
  readonly prefix: string;
  readonly interpreter: Interpreter;
  readonly distributions: readonly Distribution[];
}

/** The same after every path in it was made that of the server. */
export interface RelocatedVenv extends StagedVenv {
  /** Rewritten files, relative to the prefix, sorted: for the report. */
  readonly rewritten: readonly string[];
}

/** A finding of a check. */
export interface Issue {
  /** Stable identifier, such as `pax-header`. */
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'info';
  /** Member or path concerned. */
  readonly file?: string;
  readonly message: string;
  /** What cures it. */
  readonly cure?: string;
}

/** The package as it lies on the disk. */
export interface DebFile {
  /** Absolute path. */
  readonly file: string;
  readonly package: string;
  /** Complete Debian version: `1:2.0-1`. */
  readonly version: string;
  readonly architecture: string;
  /** Bytes of the file. */
  readonly size: number;
  /** KiB, as in the Installed-Size field. */
  readonly installedSize: number;
  /** Hexadecimal. */
  readonly sha256: string;
}
