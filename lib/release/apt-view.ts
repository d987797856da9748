import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Caller} from '../context.js';
import {CommandError, MkvenvdebError} from '../errors.js';
import {parseStanzas} from '../formats/stanza.js';
import {which} from '../python/interpreter.js';
import {withWorkFolder} from '../work.js';
import {type AptClient, makeAptClient} from './apt-client.js';

/** A repository as a client names it. */
export interface AptSource {
  /** `file:/srv/apt`, `https://…`. */
  readonly uri: string;
  readonly suite: string;
  readonly component: string;
  readonly architecture: string;
  /** Armoured: who has to have signed it. */
  readonly publicKeys: Uint8Array;
}

/** What a client would install. */
export interface AptOffer {
  readonly package: string;
  readonly version: string;
  /** Hexadecimal. */
  readonly sha256: string;
}

/**
 * What this machine's apt sees of a repository, as a client that has no other: own configuration, lists and state, so
 * that nothing of the machine's own is read or changed.
 *
 * @param names of packages; of each, every version is told
 * @returns undefined on a machine without apt
 * @throws E_PUBLISH when apt cannot read the repository, or does not believe it
 */
export async function askApt(
  source: AptSource,
  names: readonly string[],
  caller: Caller,
): Promise<readonly AptOffer[] | undefined> {
  const path = caller.environment.PATH ?? '/usr/bin:/bin';
  const tools = await Promise.all(['apt-get', 'apt-cache'].map((tool) => which(tool, path)));
  if (tools.includes(undefined)) return undefined;
  const where = {parent: undefined, candidates: caller.temporary, keep: false};
  return withWorkFolder(where, async (folder) => {
    const client = await makeClient(folder, source, caller);
    await client.run('apt-get', ['update', '--error-on=any', '-qq']).catch((error) => {
      if (!(error instanceof CommandError)) throw error;
      throw new MkvenvdebError('E_PUBLISH', `apt cannot read suite ${source.suite} of ${source.uri}`, {
        issues: error.output.split('\n').filter(Boolean),
        cause: error,
      });
    });
    const shown = await client.run('apt-cache', ['show', '--', ...names], {tolerant: true});
    return parseStanzas(shown.stdout, 'apt-cache show').map((stanza) => ({
      package: stanza.get('Package') ?? '',
      version: stanza.get('Version') ?? '',
      sha256: stanza.get('SHA256') ?? '',
    }));
  });
}

async function makeClient(folder: string, source: AptSource, caller: Caller): Promise<AptClient> {
  const {uri, suite, component, architecture, publicKeys} = source;
  const settings = `APT::Architectures { "${architecture}"; };`;
  const client = await makeAptClient({folder, architecture, settings}, caller);
  const keys = join(folder, 'keys.asc');
  await writeFile(keys, publicKeys);
  const lines = [
    'Types: deb',
    `URIs: ${uri}`,
    `Suites: ${suite}`,
    `Components: ${component}`,
    `Architectures: ${architecture}`,
    `Signed-By: ${keys}`,
  ];
  await writeFile(join(client.sources, 'own.sources'), `${lines.join('\n')}\n`);
  return client;
}
