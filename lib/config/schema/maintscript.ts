import {isDebianVersion, isNormalPath, isPackageName} from '../../formats/names.js';

const PATHS: Readonly<Record<string, number>> = {
  rm_conffile: 1,
  mv_conffile: 2,
  dir_to_symlink: 2,
  symlink_to_dir: 2,
};

/** A command of dpkg-maintscript-helper(1) as debhelper's `.maintscript` files hold it: words, parted by blanks. */
export function isMaintscript(text: string): boolean {
  const [command = '', ...words] = text.trim().split(/\s+/);
  const count = PATHS[command];
  if (count === undefined) return false;
  const [paths, [version, owner, ...rest]] = [words.slice(0, count), words.slice(count)];
  const [first, second] = paths;
  if (paths.length < count || rest.length > 0 || first === undefined || !isNormalPath(first)) return false;
  // What a symlink points to may be relative; a conffile's new name may not.
  if (command === 'mv_conffile' && !isNormalPath(second ?? '')) return false;
  return (version === undefined || isDebianVersion(version)) && (owner === undefined || isPackageName(owner));
}
