import {createHash} from 'node:crypto';
import {appendFile, chmod, copyFile, mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {execa} from 'execa';
import * as assert from 'uvu/assert';
import {listApt, type ReleaseResult} from '../../lib/index.js';
import {openPostgresql, type Postgresql} from '../helpers/postgresql.js';
import {cli, fixture} from '../helpers/suite.js';
import {type UploadIndex, uploadIndex} from '../helpers/upload-index.js';
import {copyWarehouse} from '../helpers/warehouse.js';
import {type AptMachine, offerKeyring, openAptMachine} from './apt-machine.js';
import {CONFIG} from './server.js';

/** What came of a push. */
export interface Push {
  readonly exitCode: number;
  /** What the release printed; undefined where it failed. */
  readonly result: ReleaseResult | undefined;
  /** What it told on the way. */
  readonly log: string;
}

/** What everybody can see: files of the index, packages of the repository, tags, each with what it is by a hash. */
export interface PublicState {
  readonly index: readonly string[];
  readonly apt: readonly string[];
  readonly tags: readonly string[];
}

const TOKEN = 'pypi-a-token-that-nobody-may-see';

/** A developer's checkout, the repository that it is pushed to, everything that a push leads to, and one server. */
export class Loop {
  private constructor(
    readonly folder: string,
    readonly machine: AptMachine,
    readonly index: UploadIndex,
    readonly database: Postgresql,
    readonly search: SearchServer,
  ) {}

  /** @throws NoChroot where the machine cannot have one */
  static async open(needs: readonly string[]): Promise<Loop> {
    const machine = await openAptMachine(needs);
    const folder = join(machine.place.folder, 'loop');
    const loop = new Loop(
      folder,
      machine,
      await uploadIndex({password: TOKEN}),
      await openPostgresql(),
      await searchServer(),
    );
    await loop.#begin();
    return loop;
  }

  get tree(): string {
    return join(this.folder, 'tree');
  }

  get origin(): string {
    return join(this.folder, 'origin.git');
  }

  async #begin(): Promise<void> {
    await mkdir(join(this.folder, 'home'), {recursive: true});
    await copyWarehouse(this.tree);
    await rm(join(this.tree, 'warehouse', '__about__.py'));
    await copyFile(
      fixture('warehouse', 'warehouse', '__about__.py'),
      join(this.tree, 'warehouse', '__about__.py'),
    );
    await appendFile(join(this.tree, 'mkvenvdeb.yaml'), this.#settings());
    await this.git('init', '--quiet', '--initial-branch=main');
    await this.git('init', '--quiet', '--bare', '--initial-branch=main', this.origin);
    await this.git('remote', 'add', 'origin', this.origin);
    const hook = join(this.origin, 'hooks', 'post-receive');
    await writeFile(hook, HOOK);
    await chmod(hook, 0o755);
    const {repository, server, place} = this.machine;
    const digest = await offerKeyring(repository, server.url, join(place.folder, 'keyring'));
    await this.machine.sh(this.machine.recipe('first-contact').replace('DIGEST', digest));
  }

  #settings(): string {
    const {index, machine} = this;
    return `
release:
  branch: main
  test: [env, PYTHONPATH=deps/fxyaml, python3, -B, -m, unittest, -q]
  index: {upload_url: "${index.uploadUrl}", index_url: "${index.indexUrl}"}
  apt: [{repository: "${machine.repository}", suite: stable}]
  cells: [{id: bookworm, python: /usr/bin/pypy3, distribution: bookworm}]
`;
  }

  /** Variables of developer and CI; nothing of whoever runs the tests gets in. */
  get environment(): Readonly<Record<string, string>> {
    const {PATH = ''} = process.env;
    const person = {NAME: 'Jo Doe', EMAIL: 'jo@example.org'};
    const people = ['AUTHOR', 'COMMITTER'].flatMap((who) =>
      Object.entries(person).map(([key, value]) => [`GIT_${who}_${key}`, value]),
    );
    return {
      ...Object.fromEntries(people),
      PATH,
      HOME: join(this.folder, 'home'),
      GNUPGHOME: this.machine.place.key.home,
      TWINE_USERNAME: '__token__',
      TWINE_PASSWORD: TOKEN,
      LOOP: this.folder,
      MKVENVDEB: `${process.execPath} ${cli}`,
      CI: 'true',
    };
  }

  async git(...args: string[]): Promise<string> {
    const {stdout} = await execa('git', args, {cwd: this.tree, env: this.environment, extendEnv: false});
    return stdout;
  }

  /** Change the project, commit, push, and let CI do what it does. */
  async push(subject: string, change: (tree: string) => Promise<void>): Promise<Push> {
    await change(this.tree);
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--allow-empty', `--message=${subject}`);
    await this.git('push', '--quiet', 'origin', 'main');
    return this.outcome();
  }

  /** Have CI killed in the next push when it tells this of itself, and go on then. */
  async killAt(event: string): Promise<void> {
    await writeFile(join(this.folder, 'kill'), event);
  }

  /** What the last run of CI came to. */
  async outcome(): Promise<Push> {
    const read = (name: string) => readFile(join(this.folder, name), 'utf8');
    const exitCode = Number(await read('exit'));
    const log = await read('log');
    assert.not.match(log, TOKEN);
    return {exitCode, log, result: exitCode === 0 ? JSON.parse(await read('result')) : undefined};
  }

  /** Branches and tags that came to the repository, in their order: a release's lock is neither. */
  async refs(): Promise<readonly string[]> {
    const all = (await readFile(join(this.folder, 'refs'), 'utf8')).trim().split('\n');
    return all.filter((ref) => !ref.startsWith('refs/mkvenvdeb/'));
  }

  async publicState(): Promise<PublicState> {
    const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
    const listed = await listApt({repository: this.machine.repository});
    const packages = listed.filter((one) => one.package === 'warehouse');
    const tags = await this.git('ls-remote', '--tags', 'origin');
    return {
      index: [...this.index.files].map(([name, content]) => `${name} ${sha256(content)}`).sort(),
      apt: packages.map(({version, sha256: digest}) => `${version} ${digest}`).sort(),
      tags: tags === '' ? [] : tags.split('\n'),
    };
  }

  /** What configuration management runs every 30 minutes. @returns the version that is there then */
  async poll(): Promise<string> {
    const {sh, recipe} = this.machine;
    const [update = '', policy = '', install = ''] = recipe('chef-commands').trim().split('\n');
    await sh(update);
    const [, candidate = ''] = /Candidate: (\S+)/.exec(await sh(policy)) ?? [];
    await sh(install.replace('VERSION', candidate));
    return candidate;
  }

  /** What configuration management writes, once the package has made the folder. */
  async configure(): Promise<void> {
    const {chroot} = this.machine;
    await writeFile(
      chroot.path(CONFIG),
      `---\nsite:\n  name: The loop\ndatabase:\n  url: ${this.database.url}\nsearch:\n  hosts:\n  - ${this.search.host}\n`,
    );
    await chroot.ok(['chown', 'root:warehouse', CONFIG]);
    await chroot.ok(['chmod', '0640', CONFIG]);
  }

  async close(): Promise<void> {
    this.search.close();
    this.index.close();
    await this.database.close();
    await this.machine.close();
  }
}

