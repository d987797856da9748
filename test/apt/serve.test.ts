import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {mkdir, readFile, rename, stat, symlink, truncate, utimes, writeFile} from 'node:fs/promises';
import {Agent, type IncomingHttpHeaders, request} from 'node:http';
import {connect} from 'node:net';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type AptServer, listApt, publishApt, type ReportEvent, serveApt} from '../../lib/index.js';
import {openAptPlace, updated} from '../helpers/apt-place.js';
import {cli, inFolder, rejects} from '../helpers/suite.js';

const serve = suite('apt/serve');
const place = await openAptPlace();
const {folder, makeDeb, newRepository, newClient} = place;
const servers: AptServer[] = [];

serve.after(async () => {
  await Promise.all(servers.map(({close}) => close()));
  await place.close();
});

/** A repository that is served, and the lines of its requests. */
async function served(repository: string) {
  const lines: string[] = [];
  const report = (event: ReportEvent) => {
    if (event.type === 'output') lines.push(event.line);
  };
  const server = await serveApt({repository, port: 0, report});
  servers.push(server);
  return {repository, ...server, lines};
}

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly agent?: Agent;
}

/** The path is sent as it is. */
async function ask(url: string, path: string, {method = 'GET', headers = {}, agent}: Asked = {}) {
  const asked = request(url, {path, method, headers, ...(agent ? {agent} : {})});
  const [response] = await once(asked.end(), 'response');
  const from: number | undefined = response.socket.localPort;
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part);
  const fields: IncomingHttpHeaders = response.headers;
  return {status: Number(response.statusCode), headers: fields, body: Buffer.concat(parts), from};
}

const IN_RELEASE = '/dists/stable/InRelease';

serve('apt installs names with all that is allowed in them, by digests, on one connection', async () => {
  const {url, repository, lines} = await served(await newRepository());
  const files = [await makeDeb({name: 'lib+c++.x', version: '1:26.11.0~rc1+b.1'}), await makeDeb()];
  await publishApt({repository, files});
  const client = await newClient(url);
  await updated(client);
  assert.is((await client.get('install', 'lib+c++.x', 'app')).exitCode, 0);
  assert.is(await client.installed('lib+c++.x'), '1:26.11.0~rc1+b.1-1');
  assert.ok(
    lines.some((line) => /GET \/dists\/stable\/main\/binary-amd64\/by-hash\/SHA256\/\w{64} 200$/.test(line)),
    lines.join('\n'),
  );
  assert.is(lines.filter((line) => /GET \/pool\/.*\.deb 200$/.test(line)).length, 2);
});

serve('apt goes on where a download broke off', async () => {
  const {url, repository, lines} = await served(await newRepository());
  const text = randomBytes(400_000).toString('base64');
  const file = await makeDeb({text});
  await publishApt({repository, files: [file]});
  const [listed] = await listApt({repository});
  const client = await newClient(url);
  await updated(client);
  const partial = join(client.root, '../var/cache/apt/archives/partial', 'app_1.0-1_amd64.deb');
  await writeFile(partial, await readFile(file));
  await truncate(partial, 200_000);
  const {mtimeMs} = await stat(join(repository, listed?.filename ?? ''));
  await utimes(partial, Math.floor(mtimeMs / 1000), Math.floor(mtimeMs / 1000));
  const {exitCode, stderr} = await client.get('install', 'app');
  assert.is(exitCode, 0, stderr);
  assert.ok(
    lines.some((line) => /GET \/pool\/.* 206$/.test(line)),
    lines.join('\n'),
  );
  assert.is(await readFile(join(client.root, 'opt/app/text'), 'utf8'), text);
});

serve('apt is told that nothing changed, and sees two publications within a second', async () => {
  const {url, repository} = await served(await newRepository());
  const client = await newClient(url);
  await updated(client);
  const {stdout} = await client.get('update');
  assert.match(stdout, /^Hit:1 /m);
  assert.not.match(stdout, /^Get:/m);
  const started = Date.now();
  for (const version of ['1', '2', '3']) {
    await publishApt({repository, files: [await makeDeb({version})]});
    assert.match((await client.get('update')).stdout, /^Get:1 .* InRelease/m);
    assert.match((await client.cache('policy', 'app')).stdout, new RegExp(`Candidate: ${version}-1`));
  }
  console.log(`\nthree publications seen in ${Date.now() - started} ms`);
});

