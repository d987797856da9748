import {MkvenvdebError} from '../errors.js';
import {compareBytes} from '../formats/order.js';
import type {Entry} from '../model.js';

/**
 * Mark the conffiles of a payload: every regular file below /etc (Policy 10.7), and those that are named.
 *
 * @param given absolute paths on the server
 * @throws E_PAYLOAD with every named path that is no file of the payload, and every conffile whose name dpkg would
 *   misread
 */
export function markConffiles(entries: readonly Entry[], given: readonly string[] = []): readonly Entry[] {
  const wanted = new Set(given);
  const marked = entries.map((entry) =>
    entry.type === 'file' && (entry.path.startsWith('etc/') || wanted.has(`/${entry.path}`))
      ? {...entry, conffile: true}
      : entry,
  );
  const names = marked.filter(({conffile}) => conffile).map(({path}) => `/${path}`);
  const packed = new Set(names);
  const problems = [
    ...[...wanted]
      .filter((path) => !packed.has(path))
      .map((path) => `Conffile is no file of the package: ${path}`),
    // dpkg strips them (deb-conffiles(5)), and would look for another file.
    ...names
      .filter((path) => /\s$/.test(path))
      .map((path) => `Conffile name ends in a blank: ${JSON.stringify(path)}`),
  ];
  const [first] = problems;
  if (first === undefined) return marked;
  throw new MkvenvdebError('E_PAYLOAD', first, {issues: problems.length > 1 ? problems : []});
}

/** The control file conffiles (deb-conffiles(5)); an empty text when there is none. */
export const formatConffiles = (files: readonly Pick<Entry, 'path' | 'conffile'>[]): string =>
  files
    .filter(({conffile}) => conffile)
    .map(({path}) => `/${path}\n`)
    .sort(compareBytes)
    .join('');
