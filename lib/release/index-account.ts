import {readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {Caller} from '../context.js';
import {ioError, MkvenvdebError, maskUrls} from '../errors.js';
import {type Ini, parseIni} from '../formats/ini.js';

/** Which package index a release goes to, and who sends it. */
export interface IndexOptions {
  /** A section of `~/.pypirc`, or the URL that files are sent to. @default TWINE_REPOSITORY_URL, TWINE_REPOSITORY, pypi */
  readonly index?: string | undefined;
  /** Where files are sent to, where `index` is only a name. @default `repository` of the section */
  readonly uploadUrl?: string | undefined;
  /** Where the index is read (simple repository API). @default found out from the URL that files are sent to */
  readonly indexUrl?: string | undefined;
  /** @default that of the URL, MKVENVDEB_INDEX_USERNAME, TWINE_USERNAME, the section; with a password alone `__token__` */
  readonly username?: string | undefined;
  /** @default that of the URL, MKVENVDEB_INDEX_PASSWORD, TWINE_PASSWORD, the section */
  readonly password?: string | undefined;
}

export interface IndexAccount {
  /** Without an account in it. */
  readonly uploadUrl: string;
  readonly indexUrl: string | undefined;
  /** Both empty where none is said. */
  readonly username: string;
  readonly password: string;
}

const isUrl = (text: string): boolean => /^https?:\/\//i.test(text);
const CONFIGURATION = '.pypirc';

/**
 * Find out where files are sent to, and as whom, from what is said, the environment and `~/.pypirc`, as twine does.
 * The password is hidden from then on in all that the caller reports.
 *
 * @throws E_OPTION when no URL is said, or what is said is none; E_IO for a `.pypirc` that cannot be read
 */
export async function findIndexAccount(options: IndexOptions, caller: Caller): Promise<IndexAccount> {
  const env = (name: string) => caller.environment[name] || undefined;
  const sections = await readSections(caller);
  const {index = env('TWINE_REPOSITORY_URL') ?? env('TWINE_REPOSITORY') ?? 'pypi'} = options;
  const named = isUrl(index) ? undefined : sections.get(index);
  const given = options.uploadUrl ?? (isUrl(index) ? index : named?.get('repository'));
  if (given === undefined) throw noUrl(index, named !== undefined);
  const {url, username, password} = parseUrl(given);
  const section = named ?? [...sections.values()].find((one) => one.get('repository') === url);
  const found = {
    username:
      options.username ??
      (username || (env('MKVENVDEB_INDEX_USERNAME') ?? env('TWINE_USERNAME') ?? section?.get('username'))),
    password:
      options.password ??
      (password || (env('MKVENVDEB_INDEX_PASSWORD') ?? env('TWINE_PASSWORD') ?? section?.get('password'))),
  };
  caller.hide([found.password ?? '', parseUrl(options.indexUrl ?? url).password].filter(Boolean));
  return {uploadUrl: url, indexUrl: options.indexUrl, ...completed(found, url)};
}

function noUrl(index: string, isSection: boolean): MkvenvdebError {
  const why = isSection ? 'has no repository' : 'is in no section of ~/.pypirc';
  return new MkvenvdebError('E_OPTION', `Package index ${why}: ${index}`, {
    hint: 'Say the URL that files are sent to: as index, as TWINE_REPOSITORY_URL, or as repository of the section',
  });
}

function parseUrl(text: string): {
  readonly url: string;
  readonly username: string;
  readonly password: string;
} {
  if (!isUrl(text) || !URL.canParse(text))
    throw new MkvenvdebError('E_OPTION', `Not a URL of a package index: ${maskUrls(text)}`, {
      hint: 'It begins with https:// or http://',
    });
  const url = new URL(text);
  const [username, password] = [url.username, url.password].map(decodeURIComponent) as [string, string];
  [url.username, url.password] = ['', ''];
  return {url: url.href, username, password};
}

function completed(
  {username, password}: {readonly username: string | undefined; readonly password: string | undefined},
  url: string,
): {readonly username: string; readonly password: string} {
  const account = {username: username || (password ? '__token__' : ''), password: password ?? ''};
  const broken = Object.entries(account).find(([, value]) => /\p{Cc}/u.test(value))?.[0];
  if (broken !== undefined)
    throw new MkvenvdebError('E_OPTION', `Control character in the ${broken} for package index: ${url}`, {
      hint: 'A secret that is read from a file often ends in a line break',
    });
  if (account.username.includes(':'))
    throw new MkvenvdebError('E_OPTION', `Colon in the username for package index: ${url}`);
  return account;
}

async function readSections({home, report}: Caller): Promise<Ini> {
  const file = join(home, CONFIGURATION);
  try {
    const text = await readFile(file, 'utf8');
    const sections = parseIni(text);
    const hasPassword = [...sections.values()].some((section) => section.get('password'));
    if (hasPassword && ((await stat(file)).mode & 0o077) !== 0)
      report({
        type: 'warning',
        code: 'readable-passwords',
        message: `Others may read the passwords in ${file}`,
        hint: `Run: chmod 600 ${file}`,
      });
    return sections;
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return new Map();
    throw ioError(error, `reading ${file}`);
  }
}
