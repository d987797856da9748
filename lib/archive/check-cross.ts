import {createHash} from 'node:crypto';
import type {ArEntry} from 'ar-async';
import type {Issue} from '../model.js';
import type {ArMember} from './ar.js';
import {issueOf} from './check-codes.js';

/** What a reader says of a member. */
interface Seen {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/**
 * Read the ar archive once more, with a reader that is not ours, and compare. It comes after our own: it throws where
 * nobody can catch when a header is broken.
 *
 * @param digestOf SHA-256 of a member by our own reading
 */
export async function crossCheck(
  file: string,
  members: readonly ArMember[],
  digestOf: (member: ArMember) => Promise<string>,
): Promise<readonly Issue[]> {
  const ours: Seen[] = [];
  for (const member of members) {
    ours.push({name: member.name, size: member.size, sha256: await digestOf(member)});
  }
  const theirs = await readByArAsync(file);
  const show = (seen: readonly Seen[]) => seen.map(({name, size}) => `${name} (${size})`).join(', ');
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return [];
  return [
    issueOf('second-reader', {
      message: `Another ar reader finds other members: ${show(theirs)} instead of ${show(ours)}`,
    }),
  ];
}

async function readByArAsync(file: string): Promise<readonly Seen[]> {
  // Only now: who checks small packages on their way into a repository has no use for it.
  const {ArReader} = await import('ar-async');
  return new Promise((resolve, reject) => {
    const seen: Seen[] = [];
    const reader = new ArReader(file);
    reader.on('entry', (entry: ArEntry, next: () => void) => {
      digest(entry).then((sha256) => {
        seen.push({name: entry.fileName(), size: entry.fileSize(), sha256});
        next();
      }, reject);
    });
    reader.on('error', reject);
    reader.on('close', () => resolve(seen));
  });
}

async function digest(entry: ArEntry): Promise<string> {
  const hash = createHash('sha256');
  if (entry.fileSize() > 0) for await (const chunk of entry.fileData()) hash.update(chunk);
  return hash.digest('hex');
}
