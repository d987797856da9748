import type {Config} from '../config/types.js';
import type {Caller} from '../context.js';
import {FALLBACK_EPOCH} from '../epoch.js';
import {CommandError, MkvenvdebError} from '../errors.js';
import type {Probe} from '../python/interpreter.js';
import {findIsolation} from '../python/offline.js';
import {openWorkspace} from '../python/open.js';
import {pip, type Workspace} from '../python/workspace.js';
import {usableCache} from '../work.js';
import {ok, type Raw} from './finding.js';

export interface AskOptions {
  readonly config: Config;
  readonly caller: Caller;
  readonly probe: Probe;
  /** Empty folder. */
  readonly work: string;
}

/** What installs, what builds come with, and whether the index answers: found out as a build would. */
export async function examinePip(options: AskOptions): Promise<readonly Raw[]> {
  try {
    const workspace = await openFor(options);
    const {pip: found} = workspace;
    return [
      ok('pip', `${found.version}, run from outside the virtualenv`),
      seeds(options.config, found.seedFolders),
      await examineIndex(options, workspace),
    ];
  } catch (error) {
    if (!(error instanceof MkvenvdebError)) throw error;
    const {message: found, hint} = error;
    if (error.code === 'E_COMMAND')
      return [{subject: 'pip', state: 'error', found, meaning: 'it has to be fetched, and cannot be', hint}];
    const meaning = 'nothing can be installed';
    return [{subject: 'pip', state: 'error', found, meaning, packages: ['python3-pip-whl']}];
  }
}

async function openFor({config, caller, probe, work}: AskOptions): Promise<Workspace> {
  const {environment, cache, signal} = caller;
  const path = environment.PATH ?? '/usr/bin:/bin';
  const isolation = config.offline ? await findIsolation(path, {signal}) : undefined;
  return openWorkspace({
    ...probe,
    work,
    cache: await usableCache(cache, work),
    index: config,
    pipVersion: config.pipVersion,
    netrc: config.netrc,
    secrets: config.secrets,
    under: isolation?.under,
    environment: {
      caller: environment,
      epoch: FALLBACK_EPOCH,
      pass: config.passEnvironment,
      set: config.environment,
      offline: config.offline,
    },
    signal,
  });
}

function seeds({noIndex, findLinks}: Config, folders: readonly string[]): Raw {
  const subject = 'setuptools';
  if (folders.length > 0) return ok(subject, `wheels for builds without an index: ${folders.join(', ')}`);
  if (!noIndex) return ok(subject, 'taken from the index');
  const where = findLinks.length > 0 ? 'those of find_links are all there is' : 'there are none';
  return {
    subject,
    state: 'warning',
    found: `no wheels of setuptools and wheel came with Python: ${where}`,
    meaning: 'without an index, sdists may not find what builds them',
    packages: ['python3-setuptools-whl', 'python3-wheel-whl'],
  };
}

/** How long the index gets to answer, in milliseconds. */
const PATIENCE = 20_000;
/** pip's words where nobody answered, or nobody who lets us in; that there is no such page is an answer. */
const NO_ANSWER = /Could not fetch URL \S+: (?!404\b)|Retrying/;

/** Ask for pip: an index without it answers as well. */
async function examineIndex({config, caller}: AskOptions, workspace: Workspace): Promise<Raw> {
  const subject = 'index';
  if (config.noIndex) return ok(subject, 'not asked', config.offline ? 'offline is set' : 'no_index is set');
  const limit = AbortSignal.timeout(PATIENCE);
  const signal = caller.signal ? AbortSignal.any([caller.signal, limit]) : limit;
  const args = ['index', 'versions', 'pip', '--timeout', '5', '--retries', '0', '-vv'];
  const lines: string[] = [];
  const report = (event: {readonly type: string; readonly line?: string}) => lines.push(event.line ?? '');
  try {
    await pip({...workspace, signal, report}, workspace.interpreter.executable, args);
    return ok(subject, 'answers');
  } catch (error) {
    caller.signal?.throwIfAborted();
    if (!limit.aborted && !(error instanceof CommandError)) throw error;
    const why = lines.findLast((line) => NO_ANSWER.test(line) || limit.aborted);
    if (why === undefined && !limit.aborted) return ok(subject, 'answers');
    const found = limit.aborted ? `did not answer within ${PATIENCE / 1000} s` : `does not answer: ${why}`;
    const hint = 'Check index_url, its password and the proxy, or build with no_index and find_links';
    return {subject, state: 'error', found, meaning: 'what is not in find_links cannot be fetched', hint};
  }
}
