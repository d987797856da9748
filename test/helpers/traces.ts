import {lstat, mkdir, mkdtemp, readdir} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** Everything below a folder with type, mode, size and time: equal listings mean that nobody touched it. */
export async function listing(folder: string): Promise<readonly string[]> {
  const lines = [];
  for (const path of ['.', ...(await readdir(folder, {recursive: true}))]) {
    const {mode, size, mtimeMs, ctimeMs} = await lstat(join(folder, path));
    lines.push(`${path} ${mode.toString(8)} ${size} ${mtimeMs} ${ctimeMs}`);
  }
  return lines.sort();
}

/**
 * Make a temporary folder of this test file's own and use it for all that the process does, so that litter can be
 * seen. What the caller's environment says about packages does not reach the tests.
 */
export async function ownTemporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mkvenvdeb-test-'));
  await mkdir(join(folder, 'tmp'));
  process.env.TMPDIR = join(folder, 'tmp');
  for (const name of ['DEBEMAIL', 'DEBFULLNAME', 'SOURCE_DATE_EPOCH']) delete process.env[name];
  return folder;
}
