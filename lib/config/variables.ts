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
 * Passwords that stand in URLs, also in their decoded form, and variables whose name says that they are secret, set
 * here or passed on.
 */
export function passwordsIn(
  options: ParsedOptions,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const passwords = IN_URLS.flatMap((key) => options[key] ?? []).flatMap(passwordsOf);
  const passed = options.passEnvironment.map((name) => [name, environment[name] ?? ''] as const);
  const variables = [...Object.entries(options.environment), ...passed]
    .filter(([name]) => SECRET_NAME.test(name))
    .map(([, value]) => value);
  return [...new Set([...passwords, ...variables])].filter((text) => text !== '');
}

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
