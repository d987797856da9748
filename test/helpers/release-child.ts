/**
 * A release with places that are folders, in a process of its own that can be killed anywhere:
 *
 *     node release-child.js JSON
 */
import {copyFile, mkdir} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {exitCodeFor, MkvenvdebError} from '../../lib/errors.js';
import {digestFile} from '../../lib/formats/digests.js';
import {releaseWith} from '../../lib/release/release.js';
import type {ReleaseOptions} from '../../lib/release/release-types.js';
import type {Release, Target} from '../../lib/release/target.js';
import {git} from './release-project.js';

export interface ChildTask {
  readonly options: ReleaseOptions;
  /** Folder that stands for everything that is public. */
  readonly place: string;
  /** The bare repository. */
  readonly remote: string;
  /** Where it kills itself: `step sdist`, `done gate`, `publish index 1`. */
  readonly kill?: string;
  /** Where a place fails: `publish apt 0`. */
  readonly fail?: string;
  /** Seconds that the clock is ahead. */
  readonly ahead?: number;
}

const task: ChildTask = JSON.parse(process.argv[2] ?? '');

function at(point: string): void {
  if (point === task.kill) process.kill(process.pid, 'SIGKILL');
  if (point === task.fail) throw new MkvenvdebError('E_PUBLISH', `Place fails at ${point}`);
}

/** A folder that files are copied into, one by one. */
function folderTarget(name: string, kinds: readonly string[]): Target {
  const folder = join(task.place, name);
  const ours = ({artifacts}: Release) => artifacts.filter(({kind}) => kinds.includes(kind));
  return {
    name,
    place: folder,
    irreversible: name === 'index',
    async preflight() {
      at(`preflight ${name}`);
    },
    async stage() {
      at(`stage ${name}`);
    },
    async publish(release) {
      await mkdir(folder, {recursive: true});
      let outcome: 'published' | 'there' = 'there';
      for (const [index, {file, sha256}] of ours(release).entries()) {
        at(`publish ${name} ${index}`);
        const target = join(folder, basename(file));
        const there = await digestFile(target).catch(() => undefined);
        if (there && there.sha256 !== sha256) throw new MkvenvdebError('E_PUBLISH', `Other bytes: ${target}`);
        if (there === undefined) outcome = 'published';
        await copyFile(file, target);
      }
      at(`published ${name}`);
      return outcome;
    },
    async verify(release) {
      at(`verify ${name}`);
      for (const {file, sha256} of ours(release))
        if ((await digestFile(join(folder, basename(file)))).sha256 !== sha256)
          throw new MkvenvdebError('E_PUBLISH', `Not there: ${file}`);
    },
  };
}

const tag: Target = {
  name: 'tag',
  place: 'origin',
  irreversible: false,
  async preflight() {
    at('preflight tag');
  },
  async publish({project, tag: name, commit}) {
    at('publish tag 0');
    await git(project, 'tag', '-f', '-am', name, name, commit);
    await git(project, 'push', '-q', '-f', 'origin', `refs/tags/${name}`);
    at('published tag');
    return 'published';
  },
  async verify() {
    at('verify tag');
  },
};

const real = Date.now;
Date.now = () => real() + (task.ahead ?? 0) * 1000;
const options: ReleaseOptions = {
  ...task.options,
  report: (event) => {
    if (event.type === 'step' || event.type === 'done') at(`${event.type} ${event.name}`);
  },
};
const places = [folderTarget('index', ['sdist', 'wheel']), folderTarget('apt', ['deb'])];

try {
  const result = await releaseWith(options, {targetsOf: () => ({places, tag})});
  process.stdout.write(JSON.stringify(result));
} catch (error) {
  const {message, issues = [], hint} = error as MkvenvdebError;
  process.stdout.write(JSON.stringify({message, issues, hint}));
  process.exitCode = exitCodeFor(error);
}
