import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';

/** An empty system for the real dpkg: a folder with nothing but its database. */
export interface DpkgRoot {
  readonly folder: string;
  /** Run dpkg on it; rejects with dpkg's words when it fails. */
  dpkg(...args: string[]): Promise<string>;
}

/** Make one below a folder. Files get the owners that the package names only when run by root. */
export function makeDpkgRoot(parent: string): DpkgRoot {
  const folder = join(parent, 'root');
  for (const name of ['updates', 'info', 'triggers'])
    mkdirSync(join(folder, 'var/lib/dpkg', name), {recursive: true});
  for (const name of ['status', 'available']) writeFileSync(join(folder, 'var/lib/dpkg', name), '');
  const force = ['--force-not-root', '--force-script-chrootless', '--force-depends'];
  return {
    folder,
    dpkg: async (...args) => {
      const {stdout} = await execa('dpkg', [`--root=${folder}`, '--log=/dev/null', ...force, ...args], {
        env: {LC_ALL: 'C.UTF-8', PATH: `/usr/sbin:/sbin:${process.env.PATH}`},
      });
      return stdout;
    },
  };
}
