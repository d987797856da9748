import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import type {Download} from './wheels.js';

/**
 * What pip downloaded, as a requirement file with hashes: giving it back as `requirements` repeats the installation
 * exactly. Sorted by name; folders that were built here are not in it.
 */
export async function lockFile(downloads: readonly Download[]): Promise<string> {
  const lines: string[] = [];
  for (const {file, wheel} of downloads) {
    const sha256 = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    lines.push(`${wheel.normalizedName}==${wheel.metadata.version} \\\n    --hash=sha256:${sha256}\n`);
  }
  return `# Written by mkvenvdeb --write-lock for one interpreter on one kind of machine.\n${lines.sort().join('')}`;
}
