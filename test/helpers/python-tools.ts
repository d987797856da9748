import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';

/** Package indexes that others have written, and a parser of Groovy. */
const REQUIREMENTS = ['pypiserver[passlib]==2.4.2', 'devpi-server==6.20.3', 'groovy-parser==0.2.2'];

/**
 * A virtualenv with tools that Debian has not, made once per machine.
 *
 * @returns why there is none, where no package index gives them
 */
export async function pythonTools(): Promise<{readonly bin: string} | string> {
  const key = createHash('sha256').update(REQUIREMENTS.join()).digest('hex').slice(0, 16);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mkvenvdeb-test');
  const folder = join(cache, `python-tools-${key}`);
  const bin = join(folder, 'bin');
  if (existsSync(join(folder, 'ready'))) return {bin};
  await mkdir(cache, {recursive: true});
  const script = `[ -f "$0/ready" ] || {
    rm -rf "$0" && /usr/bin/python3 -m venv "$0" &&
    "$0/bin/pip" --disable-pip-version-check --quiet install "$@" && touch "$0/ready"
  }`;
  const made = await execa('flock', [`${folder}.lock`, 'sh', '-c', script, folder, ...REQUIREMENTS], {
    reject: false,
    all: true,
  });
  return made.exitCode === 0 ? {bin} : `they cannot be installed: ${made.all.trim().split('\n').at(-1)}`;
}
