import {shellQuote} from '../../formats/quoting.js';
import {type Part, when, words} from './shell.js';

/** What ucf(1) leaves beside a file when an administrator keeps his own, or takes ours. */
const BESIDE = ['', '.ucf-new', '.ucf-old', '.ucf-dist'];

/**
 * Configuration files that ucf makes and cares for, by their paths; each is told by the packed file that it is made of.
 * A purge takes them; ucf may be gone by then.
 */
export const ucfPart = (files: Readonly<Record<string, string>>, packageName: string): Part => ({
  option: 'ucf',
  scripts: {
    postinst: when(
      '[ "$1" = configure ] || [ "$1" = abort-upgrade ]',
      Object.entries(files)
        .map(([path, source]) => `ucf ${words([source, path])}\nucfr ${words([packageName, path])}\n`)
        .join(''),
    ),
    postrm: when(
      '[ "$1" = purge ]',
      Object.keys(files)
        .map((path) => {
          const removed = BESIDE.map((end) => path + end);
          const file = shellQuote(path);
          return [
            `rm -f ${words(removed)}\n`,
            when('command -v ucf >/dev/null', `ucf --purge ${file}\n`),
            when('command -v ucfr >/dev/null', `ucfr --purge ${shellQuote(packageName)} ${file}\n`),
          ].join('');
        })
        .join(''),
    ),
  },
  depends: ['ucf'],
});
