import {MkvenvdebError} from '../errors.js';
import type {FileLine} from '../formats/requirements.js';
import type {Context} from '../report.js';
import {run} from '../run.js';
import {which} from './interpreter.js';

/** How the network is kept away from everything that a build runs. */
export interface Isolation {
  /** `namespace`: the kernel has none for them. `settings`: pip, git and what heeds proxies are told to use none. */
  readonly by: 'namespace' | 'settings';
  /** Command line that runs the rest of its arguments so. */
  readonly under: readonly string[];
}

/** Options of unshare(1): for whoever may make a namespace, and for other users where the kernel lets them. */
const WAYS = [['--net'], ['--user', '--map-current-user', '--net']];

const tried = new Map<string, Promise<Isolation>>();

/** Find out how the network can be taken away here: by trying, once for each search path. */
export function findIsolation(path: string, {signal}: Pick<Context, 'signal'>): Promise<Isolation> {
  const known = tried.get(path) ?? tryIsolation(path, signal);
  tried.set(path, known);
  // An abort tells nothing about this machine.
  known.catch(() => tried.delete(path));
  return known;
}

async function tryIsolation(path: string, signal: AbortSignal | undefined): Promise<Isolation> {
  const unshare = await which('unshare', path);
  for (const options of unshare === undefined ? [] : WAYS) {
    const under = [unshare as string, ...options, '--'];
    const how = {cwd: '/', env: {PATH: path}, signal, under, tolerant: true} as const;
    if ((await run('/bin/sh', ['-c', 'exit 0'], how)).exitCode === 0) return {by: 'namespace', under};
  }
  return {by: 'settings', under: []};
}

/** Told where the kernel does not help. */
export const NO_NAMESPACE = {
  type: 'warning',
  code: 'no-network-namespace',
  message: 'The network is only switched off by settings: this machine lets nobody make a network namespace',
  hint: 'A back end or a hook that heeds no settings could still reach it: build as root, or allow user namespaces',
} as const;

/** What of a configuration may name a place on the network. */
export interface Asked {
  readonly source: {readonly kind: string; readonly requirement?: string};
  readonly preinstall: readonly string[];
  readonly buildRequires: readonly string[];
  readonly findLinks: readonly string[];
  readonly pipArgs: readonly string[];
}

/**
 * Refuse what can only be fetched, all of it at once and before anything is done.
 *
 * @throws E_OPTION that names every one
 */
export function refuseRemote(asked: Asked, lines: readonly FileLine[]): void {
  const {source, preinstall, buildRequires, findLinks, pipArgs} = asked;
  const texts = [source.requirement ?? '', ...preinstall, ...buildRequires, ...findLinks, ...pipArgs];
  const issues = [
    ...texts.filter(isRemote),
    ...lines.flatMap(({file, line, text}) => (isRemote(text) ? [`${file}:${line}: ${text}`] : [])),
  ];
  const [first, ...more] = issues;
  if (first === undefined) return;
  const hint = 'Put it into a folder of find_links, or name a local path (docs/offline-builds.md)';
  const only = `Offline, nothing can be fetched: ${first}`;
  throw new MkvenvdebError(
    'E_OPTION',
    more.length === 0 ? only : `Offline, nothing can be fetched: ${issues.length} places`,
    {hint, ...(more.length === 0 ? {} : {issues})},
  );
}

/** A URL of another scheme than `file`, or what git takes for a host (`git+git@host:path`). */
const isRemote = (text: string): boolean =>
  /\b(?!(?:git\+|hg\+|svn\+|bzr\+)?file:)[a-z][a-z0-9+.-]{0,60}:\/\//i.test(text) ||
  /\bgit\+[^/\s]{1,300}@/.test(text);
