import {posix} from 'node:path';
import type {Secret} from '../formats/secrets.js';
import type {Issue} from '../model.js';
import {issueOf} from './check-codes.js';
import type {Facts} from './check-facts.js';
import type {DebEntry} from './read-tar.js';

type Severity = Issue['severity'];

/** Where made-up secrets are usual. */
const TESTS =
  /(?:^|\/)(?:tests?|testing|testdata|test[-_](?:data|keys|certs)|fixtures?|examples?|demos?|samples?)(?:\/|$)|(?:^|\/)(?:test_[^/]*|[^/]*_test|conftest|[^/]*tests?)\.\w+$/i;
/** What is written for people. */
const DOCUMENTS =
  /(?:^|\/)(?:usr\/share\/(?:doc|man|info)\/.*|docs?\/.*|METADATA|PKG-INFO|[^/]*\.(?:rst|md|txt|html?|1|5|8)(?:\.gz)?)$/;
/** What programs take their credentials from. */
const SETTINGS =
  /(?:^|\/)(?:direct_url\.json|pip\.conf|pip\.ini|RECORD|\.env[^/]*|[^/]*\.(?:cfg|conf|ini|toml|ya?ml|env|properties|service))$|^etc\//;

/** Secrets by what files say and by what they are called. A finding never tells the secret itself. */
export function* checkSecrets(entries: readonly DebEntry[], facts: Facts): Generator<Issue> {
  const folders = new Set<string>();
  for (const {path, type} of entries) {
    const told = facts.get(path);
    for (const secret of told?.secrets ?? []) yield secretIssue(path, secret);
    if (type === 'directory') yield* folderIssues(path, folders);
    else yield* nameIssues(path, told?.text, told?.secrets.length ?? 0);
  }
}

function secretIssue(path: string, {kind, what, offset, start, guarded = false}: Secret): Issue {
  const shown = start === '' ? '' : ` that begins with ${start}`;
  const message = `It has a ${what}${shown}, at byte ${offset}`;
  return issueOf(kind, {file: path, message, severity: severityOf(path, kind, guarded)});
}

function severityOf(path: string, kind: Secret['kind'], guarded: boolean): Severity | undefined {
  if (TESTS.test(path)) return 'info';
  if (guarded) return 'warning';
  if (kind !== 'credentials') return undefined;
  return DOCUMENTS.test(path) ? 'info' : SETTINGS.test(path) ? 'error' : undefined;
}

const VERSION_CONTROL = /(?:^|\/)\.(?:git|hg|svn|bzr)$/;

function* folderIssues(path: string, told: Set<string>): Generator<Issue> {
  if (!VERSION_CONTROL.test(path) || told.has(posix.dirname(path))) return;
  told.add(posix.dirname(path));
  yield issueOf('vcs-folder', {file: path, message: `It is a ${posix.basename(path)} folder`});
}

/** Names, what they are, and how bad that is; the first that fits counts. */
const NAMES: readonly (readonly [name: RegExp, what: string, severity: Severity])[] = [
  [/\.(?:example|sample|template|dist|j2|tmpl|pub|py|pyc|pyi|so|rst|md)$/, '', 'info'],
  [/(?:^|\/)\.pypirc$/, 'settings of uploads', 'error'],
  [/(?:^|\/)[._]netrc$/, 'passwords of hosts', 'error'],
  [/(?:^|\/)\.aws\/credentials$/, 'keys of AWS', 'error'],
  [/(?:^|\/)(?:\.docker\/config\.json|\.dockercfg)$/, 'credentials of registries', 'error'],
  [/(?:^|\/)\.env(?:\.[\w-]+)?$/, 'settings of an environment', 'error'],
  [/(?:^|\/)id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?$/, 'a private key', 'error'],
  [/(?:^|\/)\.ssh\//, 'settings of ssh', 'error'],
  [/(?:^|\/)\.git-credentials$/, 'passwords of git', 'error'],
  [/(?:^|\/)(?:\.config\/pip\/|\.pip\/)?pip\.(?:conf|ini)$/, 'settings of pip', 'warning'],
  [/(?:^|\/)\.htpasswd$/, 'passwords of a web server', 'warning'],
  [/(?:^|\/)\.(?:bash|zsh|python|psql|mysql|sqlite|node_repl)_?history$/, 'a history', 'warning'],
  [/\.(?:kdbx|p12|pfx|jks|keystore)$/, 'a keystore', 'warning'],
];

const LEFTOVERS: readonly (readonly [name: RegExp, what: string, severity: Severity])[] = [
  [/\.dpkg-(?:new|old|dist|tmp)$/, 'dpkg', 'warning'],
  [/(?:^|\/)(?:\.DS_Store|Thumbs\.db|desktop\.ini|\._[^/]+)$/, 'a desktop', 'info'],
  [/(?:[^/]~|\.sw[op]|\.bak|\.orig|\.rej|\/#[^/]+#|(?:^|\/)\.#[^/]+)$/, 'an editor or patch', 'info'],
  [/(?:^|\/)(?:\.coverage|pip-selfcheck\.json|nohup\.out)$/, 'a tool', 'info'],
];

function* nameIssues(path: string, text: string | undefined, secrets: number): Generator<Issue> {
  const [, what = '', usual = 'info'] = NAMES.find(([name]) => name.test(path)) ?? [];
  if (what !== '') {
    const severity = TESTS.test(path) ? 'info' : usual;
    yield issueOf('secret-file', {file: path, message: `It holds ${what}`, severity});
  } else if (posix.basename(path) === '.npmrc' && /_authToken\s*=\s*[^\s$]/.test(text ?? '') && secrets === 0)
    yield issueOf('secret-file', {file: path, message: 'It holds a token of npm'});
  const [, left = '', severity] = LEFTOVERS.find(([name]) => name.test(path)) ?? [];
  if (left !== '') yield issueOf('leftover', {file: path, message: `It is what ${left} left`, severity});
}
