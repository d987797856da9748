import {type ChildProcess, spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {execa} from 'execa';
import {freePort} from './free-port.js';

/** A package index that others have written. */
export interface IndexServer {
  readonly name: string;
  readonly uploadUrl: string;
  readonly indexUrl: string;
  readonly username: string;
  readonly password: string;
  close(): Promise<void>;
}

const ACCOUNT = {username: 'jo', password: 'open:Sesame/47'};

async function start(program: string, args: readonly string[], url: string): Promise<ChildProcess> {
  const child = spawn(program, args, {stdio: ['ignore', 'pipe', 'pipe']});
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => said.push(String(data)));
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) break;
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return child;
    await sleep(100);
  }
  child.kill('SIGKILL');
  throw new Error(`${program} does not answer: ${said.join('')}`);
}

const stop = async (child: ChildProcess) => {
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await ended;
};

/** pypiserver as it comes, but for its account: what it has not, it sends on to another index for. */
export async function startPypiserver(bin: string, folder: string): Promise<IndexServer> {
  const packages = join(folder, 'pypiserver');
  await mkdir(packages, {recursive: true});
  const digest = createHash('sha1').update(ACCOUNT.password).digest('base64');
  const accounts = join(folder, 'htpasswd');
  await writeFile(accounts, `${ACCOUNT.username}:{SHA}${digest}\n`);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const args = ['run', '--interface', '127.0.0.1', '--port', String(port), '--passwords', accounts];
  const child = await start(join(bin, 'pypi-server'), [...args, '--authenticate', 'update', packages], url);
  const close = () => stop(child);
  return {name: 'pypiserver', uploadUrl: url, indexUrl: `${url}simple/`, ...ACCOUNT, close};
}

/** devpi with an index of our own that takes no file twice. */
export async function startDevpi(bin: string, folder: string): Promise<IndexServer> {
  const state = join(folder, 'devpi');
  const init = ['--serverdir', state, '--no-root-pypi', '--root-passwd', ACCOUNT.password];
  await execa(join(bin, 'devpi-init'), init);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const args = ['--serverdir', state, '--host', '127.0.0.1', '--port', String(port), '--offline-mode'];
  const child = await start(join(bin, 'devpi-server'), args, url);
  const send = async (path: string, method: string, body: object, login = '') => {
    const headers = {'content-type': 'application/json', ...(login ? {'x-devpi-auth': login} : {})};
    const answer = await fetch(url + path, {method, body: JSON.stringify(body), headers});
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return (await answer.json()) as {readonly result: {readonly password?: string}};
  };
  const {result} = await send('+login', 'POST', {user: 'root', password: ACCOUNT.password});
  const login = Buffer.from(`root:${result.password}`).toString('base64');
  await send(ACCOUNT.username, 'PUT', {password: ACCOUNT.password}, login);
  const index = `${ACCOUNT.username}/own`;
  await send(index, 'PUT', {type: 'stage', volatile: false, acl_upload: [ACCOUNT.username]}, login);
  const own = {uploadUrl: `${url}${index}/`, indexUrl: `${url}${index}/+simple/`};
  return {name: 'devpi', ...own, ...ACCOUNT, close: () => stop(child)};
}
