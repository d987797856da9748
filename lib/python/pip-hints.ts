import {CommandError} from '../errors.js';

/** What pip says when it fails, made readable: five lines about one dead address say no more than one does. */

const RETRY = /^WARNING: Retrying \(/;
/** What differs in retries of one request: how many are left, and where an object lies in memory. */
const CHANCE = /total=\d+|0x[0-9a-f]+/g;

/** Show the first of identical retries, and how many there were. */
export function collapseRetries(output: string): string {
  const shown: {text: string; same: number}[] = [];
  for (const line of output.split('\n')) {
    const last = shown.at(-1);
    const repeats = last && RETRY.test(line) && line.replace(CHANCE, '') === last.text.replace(CHANCE, '');
    if (repeats) last.same += 1;
    else shown.push({text: line, same: 0});
  }
  return shown.map(({text, same}) => (same === 0 ? text : `${text} (and ${same} times more)`)).join('\n');
}

const UNREACHABLE =
  /NewConnectionError|Connection refused|Name or service not known|name resolution|No route to host|Network is unreachable|ConnectTimeoutError|ProxyError/;
const NOT_FOUND = /No matching distribution found for (\S+)/;

/** What a user can do about it, where pip's words tell. */
export function pipHint(output: string, {offline}: {readonly offline: boolean}): string | undefined {
  const wanted = NOT_FOUND.exec(output)?.[1];
  if (offline && wanted !== undefined)
    return `Put ${wanted} into a folder of find_links: with no_index nothing is fetched (docs/offline-builds.md)`;
  if (UNREACHABLE.test(output))
    return 'The index could not be reached: check index_url, or build with no_index and find_links (docs/offline-builds.md)';
  return undefined;
}

/** The error of a pip that failed with its output made readable and, where its words tell, what to do. */
export function readablePipError(error: unknown, index: {readonly offline: boolean}): unknown {
  if (!(error instanceof CommandError)) return error;
  const hint = pipHint(error.output, index);
  const output = collapseRetries(error.output);
  return new CommandError(error.message, {...error, output, ...(hint ? {hint} : {})});
}
