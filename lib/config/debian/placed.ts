import {readdirSync, statSync} from 'node:fs';
import {basename, join, posix} from 'node:path';
import type {ContentContext} from './context.js';
import {expandGlob} from './lists.js';
import type {PlacingCall} from './rules.js';

/** A file of the project, where it goes, and whether a program of debhelper that handles units still sees it. */
export interface PlacedFile {
  readonly source: string;
  readonly target: string;
  readonly mode?: string;
  readonly early: boolean;
}

interface Placed {
  readonly files: readonly PlacedFile[];
  readonly folders: readonly string[];
  readonly links: Readonly<Record<string, string>>;
}

/** Those that come before the virtualenv in the sequence of dh. */
const EARLY = /dh_(?:auto_|install(?!deb))/;

/** What the commands of debian/rules put into a package. `existing` are folders that are there before them. */
export function placedIn(context: ContentContext, existing: readonly string[]): Placed {
  const {rules, package: owner, folder} = context;
  const [folders, known] = [new Set<string>(), new Set<string>()];
  const files: PlacedFile[] = [];
  const links: Record<string, string> = {};
  const note = (path: string) => {
    for (let at = path; !known.has(at) && at !== '/'; at = posix.dirname(at)) known.add(at);
  };
  for (const path of existing) note(path);
  for (const call of rules.placed.filter((one) => one.package === owner)) {
    const into = call.into || known.has(call.path);
    const at = (source: string) => (into ? posix.join(call.path, basename(source)) : call.path);
    const [source = ''] = call.sources;
    if (call.kind === 'directory') folders.add(call.path);
    if (call.kind === 'directory') note(call.path);
    if (call.kind === 'link') links[at(source)] = source;
    if (call.kind !== 'copy') continue;
    for (const path of sourcesOf(call, context)) {
      const isFolder = statSync(join(folder.project, path)).isDirectory();
      const mode = isFolder || call.mode === undefined ? {} : {mode: asFixed(call.mode)};
      files.push({source: path, target: at(path), ...mode, early: EARLY.test(call.target)});
      note(posix.dirname(at(path)));
    }
  }
  return {files, folders: [...folders], links};
}

/** Files of a call; `folder/.` is what lies in it. */
function sourcesOf(call: PlacingCall, {folder, problem, ignored}: ContentContext): readonly string[] {
  return call.sources.flatMap((source) => {
    const inner = source.endsWith('/.') ? source.slice(0, -2) : undefined;
    const found = expandGlob(folder.project, inner ?? source);
    if (found.length === 0 && !ignored(call.target)) {
      problem(
        `debian/rules:${call.line}: No file fits: ${source}`,
        `What is made by the build goes into the virtualenv by a hook; add ${JSON.stringify(call.target)} to debian_ignore`,
      );
    }
    if (inner === undefined) return found;
    return found.flatMap((path) =>
      readdirSync(join(folder.project, path))
        .sort()
        .map((name) => `${path}/${name}`),
    );
  });
}

/** dh_fixperms(1): everybody may read, and run what somebody may run. */
const asFixed = (mode: string): string => (/[1357]/.test(mode) ? '0755' : '0644');
