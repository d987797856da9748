import {join} from 'node:path';

/** Variables of the caller that a build may see: the way to the network and to keys, nothing that shapes output. */
const PASSED = [
  'PATH',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
];

/** What only those who fetch may see: pip, and the version control it starts. */
export const fetchEnvironment = ({caller}: Pick<EnvironmentOptions, 'caller'>): Record<string, string> =>
  chosen(caller, ['SSH_AUTH_SOCK']);

export interface EnvironmentOptions {
  /** The caller's own environment. */
  readonly caller: Readonly<Record<string, string | undefined>>;
  /** Folder of this build; holds the empty home and the temporary folder. */
  readonly work: string;
  /** Seconds since 1970, for SOURCE_DATE_EPOCH. */
  readonly epoch: number;
  /** Names of further variables of the caller's to pass on; they win like those that are set. */
  readonly pass: readonly string[];
  /** Variables the configuration sets; they win, but for the compiler flags, which are joined. */
  readonly set: Readonly<Record<string, string>>;
  /** True: what heeds settings uses no network. @default false */
  readonly offline?: boolean | undefined;
}

/** The same whether the kernel helps or not, so that a build does not depend on that. */
const NO_NETWORK = {
  PIP_NO_INDEX: '1',
  GIT_ALLOW_PROTOCOL: 'file',
  // The port for discarding: nobody listens there.
  ...Object.fromEntries(
    ['http', 'https', 'all'].flatMap((kind) =>
      [`${kind}_proxy`, `${kind}_proxy`.toUpperCase()].map((name) => [name, 'http://127.0.0.1:9']),
    ),
  ),
};

/** What would make two builds differ, pinned: whoever builds again needs to know it. */
export const PINNED = {
  LC_ALL: 'C.UTF-8',
  LANG: 'C.UTF-8',
  TZ: 'UTC',
  PYTHONHASHSEED: '0',
  PYTHONUTF8: '1',
} as const;

/** Compiler flags that keep paths, times and debugging information out of extension modules. */
function compilerFlags(work: string): Record<string, string> {
  // Flags are split at blanks by every build tool, so such a path cannot be mapped; -g0 alone keeps most of it out.
  const map = /\s/.test(work) ? '' : ` -ffile-prefix-map=${work}=.`;
  return {
    CFLAGS: `-g0${map}`,
    CXXFLAGS: `-g0${map}`,
    LDFLAGS: '-s -Wl,--build-id=none',
    RUSTFLAGS: /\s/.test(work) ? '-C strip=symbols' : `-C strip=symbols --remap-path-prefix=${work}=.`,
  };
}

/**
 * The environment of every command of a build: the caller's PIP_*, PYTHON*, locale, time zone and home do not leak in,
 * and what would make two builds differ is pinned.
 */
export function buildEnvironment(options: EnvironmentOptions): Record<string, string> {
  const {caller, work, epoch} = options;
  const wanted = {...chosen(caller, options.pass), ...options.set};
  const flags = compilerFlags(work);
  for (const [name, value] of Object.entries(wanted)) if (name in flags) flags[name] += ` ${value}`;
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    ...chosen(caller, PASSED),
    ...(options.offline ? {...NO_NETWORK, no_proxy: '', NO_PROXY: ''} : {}),
    HOME: join(work, 'home'),
    TMPDIR: join(work, 'tmp'),
    ...PINNED,
    SOURCE_DATE_EPOCH: String(epoch),
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONNOUSERSITE: '1',
    PIP_CONFIG_FILE: '/dev/null',
    PIP_NO_INPUT: '1',
    PIP_NO_COLOR: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_ROOT_USER_ACTION: 'ignore',
    GIT_TERMINAL_PROMPT: '0',
    ...wanted,
    ...flags,
  };
}

function chosen(caller: EnvironmentOptions['caller'], names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = caller[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