serve('a client with the tag or the date gets 304, and 200 after the next publication', async () => {
  const {url, repository} = await served(await newRepository());
  const {headers, body, status} = await ask(url, IN_RELEASE);
  assert.is(status, 200);
  assert.is(headers['content-length'], String(body.length));
  assert.is(headers['cache-control'], 'no-cache');
  const {mtimeMs} = await stat(join(repository, IN_RELEASE));
  assert.is(Date.parse(headers['last-modified'] ?? ''), Math.floor(mtimeMs / 1000) * 1000);
  const conditions = {
    tag: {'If-None-Match': headers.etag ?? ''},
    date: {'If-Modified-Since': headers['last-modified'] ?? ''},
  };
  const ends = async () =>
    Promise.all(
      Object.values(conditions).map(async (given) => {
        const answer = await ask(url, IN_RELEASE, {headers: given});
        return `${answer.status} ${answer.body.length > 0}`;
      }),
    );
  assert.equal(await ends(), ['304 false', '304 false']);
  await publishApt({repository, files: [await makeDeb()]});
  assert.equal(await ends(), ['200 true', '200 true']);
});

serve('curl gets parts of a file, and goes on with one', async () => {
  const {url, repository} = await served(await newRepository());
  await writeFile(join(repository, 'pool/digits'), '0123456789');
  const curl = async (...args: readonly string[]) =>
    (await execa('curl', ['--silent', '--include', ...args, `${url}pool/digits`])).stdout;
  for (const [range, status, part, body] of [
    ['2-4', 206, 'bytes 2-4/10', '234'],
    ['-3', 206, 'bytes 7-9/10', '789'],
    ['7-', 206, 'bytes 7-9/10', '789'],
    ['10-', 416, 'bytes */10', '416 Range Not Satisfiable'],
  ] as const) {
    const answer = await curl('--range', range);
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
    assert.ok(answer.toLowerCase().includes(`content-range: ${part}\r\n`), answer);
    assert.is(answer.split('\r\n\r\n')[1]?.trim(), body);
  }
  assert.match(await curl('--head'), /^HTTP\/1\.1 200 [\s\S]*content-length: 10\r\n/i);
  const half = join(folder, 'half');
  await writeFile(half, '01234');
  await execa('curl', ['--silent', '--continue-at', '-', '--output', half, `${url}pool/digits`]);
  assert.is(await readFile(half, 'utf8'), '0123456789');
});

serve('an empty file is one', async () => {
  const {url} = await served(await newRepository());
  const {status, headers, body} = await ask(url, '/dists/stable/main/binary-amd64/Packages');
  assert.equal([status, headers['content-length'], body.length], [200, '0', 0]);
});

serve('what is no file of the repository is not found', async () => {
  const {url, repository} = await served(await newRepository());
  const inside = (name: string) => join(repository, 'pool', name);
  await mkdir(inside('folder'), {recursive: true});
  await writeFile(join(folder, 'secret'), 'secret');
  await writeFile(inside('real'), 'real');
  await symlink('../../secret', inside('out'));
  await symlink('../..', inside('above'));
  await symlink(join(folder, 'secret'), inside('absolute'));
  await symlink('loop', inside('loop'));
  await symlink('real', inside('within'));
  await execa('mkfifo', [inside('pipe')]);
  const absent = [
    ...['/', '/pool', '/pool/', '/pool/folder', '/dists/stable/', '/pool/real/', '/pool/real/x'],
    ...['/pool/out', '/pool/above/secret', '/pool/absolute', '/pool/loop', '/pool/pipe', '/pool/missing'],
    ...['/../secret', '/pool/../../secret', '/%2e%2e/secret', '/pool/..%2f..%2fsecret', '/%252e%252e/secret'],
    ...['/.mkvenvdeb/repository.json', '/%2Emkvenvdeb/repository.json', '//.mkvenvdeb/repository.json'],
    ...[
      '/pool/%00',
      '/pool/%zz',
      '/pool/\\..\\secret',
      `/${'a/'.repeat(5000)}a`,
      `/pool/${'x'.repeat(5000)}`,
    ],
  ];
  for (const path of absent) {
    const {status, body} = await ask(url, path);
    assert.is(`${status} ${body}`, '404 404 Not Found\n', path.slice(0, 100));
  }
  assert.is(String((await ask(url, '/pool/within')).body), 'real');
  assert.is(String((await ask(url, '//pool//real?x=1')).body), 'real');
});

serve('nothing but GET and HEAD is allowed', async () => {
  const {url} = await served(await newRepository());
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']) {
    const {status, headers} = await ask(url, IN_RELEASE, {method});
    assert.equal([status, headers.allow], [405, 'GET, HEAD'], method);
  }
});

