/** One thing that was looked at, and what was found. */
export interface Finding {
  /** `interpreter`, `pip`, `compiler` … */
  readonly subject: string;
  /** `error`: no package can be built. `warning`: some cannot, or something is missing that helps. */
  readonly state: 'ok' | 'warning' | 'error';
  /** What is there: a version, a path, a number. */
  readonly found: string;
  /** What follows of it. */
  readonly meaning?: string;
  /** Debian packages that cure it. */
  readonly packages?: readonly string[];
  /** What cures it, as a command line or a sentence. */
  readonly cure?: string;
}

/** A finding without its cure as a command line: who runs us decides that. */
export type Raw = Omit<Finding, 'cure'> & {readonly hint?: string | undefined};

export const ok = (subject: string, found: string, meaning?: string): Raw => ({
  subject,
  state: 'ok',
  found,
  ...(meaning === undefined ? {} : {meaning}),
});

/** Whoever runs the command line that installs packages, and where. */
export interface Installing {
  /** What only root may do is asked of sudo. */
  readonly isRoot: boolean;
  /** Whether apt knows what there is: images of containers come without its lists. */
  readonly hasLists: boolean;
}

/** The command line that installs packages. */
export function installCommand(packages: readonly string[], {isRoot, hasLists}: Installing): string {
  const apt = isRoot ? 'apt-get' : 'sudo apt-get';
  return `${hasLists ? '' : `${apt} update && `}${apt} install ${packages.join(' ')}`;
}
