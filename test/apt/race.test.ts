import {once} from 'node:events';
import {createServer, request} from 'node:http';
import type {AddressInfo} from 'node:net';
import {fileURLToPath} from 'node:url';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {publishApt, serveApt} from '../../lib/index.js';
import type {AptClient} from '../helpers/apt-client.js';
import {openAptPlace, updated} from '../helpers/apt-place.js';
import {long} from '../helpers/suite.js';

const race = suite('apt/race');
const place = await openAptPlace();
const {makeDeb, newRepository, newClient} = place;
const publisher = fileURLToPath(new URL('publisher.js', import.meta.url));

/** Updates of each of the four races. */
const TIMES = long ? 250 : 8;

race.after(() => place.close());

/** Do something while another process publishes; gives how often it did. */
async function whilePublishing(
  repository: string,
  pause: number,
  use: (published: () => number) => Promise<void>,
): Promise<number> {
  const args = [publisher, repository, String(pause), await makeDeb({name: 'coming'})];
  const child = execa(process.execPath, args, {reject: false});
  let count = 0;
  child.stdout.on('data', (data) => (count += String(data).match(/published/g)?.length ?? 0));
  try {
    await once(child.stdout, 'data');
    await use(() => count);
    assert.is(child.exitCode, null, 'the publisher has ended');
  } finally {
    child.kill('SIGTERM');
    const {stderr} = await child;
    if (stderr) console.log(stderr);
  }
  return count;
}

/** At least so many times, and till something was published often enough. Gives the failures. */
async function updateOften(client: AptClient, published: () => number): Promise<readonly string[]> {
  const failures: string[] = [];
  for (let count = 0; count < TIMES || published() < 3; count += 1) {
    const {exitCode, stderr} = await client.get('update');
    if (exitCode !== 0 || stderr !== '') failures.push(`${exitCode} ${stderr}`);
  }
  return failures;
}

for (const pause of [50, 1000])
  for (const how of ['http', 'file'] as const)
    race(`no update fails while something is published every ${pause} ms: ${how}`, async () => {
      const repository = await newRepository();
      await publishApt({repository, files: [await makeDeb()]});
      const {url, close} = await serveApt({repository, port: 0});
      const client = await newClient(how === 'http' ? url : repository);
      const started = performance.now();
      let failures: readonly string[] = [];
      const count = await whilePublishing(repository, pause, async (published) => {
        failures = await updateOften(client, published);
      });
      const seconds = ((performance.now() - started) / 1000).toFixed(0);
      console.log(`\n${TIMES} updates, ${count} publications in ${seconds} s: ${failures.length} failed`);
      assert.equal(failures, []);
      await updated(client);
      assert.is((await client.get('install', 'app')).exitCode, 0);
      await close();
    });

/** A proxy between that keeps what it has seen at some paths until it is told to forget. */
async function openProxy(origin: string, keeps: RegExp) {
  const kept = new Map<string, {status: number; body: Buffer; modified: string | undefined}>();
  const server = createServer(async ({url = ''}, response) => {
    const found = kept.get(url) ?? (await fetched(origin, url));
    if (keeps.test(url)) kept.set(url, found);
    if (found.modified) response.setHeader('Last-Modified', found.modified);
    response.writeHead(found.status).end(found.body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const {port} = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return {url: `http://127.0.0.1:${port}/`, forget: () => kept.clear(), close};
}

async function fetched(origin: string, path: string) {
  const [response] = await once(request(origin, {path}).end(), 'response');
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part);
  const modified: string | undefined = response.headers['last-modified'];
  return {status: Number(response.statusCode), body: Buffer.concat(parts), modified};
}

const stale: readonly (readonly [string, RegExp, string])[] = [
  ['an old InRelease', /InRelease$/, '1.0-1'],
  ['old indexes by name', /Packages(\.\w+)?$/, '2.0-1'],
  ['an old InRelease and old indexes by name', /InRelease$|Packages(\.\w+)?$/, '1.0-1'],
];
for (const [what, keeps, seen] of stale)
  race(`clients work behind a proxy that gives ${what}, and see the new state after it`, async () => {
    const repository = await newRepository();
    const {url, close} = await serveApt({repository, port: 0});
    const proxy = await openProxy(url, keeps);
    await publishApt({repository, files: [await makeDeb({version: '1.0'})]});
    const [known, fresh] = [await newClient(proxy.url), await newClient(proxy.url)];
    await updated(known);
    for (const compression of ['', '.gz', '.xz'])
      await fetched(proxy.url, `/dists/stable/main/binary-amd64/Packages${compression}`);
    await publishApt({repository, files: [await makeDeb({version: '2.0'})]});
    for (const client of [known, fresh]) {
      await updated(client);
      assert.is((await client.get('install', 'app')).exitCode, 0);
      assert.is(await client.installed('app'), seen);
    }
    proxy.forget();
    await updated(known);
    assert.is((await known.get('install', 'app')).exitCode, 0);
    assert.is(await known.installed('app'), '2.0-1');
    proxy.close();
    await close();
  });

race.run();
