import type {Entry} from '../model.js';

/**
 * The Installed-Size field by the rule of dpkg-gencontrol: for each file and symlink its size in KiB, rounded up, for
 * each directory (the root `./` as well) 1; hard links count once.
 */
export function installedSize(entries: readonly Entry[]): number {
  const root = 1;
  return entries.reduce((sum, entry) => sum + kibibytes(entry), root);
}

function kibibytes({type, size, target = ''}: Entry): number {
  switch (type) {
    case 'directory':
      return 1;
    case 'hardlink':
      return 0;
    case 'symlink':
      return Math.ceil(Buffer.byteLength(target) / 1024);
    case 'file':
      return Math.ceil(size / 1024);
  }
}
