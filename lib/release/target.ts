/** One file of a release. */
export interface Artifact {
  readonly kind: 'sdist' | 'wheel' | 'deb' | 'buildinfo' | 'changes';
  /** Absolute path. */
  readonly file: string;
  readonly sha256: string;
  readonly size: number;
  /** The cell that made it; undefined for sdist and wheel. */
  readonly cell?: string | undefined;
}

/** What is known before anything is built. */
export interface PlannedRelease {
  /** Name of the Debian package. */
  readonly package: string;
  /** Name of the distribution (PyPA), as the project spells it; undefined where no sdist or wheel is made. */
  readonly distribution: string | undefined;
  /** As pip spells it (PEP 440, normalised). */
  readonly version: string;
  /** Name of the tag. */
  readonly tag: string;
  /** Full hash of the commit. */
  readonly commit: string;
  /** Folder of the git repository. */
  readonly project: string;
}

/** A release whose files are all built. */
export interface Release extends PlannedRelease {
  readonly artifacts: readonly Artifact[];
}

/** A place that a release goes to. All of it can be repeated: what is done is found done. */
export interface Target {
  /** For people: 'package index', 'apt repository', 'tag' … */
  readonly name: string;
  /** Which: a URL without account, a folder. */
  readonly place: string;
  /** Whether what is published here can never be taken back. */
  readonly irreversible: boolean;
  /** Whether nobody can be asked what is there: what succeeded once is not done again. @default false */
  readonly blind?: boolean;
  /**
   * Try credentials and place before the long build; changes nothing.
   *
   * @throws MkvenvdebError E_PUBLISH
   */
  preflight(release: PlannedRelease): Promise<void>;
  /** Put there what nobody sees yet. */
  stage?(release: Release): Promise<void>;
  /**
   * Make it public.
   *
   * @returns Whether it had to be published
   * @throws MkvenvdebError E_PUBLISH
   */
  publish(release: Release): Promise<'published' | 'there'>;
  /**
   * Ask the place whether it has this, by hashes.
   *
   * @throws MkvenvdebError E_PUBLISH that names what it has not
   */
  verify(release: Release): Promise<void>;
}
