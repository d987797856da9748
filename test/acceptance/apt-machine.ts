import {copyFile, mkdir, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import * as assert from 'uvu/assert';
import {type AptServer, buildAptKeyring, packDeb, publishApt, serveApt} from '../../lib/index.js';
import {type AptPlace, openAptPlace} from '../helpers/apt-place.js';
import {type Chroot, openChroot} from '../helpers/chroot.js';
import {recipesOf} from '../helpers/recipes.js';

const ADDRESS = 'https://apt.example.org';
const QUIET = {DEBIAN_FRONTEND: 'noninteractive', HOME: '/root'};

/** A Debian, and a repository as docs/apt-clients.md has it, served to it. */
export interface AptMachine {
  readonly place: AptPlace;
  readonly chroot: Chroot;
  readonly repository: string;
  readonly server: AptServer;
  /** Text of a recipe of the document, with the address of this repository. */
  recipe(name: string): string;
  /** Recipes that were asked for, and all that there are. */
  readonly recipes: {readonly used: ReadonlySet<string>; readonly all: ReadonlySet<string>};
  /** Run lines of shell that must succeed. */
  sh(script: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** Publish a version of warehouse that is newer than all before. @returns it */
  release(suite?: string): Promise<string>;
  /** Assert that a version of warehouse is installed. */
  has(version: string): Promise<void>;
  close(): Promise<void>;
}

/** @throws NoChroot where the machine cannot have one */
export async function openAptMachine(packages: readonly string[], release?: string): Promise<AptMachine> {
  const chroot = await openChroot(packages, release);
  // Nothing is fetched from Debian, and nothing by a proxy.
  for (const path of ['sources.list', 'apt.conf.d/99mmdebstrap']) await rm(chroot.path(`/etc/apt/${path}`));
  const place = await openAptPlace();
  const repository = await place.newRepository(EXAMPLE);
  const server = await serveApt({repository, port: 0});
  const blocks = recipesOf('docs/apt-clients.md');
  const used = new Set<string>();
  let count = 0;
  const sh = (script: string) => chroot.ok(['sh', '-e', '-c', script], {env: QUIET});
  return {
    ...{place, chroot, repository, server, sh},
    recipes: {used, all: new Set(blocks.keys())},
    recipe(name) {
      used.add(name);
      return blocks.get(name)?.replaceAll(ADDRESS, server.url.replace(/\/$/, '')) ?? `no recipe: ${name}`;
    },
    async write(path, text) {
      await mkdir(dirname(chroot.path(path)), {recursive: true});
      // What is there may be a link, which would lead out of the chroot.
      await rm(chroot.path(path), {force: true});
      await writeFile(chroot.path(path), text);
    },
    async release(suite = 'stable') {
      const version = `26.11.${count}`;
      count += 1;
      await publishApt({repository, suite, files: [await packWarehouse(place.folder, version)]});
      return `${version}-1`;
    },
    async has(version) {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as dpkg-query has it
      assert.is(await sh("dpkg-query --show --showformat '${Version}' warehouse"), version);
    },
    async close() {
      await server.close();
      await place.close();
      await chroot.close();
    },
  };
}

const EXAMPLE = {origin: 'example', suites: ['stable', 'canary'], canaries: ['canary']};

/** It owns the folder of the configuration, and no file in there. */
async function packWarehouse(folder: string, version: string): Promise<string> {
  const tree = join(folder, `warehouse-${version}`);
  for (const name of ['bin', 'etc']) await mkdir(join(tree, 'opt/warehouse', name), {recursive: true});
  await writeFile(join(tree, 'opt/warehouse/bin/warehouse'), `#!/bin/sh\necho ${version}\n`, {mode: 0o755});
  const {file} = await packDeb({
    ...{folder: tree, out: `${tree}-deb`, package: 'warehouse', version, architecture: 'all'},
    maintainer: 'Jo Doe <jo@example.org>',
    description: 'Stands for the real one',
    sourceDateEpoch: 1_700_000_000,
  });
  return file;
}

/** Put the keyring package where new machines look for it. @returns its digest */
export async function offerKeyring(repository: string, uri: string, out: string): Promise<string> {
  const {file, sha256} = await buildAptKeyring({repository, uri, out});
  await copyFile(file, join(repository, 'example-archive-keyring.deb'));
  return sha256;
}
