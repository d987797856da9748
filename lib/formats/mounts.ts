/** A mounted file system (fstab(5), proc(5)). */
export interface Mount {
  /** Where it is mounted. */
  readonly folder: string;
  /** Such as `ext4`. */
  readonly type: string;
  readonly options: ReadonlySet<string>;
}

/** Read /proc/self/mounts, in its order: later lines cover earlier ones. Lines that are none are left out. */
export function parseMounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [, folder, type, options] = line.split(' ');
    if (folder === undefined || type === undefined || options === undefined) return [];
    return [{folder: unescaped(folder), type, options: new Set(options.split(','))}];
  });
}

/** The file system that an absolute path lies on: that of the longest folder above it, of several the last. */
export function findMount(mounts: readonly Mount[], path: string): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of mounts) {
    const {folder} = mount;
    const isAbove = folder === '/' || path === folder || path.startsWith(`${folder}/`);
    if (isAbove && folder.length >= (found?.folder.length ?? 0)) found = mount;
  }
  return found;
}

/** Blanks, line breaks and backslashes of a path are octal numbers there. */
const unescaped = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