/** What CI does for a push: a checkout of its own, and one command. Tags are pushes as well, and lead to nothing. */
const HOOK = `#!/bin/sh
unset GIT_DIR GIT_QUARANTINE_PATH
origin=$PWD
while read -r old new ref; do
    echo "$ref" >>"$LOOP/refs"
    [ "$ref" = refs/heads/main ] || continue
    rm -rf "$LOOP/ci"
    git clone --quiet "$origin" "$LOOP/ci"
    cd "$LOOP/ci"
    code=0 resume=
    if [ -e "$LOOP/kill" ]; then
        $MKVENVDEB release --json >/dev/null 2>"$LOOP/log" &
        until grep -q "$(cat "$LOOP/kill")" "$LOOP/log"; do sleep 0.02; done
        kill -9 $!
        rm "$LOOP/kill"
        resume=--resume
    fi
    $MKVENVDEB release $resume --json >"$LOOP/result" 2>"$LOOP/log" || code=$?
    echo "$code" >"$LOOP/exit"
done
`;

/** Takes the place of Elasticsearch: it counts how often it is asked for something. */
export interface SearchServer {
  readonly host: string;
  readonly asked: readonly string[];
  close(): void;
}

async function searchServer(): Promise<SearchServer> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    request.resume().on('end', () => response.end('{}'));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const {port} = server.address() as AddressInfo;
  return {host: `127.0.0.1:${port}`, asked, close: () => server.close()};
}
