import {cp, mkdir, readFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {root} from './suite.js';

interface Lock {
  readonly packages: Readonly<Record<string, {readonly dev?: boolean; readonly optional?: boolean}>>;
}

/**
 * Put the command and what it needs at run time into a folder, as npm would, without asking a registry: for users who
 * may not read the checkout, and for machines that have nothing else.
 *
 * @returns path of the command
 */
export async function installCli(folder: string): Promise<string> {
  const {packages} = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const needed = Object.entries(packages).filter(([path, {dev}]) => path !== '' && !dev);
  // Packages lie in others where two versions are needed: those that hold them come first, and bring them.
  const outer = needed.filter(([path]) => !path.includes('/node_modules/'));
  for (const path of ['package.json', 'dist/cli', 'dist/lib', ...outer.map(([path]) => path)]) {
    await mkdir(join(folder, dirname(path)), {recursive: true});
    // What is optional may be for another kind of machine.
    await cp(join(root, path), join(folder, path), {recursive: true}).catch((error) => {
      if (error.code !== 'ENOENT' || !packages[path]?.optional) throw error;
    });
  }
  return join(folder, 'dist/cli/mkvenvdeb.js');
}
