import {createServer, type IncomingMessage, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readIndexFiles, versionInName} from '../../lib/release/package-index.js';
import {rejects} from '../helpers/suite.js';

const index = suite('release/package-index');
const SHA = 'a'.repeat(64);
const JSON_FORM = {
  meta: {'api-version': '1.1'},
  name: 'own-app',
  files: [
    {filename: 'own_app-1.0.tar.gz', url: '../../files/own_app-1.0.tar.gz', hashes: {sha256: SHA}},
    {filename: 'own_app-1.0-py3-none-any.whl', url: 'https://files.example.org/own.whl', hashes: {}},
    {filename: 7, url: 'x'},
  ],
};
const HTML_FORM = `<!DOCTYPE html><html><body><h1>Links</h1>
<!-- <a href="no-1.0.tar.gz">no</a> -->
<a href="../../files/own_app-1.0.tar.gz#sha256=${SHA}" data-requires-python="&gt;=3">own_app-1.0.tar.gz</a><br/>
<A HREF='../../files/own_app-1.0%2Blocal-py3-none-any.whl'>x</A>
<a name="anchor">none</a></body></html>`;

let server: Server;
let url: string;
const asked: IncomingMessage[] = [];
const ANSWERS: Readonly<Record<string, readonly [number, string, string]>> = {
  '/json/own-app/': [200, 'application/vnd.pypi.simple.v1+json', JSON.stringify(JSON_FORM)],
  '/html/own-app/': [200, 'text/html; charset=utf-8', HTML_FORM],
  '/broken/own-app/': [200, 'application/json', '{"files": ['],
  '/error/own-app/': [503, 'text/plain', 'later'],
};

index.before(async () => {
  server = createServer((request, response) => {
    asked.push(request);
    const [status, type, text] = ANSWERS[request.url ?? ''] ?? [404, 'text/plain', 'no'];
    response.writeHead(status, {'content-type': type}).end(text);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

index.after(() => {
  server.close();
});

index('the JSON form is read, and what is not as it should be left out', async () => {
  assert.equal(await readIndexFiles({indexUrl: `${url}/json`, name: 'Own_App'}), [
    {filename: 'own_app-1.0.tar.gz', url: `${url}/files/own_app-1.0.tar.gz`, sha256: SHA},
    {
      filename: 'own_app-1.0-py3-none-any.whl',
      url: 'https://files.example.org/own.whl',
      sha256: undefined,
    },
  ]);
});

index('the HTML form is read, comments are not', async () => {
  assert.equal(await readIndexFiles({indexUrl: `${url}/html/`, name: 'own.app'}), [
    {filename: 'own_app-1.0.tar.gz', url: `${url}/files/own_app-1.0.tar.gz`, sha256: SHA},
    {
      filename: 'own_app-1.0+local-py3-none-any.whl',
      url: `${url}/files/own_app-1.0%2Blocal-py3-none-any.whl`,
      sha256: undefined,
    },
  ]);
});

index('what the index does not know has no files', async () =>
  assert.equal(await readIndexFiles({indexUrl: `${url}/json`, name: 'other'}), []),
);

index('user and password of the URL go into the request, not into it', async () => {
  await readIndexFiles({indexUrl: `${url.replace('//', '//jo:p%40ss@')}/json`, name: 'own-app'});
  const {authorization = ''} = asked.at(-1)?.headers ?? {};
  assert.is(Buffer.from(authorization.replace('Basic ', ''), 'base64').toString(), 'jo:p@ss');
});

for (const [place, why] of [
  ['/error', /503/],
  ['/broken', /its answer cannot be read/],
] as const)
  index(`an index at ${place} cannot be asked, and its password is not told`, async () => {
    const indexUrl = `${url.replace('//', '//jo:secret@')}${place}`;
    const error = await rejects(readIndexFiles({indexUrl, name: 'own-app'}), 'E_PUBLISH', why);
    assert.not.match(JSON.stringify(error), 'secret');
  });

index('where nobody answers, it says so', async () => {
  await rejects(
    readIndexFiles({indexUrl: 'http://127.0.0.1:1/', name: 'own-app'}),
    'E_PUBLISH',
    /127\.0\.0\.1:1.*(ECONNREFUSED|bad port)/,
  );
  await rejects(readIndexFiles({indexUrl: 'nowhere', name: 'own-app'}), 'E_OPTION', /Not the URL/);
});

for (const [filename, wanted] of [
  ['own_app-1.0.tar.gz', '1.0'],
  ['own-app-1.0rc1.zip', '1.0rc1'],
  ['Own.App-26.11.3-py3-none-any.whl', '26.11.3'],
  ['own_app-1.0-2-py2.py3-none-any.whl', '1.0'],
  ['own_app_extra-1.0.tar.gz', undefined],
  ['own_app-1.0.exe', undefined],
] as const)
  index(`${filename} is of version ${wanted}`, () => assert.is(versionInName(filename, 'own-app'), wanted));

index.run();
