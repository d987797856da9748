import {cpSync, mkdirSync, readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import type {GpgKey} from '../helpers/gpg.js';
import {cli} from '../helpers/suite.js';

/** A tool that publishes packages: shell lines, in which `$DEBS` is a folder with what is to be published. */
export interface RepositoryTool {
  readonly name: string;
  /** Makes an empty repository in the folder, unmeasured. */
  readonly empty: string;
  readonly first: string;
  readonly more: string;
}

/** Quoted for sh, by hand: these are our own temporary folders. */
const words = (...list: readonly string[]): string => list.join(' ');

/** Each works in `$ROOT`, signs with the key, and leaves Packages with gz (and xz, where it can). */
export function repositoryTools({fingerprint}: GpgKey): readonly RepositoryTool[] {
  return [
    ours(fingerprint),
    reprepro(fingerprint),
    ftparchive(fingerprint, false),
    ftparchive(fingerprint, true),
  ].concat([aptly(fingerprint, true), aptly(fingerprint, false)]);
}

function ours(key: string): RepositoryTool {
  const node = words(process.execPath, cli, 'repo');
  const add = `${node} add --quiet --repository "$ROOT" "$DEBS"/*.deb`;
  return {
    name: 'mkvenvdeb',
    empty: `${node} init --quiet --repository "$ROOT" --origin bench --architectures amd64 --gpg-keys ${key}`,
    first: add,
    more: add,
  };
}

function reprepro(key: string): RepositoryTool {
  const add = 'reprepro --silent -b "$ROOT" includedeb stable "$DEBS"/*.deb';
  const settings = ['Codename: stable', 'Components: main', 'Architectures: amd64', `SignWith: ${key}`];
  return {
    name: 'reprepro',
    empty: `mkdir -p "$ROOT/conf"; printf '%s\\n' ${settings.map((line) => `'${line}'`).join(' ')} > "$ROOT/conf/distributions"`,
    first: add,
    more: add,
  };
}

/** As it is used in scripts: every package is read again each time. It publishes what lies in the pool already. */
function ftparchive(key: string, copies: boolean): RepositoryTool {
  const place = 'cp -r "$DEBS"/. "$ROOT/pool/"';
  const add = `cd "$ROOT"; apt-ftparchive packages pool > dists/stable/main/binary-amd64/Packages
    gzip -9kf dists/stable/main/binary-amd64/Packages; xz -6kf dists/stable/main/binary-amd64/Packages
    apt-ftparchive -o APT::FTPArchive::Release::Codename=stable release dists/stable > Release.new
    mv Release.new dists/stable/Release
    gpg --batch --yes --local-user ${key} --clear-sign -o dists/stable/InRelease dists/stable/Release
    gpg --batch --yes --local-user ${key} --armor --detach-sign -o dists/stable/Release.gpg dists/stable/Release`;
  return {
    name: copies ? 'apt-ftparchive, with cp' : 'apt-ftparchive, pool filled',
    empty: `mkdir -p "$ROOT/dists/stable/main/binary-amd64" "$ROOT/pool"${copies ? '' : `; ${place}`}`,
    first: copies ? `${place}; ${add}` : add,
    more: `${place}; ${add}`,
  };
}

function aptly(key: string, skips: boolean): RepositoryTool {
  const run = 'aptly -config="$ROOT/aptly.json"';
  const flags = words('-batch', `-gpg-key=${key}`, `-skip-contents=${skips}`);
  const quiet = '>/dev/null 2>"$ROOT/log" || { cat "$ROOT/log" >&2; exit 1; }';
  return {
    name: skips ? 'aptly, no Contents' : 'aptly',
    empty: `mkdir -p "$ROOT"; printf '{"rootDir":"%s/a","gpgProvider":"gpg"}' "$ROOT" > "$ROOT/aptly.json"; ${run} repo create r >/dev/null`,
    first: `${run} repo add r "$DEBS" ${quiet}; ${run} publish repo ${flags} -acquire-by-hash -distribution=stable -architectures=amd64 r ${quiet}`,
    more: `${run} repo add r "$DEBS" ${quiet}; ${run} publish update ${flags} stable ${quiet}`,
  };
}

/** Hands out packages one by one: each addition is a new one, so that nobody has to fill a repository again. */
export class OneByOne {
  readonly #from: string;
  readonly #names: string[];
  readonly folder: string;

  constructor(from: string, folder: string) {
    [this.#from, this.folder] = [from, folder];
    this.#names = readdirSync(from).sort();
  }

  next(): void {
    rmSync(this.folder, {recursive: true, force: true});
    mkdirSync(this.folder, {recursive: true});
    const name = this.#names.shift();
    if (name === undefined) throw new Error('No package is left to add');
    cpSync(join(this.#from, name), join(this.folder, name));
  }
}
