import {readFileSync} from 'node:fs';
import {loginsOfNetrc} from '../formats/logins.js';
import type {Merged} from './layer.js';
import {type Problem, problemAt} from './problems.js';
import type {BuildOptions, ParsedOptions} from './schema/index.js';

const IN_URLS = ['source', 'preinstall', 'buildRequires', 'indexUrl', 'extraIndexUrls', 'findLinks'] as const;
const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/**
 * Replace `${NAME}` in URLs, as pip does in requirement files; nowhere else. A variable that is not set is a problem:
 * an empty password would only be noticed by the index.
 */
export function expandVariables(
  {options, originOf}: Merged,
  environment: Readonly<Record<string, string | undefined>>,
  problems: Problem[],
): {readonly options: BuildOptions; readonly secrets: readonly string[]} {
  const secrets = new Set<string>();
  const expand = (text: string, path: readonly PropertyKey[]): string =>
    text.includes('://')
      ? text.replace(VARIABLE, (whole, name: string, offset: number) => {
          const value = environment[name];
          if (value && !isInHost(text, offset)) secrets.add(value);
          if (!value)
            problems.push(
              problemAt(originOf(path), path, {says: 'names a variable that is not set', value: name}),
            );
          return value ?? whole;
        })
      : text;
  const expanded: Record<string, unknown> = {...options};
  for (const key of IN_URLS) {
    const value = options[key];
    if (typeof value === 'string') expanded[key] = expand(value, [key]);
    else if (value) expanded[key] = value.map((text, index) => expand(text, [key, index]));
  }
  return {options: expanded as BuildOptions, secrets: [...secrets]};
}

/** Whether a place of a URL lies in its host or port (RFC 3986): what stands there is no secret. */
const isInHost = (url: string, offset: number): boolean =>
  /^[\w+.-]+:\/\/(?:[^/?#]*@)?[^/?#@]*$/.test(url.slice(0, offset)) && !/^[^/?#]*@/.test(url.slice(offset));

/**
 * Passwords that stand in URLs, also in their decoded form, those of proxies, and variables whose name says that they
 * are secret, set here or passed on.
 */
export function passwordsIn(
  options: ParsedOptions,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const proxies = Object.entries(environment).flatMap(([name, value]) =>
    PROXY.test(name) ? (value ?? []) : [],
  );
  const passwords = [...textsIn(options), ...proxies].flatMap(passwordsOf);
  const passed = options.passEnvironment.map((name) => [name, environment[name] ?? ''] as const);
  const variables = passed.concat(Object.entries(options.environment));
  const named = variables.filter(([name]) => SECRET_NAME.test(name)).map(([, value]) => value);
  const inUrls = passed.flatMap(([, value]) => passwordsOf(value));
  return [...new Set([...passwords, ...named, ...inUrls])].filter((text) => text !== '');
}

const PROXY = /^(?:https?|ftp|all)_proxy$/i;

/** Every text in a value; keys are names. */
const textsIn = (value: unknown): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsIn)
      : [];

/** Passwords of a netrc file. */
export const passwordsOfNetrc = (file: string | undefined): readonly string[] =>
  file === undefined ? [] : loginsOfNetrc(readFileSync(file, 'utf8')).map(({password}) => password);

/** `DB_PASS` and `PGPASSWORD`, but not `COMPASS_HOME`. */
const SECRET_NAME = /(?:^|[^A-Z])PASS(?![A-Z])|PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|API_?KEY/i;

/** The passwords in the URLs of a text, as written and decoded; where there is no password, the user may be a token. */
export function passwordsOf(text: string): readonly string[] {
  return [...text.matchAll(/(?<!ssh):\/\/([^\s/]+)@/g)].flatMap(([, user = '']) => {
    const password = user.includes(':') ? user.slice(user.indexOf(':') + 1) : user;
    return VCS_USERS.has(password) ? [] : [password, decode(password)];
  });
}

/** Users of version control hosts, known to everybody. */
const VCS_USERS: ReadonlySet<string> = new Set(['git', 'hg']);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
