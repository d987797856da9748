import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {initApt, packDeb} from '../../lib/index.js';
import {type AptClient, aptClient} from './apt-client.js';
import {type GpgKey, makeGpgKey, stopGpg} from './gpg.js';

/** What a package is made of; the rest is the same for all of them. */
export interface Made {
  readonly name?: string;
  readonly version?: string;
  readonly architecture?: string;
  readonly text?: string;
}

/** A folder with a key, for packages, repositories and clients; everything that is asked for is a new one. */
export interface AptPlace {
  readonly folder: string;
  readonly key: GpgKey;
  /** @returns path of a small .deb that installs `/opt/NAME/text` */
  makeDeb(made?: Made): Promise<string>;
  /** Signed by the key, for amd64 and arm64. @param more options of `initApt` */
  newRepository(more?: object): Promise<string>;
  /**
   * @param where folder of a repository, or the URL at which it is served
   * @param signedBy file with the keys that it trusts; the place's own otherwise
   */
  newClient(where: string, suite?: string, signedBy?: string): Promise<AptClient>;
  close(): Promise<void>;
}

export async function openAptPlace(): Promise<AptPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'apt-'));
  const key = await makeGpgKey(folder);
  process.env.GNUPGHOME = key.home;
  let count = 0;
  const fresh = (what: string) => {
    count += 1;
    return join(folder, `${what}-${count}`);
  };
  return {
    folder,
    key,
    makeDeb: (made) => makeDeb(fresh('made'), made),
    async newRepository(more = {}) {
      const repository = fresh('repository');
      const gpgKeys = [key.fingerprint];
      await initApt({repository, origin: 'own', architectures: ['amd64', 'arm64'], gpgKeys, ...more});
      return repository;
    },
    newClient: (where, suite = 'stable', signedBy = key.publicKey) =>
      aptClient({
        folder: fresh('client'),
        uri: where.startsWith('http:') ? where : `file:${encodeURI(where)}`,
        signedBy,
        suite,
      }),
    async close() {
      await stopGpg(key);
      await rm(folder, {recursive: true, force: true});
    },
  };
}

async function makeDeb(place: string, made: Made = {}): Promise<string> {
  const {name = 'app', version = '1.0', architecture = 'amd64', text = ''} = made;
  await mkdir(join(place, 'tree/opt', name), {recursive: true});
  await writeFile(join(place, 'tree/opt', name, 'text'), text);
  const {file} = await packDeb({
    folder: join(place, 'tree'),
    out: place,
    package: name,
    version,
    architecture,
    maintainer: 'Jo Doe <jo@example.org>',
    description: `About ${name}`,
    sourceDateEpoch: 1_700_000_000,
  });
  return file;
}

/** The client reads the repository without an error or a warning. */
export async function updated(client: AptClient): Promise<void> {
  const {exitCode, stderr} = await client.get('update');
  assert.is(`${exitCode} ${stderr}`, '0 ');
}
