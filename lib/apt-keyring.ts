import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {readPublicKeys} from './apt/public-keys.js';
import type {SuiteFacts} from './apt/release-file.js';
import {type RepositoryOptions, suiteOf, withRepository} from './apt/repository.js';
import type {RepositorySettings} from './apt/settings.js';
import {assertTexts, type Caller} from './context.js';
import {MkvenvdebError} from './errors.js';
import type {DebFile} from './model.js';
import {packDeb} from './pack-deb.js';
import type {Context} from './report.js';
import {makeFolder, withWorkFolder} from './work.js';

export interface AptKeyringOptions extends Omit<RepositoryOptions, 'patience'>, Context {
  /** Where clients find the repository: `https://apt.example.org`. */
  readonly uri: string;
  /** Name of the package. @default the origin, with `-archive-keyring` behind it */
  readonly package?: string | undefined;
  /** @default the day on which the last of the keys was made or its days were changed: 2026.11.27 */
  readonly version?: string | undefined;
  /** Suites that clients read. @default all that are no canaries */
  readonly suites?: readonly string[] | undefined;
  /** @default whom the first key is made out to, if it says so */
  readonly maintainer?: string | undefined;
  /** Folder that the package is written to. @default 'deb_dist' */
  readonly out?: string | undefined;
}

/**
 * Make the package that introduces a repository to a machine: its public keys, and a source for apt that trusts them
 * and nothing else. The same keys and options give the same bytes.
 *
 * @throws E_OPTION for what no client could use; what packDeb throws
 */
export async function buildAptKeyring(options: AptKeyringOptions): Promise<DebFile> {
  assertTexts({uri: options.uri});
  assertUri(options.uri);
  return withRepository(options, async ({settings, signer}, caller) => {
    const suites = clientSuites(settings, options.suites);
    const armored = (await (await signer()).publicKeys()).toString();
    return withWorkFolder({parent: undefined, candidates: caller.temporary, keep: false}, (work) =>
      packKeyring({options, suites, armored, work}, caller),
    );
  });
}

/** It is read by everybody on the machine. */
function assertUri(uri: string): void {
  const issues = [
    ...(/^[a-z][a-z0-9+.-]*:\/?\S+$/.test(uri) && !/[\p{Cc}\p{Z}]/u.test(uri) ? [] : ['it is no URI']),
    ...(/^[^/]*\/\/[^/]*@/.test(uri) ? ['it holds a password'] : []),
  ];
  if (issues.length === 0) return;
  throw new MkvenvdebError('E_OPTION', `Not the address of a repository: ${uri}`, {
    issues,
    hint: 'Give one such as https://apt.example.org; a password belongs in apt_auth.conf(5) of each client',
  });
}

function clientSuites(
  settings: RepositorySettings,
  wanted: readonly string[] | undefined,
): readonly SuiteFacts[] {
  if (wanted !== undefined) return wanted.map((name) => suiteOf(settings, name));
  const usual = settings.suites.filter(({notAutomatic}) => !notAutomatic);
  return usual.length > 0 ? usual : settings.suites;
}

interface KeyringParts {
  readonly options: AptKeyringOptions;
  readonly suites: readonly SuiteFacts[];
  readonly armored: string;
  readonly work: string;
}

async function packKeyring({options, suites, armored, work}: KeyringParts, caller: Caller): Promise<DebFile> {
  const {newest, owner} = await readPublicKeys(armored);
  const origin = suites[0]?.origin ?? '';
  const day = new Date(newest * 1000).toISOString().slice(0, 10).replaceAll('-', '.');
  const {version = day, maintainer = owner, out, uri} = options;
  const name = options.package ?? `${nameOf(origin)}-archive-keyring`;
  const source = `/etc/apt/sources.list.d/${name.replace(/-(archive-keyring|keyring|apt-source)$/, '')}.sources`;
  const key = `/usr/share/keyrings/${name}.asc`;
  const folder = join(work, 'empty');
  await makeFolder(folder);
  const texts: Readonly<Record<string, string>> = {
    [key]: armored,
    [source]: suites.map((facts) => sourceOf(facts, {uri, key})).join('\n'),
    [`/usr/share/doc/${name}/copyright`]: copyrightOf(name, origin, newest),
  };
  const targets = Object.entries(texts).map(([target, text], index) => ({
    ...{target, text, mode: '0644'},
    source: join(work, String(index)),
  }));
  for (const one of targets) await writeFile(one.source, one.text);
  // What an archive keyring of Debian's own may not bring, and all others have to.
  const overrides = name.endsWith('-apt-source') ? [] : [join(work, 'overrides')];
  for (const file of overrides) await writeFile(file, `${name}: package-installs-apt-sources\n`);
  const {cwd, signal, report} = caller;
  return packDeb({
    ...{cwd, signal, report, folder, out, package: name, version, maintainer},
    ...{revision: 'native', architecture: 'all', section: 'misc', sourceDateEpoch: newest},
    files: targets.map(({text: _, ...file}) => file),
    description: `keys and apt source of the ${origin} repository\n${WHAT}`,
    lintianOverrides: overrides,
  });
}

const WHAT =
  'The public keys that its indexes are signed with, and the source that makes apt read it and trust these keys alone.';

const nameOf = (origin: string): string =>
  origin
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** Without the architectures: apt asks for those of the machine. */
const sourceOf = (
  {suite, components}: SuiteFacts,
  {uri, key}: {readonly uri: string; readonly key: string},
): string =>
  `Types: deb\nURIs: ${uri}\nSuites: ${suite}\nComponents: ${components.join(' ')}\nSigned-By: ${key}\n`;

const copyrightOf = (name: string, origin: string, newest: number): string =>
  `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ${name}

Files: *
Copyright: ${new Date(newest * 1000).getUTCFullYear()} ${origin}
License: public-domain
 Keys and an address are facts, in which nobody has rights.
`;
