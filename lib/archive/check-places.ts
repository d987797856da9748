import {posix} from 'node:path';
import type {Issue} from '../model.js';
import {issueOf} from './check-codes.js';
import type {Facts} from './check-facts.js';
import type {DebContents} from './read.js';
import type {DebEntry} from './read-tar.js';

/** Where people, build daemons and pipelines build: homes, temporary folders, work folders of CI systems. */
export const BUILD_PLACE =
  /(?:^|[^\w./~-]|:\/\/)(\/(?:home\/[\w.-]+|root|Users\/[\w.-]+|tmp|var\/tmp|builds?|github\/workspace|__w|var\/lib\/jenkins|opt\/(?:hostedtoolcache|actions-runner)|workspace|debian\/[\w.+-]+)\/[\w./@+~-]*)/;

/** A path of a build machine in places where it does harm; see `forbidden` for paths that are known. */
export function* checkPlaces({entries}: DebContents, facts: Facts): Generator<Issue> {
  const tree = new Map(entries.map((entry) => [entry.path, entry]));
  for (const {path, type, mode, target = ''} of entries) {
    const told = facts.get(path);
    const place = (text: string | undefined, where: string, severity?: Issue['severity']) => {
      const found = BUILD_PLACE.exec(text ?? '')?.[1];
      if (found === undefined || isOurs(found, tree)) return [];
      return [issueOf('build-path', {file: path, message: `${where} has ${found}`, severity})];
    };
    if (type === 'symlink') yield* place(target, 'Its target', 'error');
    // Of what is run, another check tells that its interpreter is not there.
    if ((mode & 0o111) === 0) yield* place(told?.shebang, 'Its first line');
    if (LOOKED_AT.test(path)) yield* place(told?.text, 'Its text');
    if (told?.elf !== undefined) yield* searchPaths(path, told.elf.runpath ?? told.elf.rpath, tree);
  }
}

/** A RECORD names files of wheels as well, relative ones: absolute paths only matter there at the begin of a row. */
const LOOKED_AT = /(?:pyvenv\.cfg|direct_url\.json|\.pth|\.egg-link|\/RECORD)$/;

/** Folders that root alone may write to, and that the package or Debian's libraries fill. */
const SYSTEM = /^\/(?:usr\/)?lib(?:32|64|x32)?(?:\/|$)/;
const STRANGERS = /^\/(?:tmp|var\/tmp|dev\/shm)(?:\/|$)/;

function* searchPaths(
  path: string,
  search: string | undefined,
  tree: ReadonlyMap<string, DebEntry>,
): Generator<Issue> {
  if (search === undefined) return;
  for (const folder of search.split(':')) {
    if (/^\$\{?(?:ORIGIN|LIB|PLATFORM)\b/.test(folder)) continue;
    const message = folder === '' ? 'It looks in the working folder' : `It looks in ${folder}`;
    if (!folder.startsWith('/') || STRANGERS.test(folder))
      yield issueOf('rpath', {file: path, message, severity: folder === '' ? 'warning' : 'error'});
    else if (!SYSTEM.test(folder) && !isOurs(folder, tree))
      yield issueOf('rpath', {file: path, message, severity: 'warning'});
  }
}

const isOurs = (path: string, tree: ReadonlyMap<string, DebEntry>): boolean =>
  tree.has(posix.normalize(path).slice(1).replace(/\/$/, ''));
