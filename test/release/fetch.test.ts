import {once} from 'node:events';
import {readFile, writeFile} from 'node:fs/promises';
import {createServer, type IncomingMessage, request, type Server} from 'node:http';
import {createServer as createSecureServer} from 'node:https';
import {type AddressInfo, connect} from 'node:net';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {answerText, openFetch} from '../../lib/release/fetch.js';
import {readIndexFiles} from '../../lib/release/package-index.js';
import {inFolder, rejects, root} from '../helpers/suite.js';

const fetching = suite('release/fetch');

async function listening(server: Server, scheme = 'http'): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const close = (server: Server) => {
  server.closeAllConnections();
  server.close();
};

/** A proxy that forwards everything to one server, whatever the name, and remembers what it was asked. */
async function openProxy(port: number) {
  const asked: IncomingMessage[] = [];
  const server = createServer((incoming, response) => {
    asked.push(incoming);
    const {pathname} = new URL(incoming.url ?? '');
    const {method, headers} = incoming;
    incoming.pipe(
      request({host: '127.0.0.1', port, method, path: pathname, headers}, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      }),
    );
  });
  server.on('connect', (incoming: IncomingMessage, socket) => {
    asked.push(incoming);
    const onward = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    onward.pipe(socket).pipe(onward);
    for (const one of [onward, socket]) one.on('error', () => {});
  });
  return {server, asked, url: await listening(server)};
}

fetching(
  'what is not encrypted goes through HTTP_PROXY with its account, but not to hosts of NO_PROXY',
  async () => {
    const bodies: string[] = [];
    const origin = createServer(async (incoming, response) => {
      let body = '';
      for await (const chunk of incoming) body += chunk;
      bodies.push(body);
      response.end('here');
    });
    const direct = await listening(origin);
    const proxy = await openProxy(Number(new URL(direct).port));
    try {
      const withLogin = proxy.url.replace('//', '//jo:s%20ecret@');
      const fetch = openFetch({HTTP_PROXY: withLogin, NO_PROXY: 'other.example,127.0.0.1'});
      const body = new Blob(['a', 'b']);
      const answer = await fetch('http://index.example/simple/', {method: 'POST', body});
      assert.is(await answer.text(), 'here');
      const [asked] = proxy.asked;
      assert.is(asked?.url, 'http://index.example/simple/');
      assert.is(
        asked?.headers['proxy-authorization'],
        `Basic ${Buffer.from('jo:s ecret').toString('base64')}`,
      );
      assert.is(await (await fetch(direct)).text(), 'here');
      assert.is(proxy.asked.length, 1);
      assert.equal(bodies, ['ab', '']);
    } finally {
      for (const server of [origin, proxy.server]) close(server);
    }
  },
);

fetching(
  'https goes through a tunnel of https_proxy, and the own authority is that of NODE_EXTRA_CA_CERTS',
  async () =>
    inFolder(async (folder) => {
      const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
      const names = 'subjectAltName=DNS:index.example,IP:127.0.0.1';
      const make = [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
      ];
      await execa('openssl', [
        ...make,
        '-keyout',
        key,
        '-out',
        certificate,
        '-subj',
        '/CN=own',
        '-addext',
        names,
      ]);
      const origin = createSecureServer(
        {key: await readFile(key), cert: await readFile(certificate)},
        (_, response) => response.end('<a href="own-1.0.tar.gz">x</a>'),
      );
      const direct = await listening(origin as unknown as Server, 'https');
      const proxy = await openProxy(Number(new URL(direct).port));
      const script = join(folder, 'ask.mjs');
      const library = join(root, 'dist/lib/release');
      await writeFile(
        script,
        `import {openFetch} from '${library}/fetch.js';
import {readIndexFiles} from '${library}/package-index.js';
for (const indexUrl of process.argv.slice(2))
  console.log((await readIndexFiles({indexUrl, name: 'own', fetch: openFetch(process.env)}))[0].filename);
`,
      );
      const env = {https_proxy: proxy.url, no_proxy: '127.0.0.1', NODE_EXTRA_CA_CERTS: certificate};
      try {
        const {stdout} = await execa(process.execPath, [script, 'https://index.example/', direct], {env});
        assert.is(stdout, 'own-1.0.tar.gz\nown-1.0.tar.gz');
        assert.equal(
          proxy.asked.map(({method, url}) => `${method} ${url}`),
          ['CONNECT index.example:443'],
        );
        await rejects(
          readIndexFiles({indexUrl: direct, name: 'own'}),
          'E_PUBLISH',
          /certificate.*NODE_EXTRA_CA_CERTS/s,
        );
      } finally {
        for (const server of [origin as unknown as Server, proxy.server]) close(server);
      }
    }),
);

fetching('a proxy that is not there is told without its account', async () => {
  const fetch = openFetch({http_proxy: 'http://jo:hunter2@127.0.0.1:9'});
  const error = await rejects(
    readIndexFiles({indexUrl: 'http://index.example/', name: 'own', fetch}),
    'E_PUBLISH',
    /cannot be asked.*ECONNREFUSED/s,
  );
  assert.not.match(`${error.message}${error.hint}`, 'hunter2');
});

fetching('what an index only sends on to another host for is not its own', async () => {
  const elsewhere = createServer((_, response) => response.end('<a href="own-1.0.tar.gz">x</a>'));
  const url = (await listening(elsewhere)).replace('127.0.0.1', 'localhost');
  const index = createServer(({url: path}, response) =>
    path?.startsWith('/own/')
      ? response.end('<a href="own-2.0.tar.gz">x</a>')
      : response.writeHead(303, {location: path?.startsWith('/same/') ? '/own/' : url}).end(),
  );
  const indexUrl = await listening(index);
  try {
    const ask = async (name: string, ownOnly: boolean) =>
      (await readIndexFiles({indexUrl, name, ownOnly})).map(({filename}) => filename);
    assert.equal(await ask('other', false), ['own-1.0.tar.gz']);
    assert.equal(await ask('other', true), []);
    assert.equal(await ask('same', true), ['own-2.0.tar.gz']);
  } finally {
    for (const server of [elsewhere, index]) close(server);
  }
});

fetching('an answer is one line, without markup and styles', () => {
  const answer = {status: 400, statusText: 'Bad Request'};
  const html = '<style>b {color: red}</style><h1>No</h1>\n<p>file &amp; name</p>';
  assert.is(answerText(answer, html), '400 Bad Request: No file &amp; name');
  assert.is(answerText({status: 503, statusText: ''}, ''), '503');
});

fetching.run();
