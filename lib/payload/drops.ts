import {readFile} from 'node:fs/promises';
import {basename} from 'node:path';
import {gunzipSync} from 'node:zlib';
import {ioError, MkvenvdebError} from '../errors.js';
import {gzipDocument} from '../formats/gzip.js';
import {jobName} from '../formats/names.js';
import type {Entry} from '../model.js';
import {collectFiles, type FileToPack} from './files.js';

interface Drop {
  /** Absolute path on this machine. */
  readonly source: string;
  /** Name on the server. */
  readonly name?: string | undefined;
}

/** Files that have a place of their own in Debian, sources absolute. */
export interface Drops {
  readonly systemd: readonly Drop[];
  readonly systemdUser: readonly Drop[];
  readonly init: readonly Drop[];
  readonly sysusers: readonly Drop[];
  readonly tmpfiles: readonly Drop[];
  readonly default: readonly Drop[];
  readonly cron: readonly (Drop & {readonly when: string})[];
  readonly logrotate: readonly Drop[];
  readonly pam: readonly Drop[];
  readonly udev: readonly Drop[];
  readonly manpages: readonly FileToPack[];
  readonly info: readonly FileToPack[];
  /** Targets below /usr/share/doc/PACKAGE. */
  readonly docs: readonly FileToPack[];
  readonly examples: readonly FileToPack[];
  readonly news?: string | undefined;
  readonly lintianOverrides: readonly string[];
}

export interface PlaceOptions {
  readonly package: string;
  /** Of every entry, in seconds since 1970. */
  readonly mtime: number;
}

/**
 * Entries for files that go where Debian wants them (Policy 9, 10 and 12; units and rules below /usr, as merged
 * systems have it). Scripts of cron and init are executable, all others are not, whatever they are here.
 *
 * @throws E_PAYLOAD for what cannot be packed, E_IO for what cannot be read
 */
export async function placeDrops(drops: Drops, {package: name, mtime}: PlaceOptions): Promise<Entry[]> {
  const doc = `/usr/share/doc/${name}`;
  const below = (folder: string, files: readonly FileToPack[]) =>
    files.map((file) => ({...file, target: folder + file.target}));
  const packed = await collectFiles(
    [...plainFiles(drops, name), ...below(`${doc}/examples`, drops.examples)],
    {
      mtime,
    },
  );
  const documents = await collectFiles(below(doc, drops.docs), {mtime});
  const compressed = await Promise.all(
    documents.map((entry) => (isCompressible(entry) ? compress(entry) : entry)),
  );
  const pages = await collectFiles([...drops.manpages.map(manualPage), ...drops.info.map(infoPage)], {mtime});
  const news =
    drops.news === undefined ? [] : [{source: drops.news, target: `${doc}/NEWS.Debian`, mode: 0o644}];
  return [
    ...packed,
    ...compressed,
    ...(await Promise.all([...pages, ...(await collectFiles(news, {mtime}))].map(compressPage))),
    ...(await overrides(drops.lintianOverrides, {package: name, mtime})),
  ];
}

function plainFiles(drops: Drops, name: string): readonly FileToPack[] {
  const into = (folder: string, list: readonly Drop[], fallback?: string) =>
    list.map((drop) => ({
      source: drop.source,
      target: `${folder}/${drop.name ?? fallback ?? basename(drop.source)}`,
      mode: 0o644,
    }));
  return [
    ...into('/usr/lib/systemd/system', drops.systemd),
    ...into('/usr/lib/systemd/user', drops.systemdUser),
    ...into('/etc/init.d', drops.init, name).map((file) => ({...file, mode: 0o755})),
    ...into('/usr/lib/sysusers.d', drops.sysusers, `${name}.conf`),
    ...into('/usr/lib/tmpfiles.d', drops.tmpfiles, `${name}.conf`),
    ...into('/usr/lib/udev/rules.d', drops.udev, `60-${name}.rules`),
    ...into('/etc/default', drops.default, name),
    ...into('/etc/logrotate.d', drops.logrotate, name),
    ...into('/etc/pam.d', drops.pam, name),
    ...drops.cron.flatMap((job) =>
      into(`/etc/cron.${job.when}`, [job], jobName(name)).map((file) => ({
        ...file,
        mode: job.when === 'd' ? 0o644 : 0o755,
      })),
    ),
  ];
}

/** Policy 12.1: `warehouse.de.1` is the German page of section 1. */
function manualPage({source}: FileToPack): FileToPack {
  const name = basename(source).replace(/\.gz$/, '');
  const [, page = name, language, section = '1'] =
    /^(.+?)(?:\.([a-z]{2,3}(?:_[A-Z]{2})?(?:@[a-z]+)?))?\.([1-9])[a-z0-9]*$/.exec(name) ?? [];
  const folder = language === undefined ? '/usr/share/man' : `/usr/share/man/${language}`;
  const bare = language === undefined ? name : page + name.slice(page.length + 1 + language.length);
  return {source, target: `${folder}/man${section}/${bare}`, mode: 0o644};
}

/** Policy 12.2 */
const infoPage = ({source, target}: FileToPack): FileToPack => ({
  source,
  target: `/usr/share/info${target.replace(/\.gz$/, '')}`,
  mode: 0o644,
});

/** Pages of Info show pictures. */
const compressPage = async (entry: Entry): Promise<Entry> =>
  /\.(?:png|jpe?g|gif)$/i.test(entry.path) ? entry : compress(entry);

/** What is compressed already, or is opened by a browser, which cannot read it then. */
const LEAVE =
  /\.(?:html?|xhtml|css|js|json|map|svgz?|png|jpe?g|gif|webp|ico|pdf|epub|gz|tgz|bz2|xz|zst|zip|jar|whl)$/i;
/** Policy 12.3: smaller files are not worth it. */
const LEAST = 4096;

const isCompressible = ({type, path, size}: Entry): boolean =>
  type === 'file' && size > LEAST && !LEAVE.test(path) && !path.endsWith('/copyright');

async function compress(entry: Entry): Promise<Entry> {
  const {source = '', ...rest} = entry;
  if (entry.type !== 'file') return entry;
  const text = await read(source);
  const data = gzipDocument(source.endsWith('.gz') ? uncompressed(text, source) : text);
  return {...rest, path: `${entry.path}.gz`, mode: 0o644, data, size: data.length};
}

function uncompressed(bytes: Buffer, file: string): Buffer {
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw new MkvenvdebError('E_PAYLOAD', `Not compressed by gzip, but named so: ${file}`, {
      hint: 'Give it as it is, without .gz: it is compressed here',
      cause,
    });
  }
}

async function overrides(
  files: readonly string[],
  {package: name, mtime}: PlaceOptions,
): Promise<readonly Entry[]> {
  if (files.length === 0) return [];
  const texts = await Promise.all(files.map(async (file) => (await read(file)).toString()));
  const data = Buffer.from(texts.map((text) => (text.endsWith('\n') ? text : `${text}\n`)).join(''));
  const path = `usr/share/lintian/overrides/${name}`;
  return [{path, type: 'file', mode: 0o644, owner: 'root', group: 'root', mtime, size: data.length, data}];
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw ioError(error, 'reading the files of the Debian side');
  }
}
