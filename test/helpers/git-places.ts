import {chmod, mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';

const WHO = ['-c', 'user.name=Jo', '-c', 'user.email=jo@example.org'];

/** A bare repository and a clone of it with two commits, both pushed. */
export interface GitPlaces {
  readonly bare: string;
  readonly clone: string;
  /** The first commit and the second. */
  readonly commits: readonly [string, string];
  /** Run git in the clone. */
  git(...args: readonly string[]): Promise<string>;
  /** Another clone. */
  another(): Promise<string>;
  /** Refs of the bare repository, with the object that each names. */
  refs(): Promise<ReadonlyMap<string, string>>;
}

export async function gitPlaces(folder: string): Promise<GitPlaces> {
  const [bare, clone] = [join(folder, 'bare.git'), join(folder, 'clone')];
  await mkdir(folder, {recursive: true});
  await execa('git', ['init', '--quiet', '--bare', '-b', 'main', bare]);
  await execa('git', ['clone', '--quiet', bare, clone]);
  const git = async (...args: readonly string[]) =>
    (await execa('git', [...WHO, ...args], {cwd: clone})).stdout;
  await git('checkout', '--quiet', '-B', 'main');
  for (const message of ['first', 'second']) {
    await writeFile(join(clone, 'file'), message);
    await git('add', 'file');
    await git('commit', '--quiet', '-m', message);
  }
  await git('push', '--quiet', 'origin', 'main');
  const commits = [await git('rev-parse', 'HEAD~'), await git('rev-parse', 'HEAD')] as const;
  let count = 0;
  return {
    bare,
    clone,
    commits,
    git,
    async another() {
      count += 1;
      const other = join(folder, `clone-${count}`);
      await execa('git', ['clone', '--quiet', bare, other]);
      return other;
    },
    async refs() {
      const {stdout} = await execa('git', ['show-ref', '--dereference'], {cwd: bare, reject: false});
      const lines = stdout.split('\n').filter(Boolean);
      return new Map(lines.map((line) => line.split(' ').reverse() as [string, string]));
    },
  };
}

/** A hook of a repository, as a shell script. */
export async function writeHook(repository: string, name: string, script: string): Promise<void> {
  const file = join(repository, 'hooks', name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}