serve('a connection is used again', async () => {
  const {url} = await served(await newRepository());
  const agent = new Agent({keepAlive: true, maxSockets: 1});
  const ports = [];
  for (const path of [IN_RELEASE, '/missing', IN_RELEASE])
    ports.push((await ask(url, path, {agent, method: path === '/missing' ? 'POST' : 'GET'})).from);
  agent.destroy();
  assert.is(new Set(ports).size, 1);
});

serve('a file that is replaced while it is read is sent as it was', async () => {
  const {url, repository} = await served(await newRepository());
  const file = join(repository, 'dists/changing');
  const state = (number: number) => `${number} `.repeat(1 + ((number * 7919) % 20_000));
  let number = 0;
  const replace = async () => {
    await writeFile(`${file}.new`, state(number));
    await utimes(`${file}.new`, 1_700_000_000 + number, 1_700_000_000 + number);
    await rename(`${file}.new`, file);
    number += 1;
  };
  await replace();
  let running = true;
  const writer = (async () => {
    while (running) await replace();
  })();
  const seen = new Set<number>();
  try {
    for (let count = 0; count < 150; count += 1) {
      const {status, headers, body} = await ask(url, '/dists/changing');
      const found = Number.parseInt(String(body), 10);
      assert.ok(status === 200 && String(body) === state(found), `${status}, ${body.length} bytes`);
      assert.is(Date.parse(headers['last-modified'] ?? '') / 1000, 1_700_000_000 + found);
      seen.add(found);
    }
  } finally {
    running = false;
    await writer;
  }
  assert.ok(seen.size > 20, `it hardly changed: ${seen.size}`);
});

serve('stopping waits for what is under way and for nothing else', () =>
  inFolder(async (near) => {
    const repository = await newRepository();
    const large = randomBytes(30_000_000);
    await writeFile(join(repository, 'pool/large'), large);
    const controller = new AbortController();
    const {url, close} = await serveApt({repository, port: 0, signal: controller.signal});
    const {hostname, port} = new URL(url);
    const silent = connect(Number(port), hostname);
    await once(silent, 'connect');
    const agent = new Agent({keepAlive: true});
    await ask(url, IN_RELEASE, {agent});
    const file = join(near, 'large');
    // curl reads slowly enough to be seen in the middle of it.
    const slow = execa('curl', ['--silent', '--limit-rate', '40M', '--output', file, `${url}pool/large`]);
    while (((await stat(file).catch(() => undefined))?.size ?? 0) === 0) await wait(10);
    controller.abort(new Error('enough'));
    const left = once(silent, 'close');
    await close();
    await slow;
    await left;
    assert.ok((await readFile(file)).equals(large));
    agent.destroy();
    const error = await ask(url, IN_RELEASE).catch((caught) => caught);
    assert.is(error.code, 'ECONNREFUSED');
  }),
);

serve('where nothing can be served, that is told at once', async () => {
  const repository = await newRepository();
  const {url} = await served(repository);
  const port = Number(new URL(url).port);
  const none = join(folder, 'none');
  await mkdir(none);
  await rejects(serveApt({repository: none, port: 0}), 'E_OPTION', /No repository/);
  await rejects(serveApt({repository, port}), 'E_OPTION', /port \d+: the port is taken/);
  for (const wrong of [-1, 65_536, 1.5, Number.NaN])
    await rejects(serveApt({repository, port: wrong}), 'E_OPTION', /Not a port/);
  await rejects(serveApt({repository, port: 0, address: '192.0.2.1'}), 'E_OPTION', /does not have/);
  const six = await serveApt({repository, port: 0, address: '::1'});
  assert.match(six.url, /^http:\/\/\[::1\]:\d+\/$/);
  await six.close();
});

serve('the command says where it serves and ends with 130 on Ctrl-C', async () => {
  const repository = await newRepository();
  const args = ['repo', 'serve', '--repository', repository, '--port', '0', '--verbose'];
  const server = execa(process.execPath, [cli, ...args], {reject: false});
  const [data] = await once(server.stdout, 'data');
  const url = String(data).trim();
  assert.is((await ask(url, IN_RELEASE)).status, 200);
  while (
    !(await Promise.race([once(server.stderr, 'data'), wait(5000, ['nothing'])])).join().includes('200')
  );
  server.kill('SIGINT');
  const {exitCode, stdout, stderr} = await server;
  assert.is(exitCode, 130);
  assert.is(stdout, url);
  assert.match(
    stderr,
    /serve: 127\.0\.0\.1 GET \/dists\/stable\/InRelease 200\nmkvenvdeb: Cancelled by SIGINT/,
  );
});

serve.run();
