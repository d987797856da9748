import {setTimeout as wait} from 'node:timers/promises';
import {execa} from 'execa';
import * as assert from 'uvu/assert';

/** How a web server is started with a recipe for its site. */
export const WEB = {
  nginx: {
    site: '/etc/nginx/sites-enabled/default',
    listen: /listen 80;/,
    as: (port: number) => `listen 127.0.0.1:${port};`,
    run: 'exec nginx -g "daemon off;"',
  },
  apache: {
    site: '/etc/apache2/sites-enabled/000-default.conf',
    listen: /<VirtualHost \*:80>/,
    as: (port: number) => `Listen 127.0.0.1:${port}\n<VirtualHost 127.0.0.1:${port}>`,
    run: ': >/etc/apache2/ports.conf; a2enmod -q headers; exec apache2ctl -DFOREGROUND',
  },
  caddy: {
    site: '/etc/caddy/Caddyfile',
    listen: /^apt\.example\.org \{/,
    as: (port: number) => `{\n\tadmin off\n}\nhttp://127.0.0.1:${port} {`,
    run: 'exec caddy run --config /etc/caddy/Caddyfile --adapter caddyfile',
  },
} as const;

/** Wait until a server answers, whatever it is. */
export async function answers(url: string, log: () => Promise<string>): Promise<void> {
  for (let count = 0; ; count += 1) {
    if ((await execa('curl', ['--silent', url], {reject: false})).exitCode === 0) return;
    assert.ok(count < 200, `it does not answer: ${await log()}`);
    await wait(100);
  }
}

/** Assert that a repository with a package `odd+` is served as it should be. */
export async function assertServed(url: string): Promise<void> {
  const head = async (path: string, ...args: readonly string[]) =>
    (
      await execa('curl', [
        '--silent',
        '--include',
        '--output',
        '/dev/null',
        '--dump-header',
        '-',
        ...args,
        `${url}${path}`,
      ])
    ).stdout;
  const index = '/dists/stable/main/binary-amd64';
  const {stdout: release} = await execa('curl', ['--silent', `${url}/dists/stable/InRelease`]);
  const digest = /^ (\w{64}) +\d+ main\/binary-amd64\/Packages$/m.exec(release)?.[1];
  const {stdout: packages} = await execa('curl', ['--silent', `${url}${index}/Packages`]);
  const file = /^Filename: (.*odd.*)$/m.exec(packages)?.[1];
  for (const path of ['/dists/stable/InRelease', `${index}/Packages`, `${index}/Packages.xz`])
    assert.match(await head(path), /^HTTP\/1.1 200 [\s\S]*cache-control: no-cache/i, path);
  for (const path of [`/${file}`, `${index}/by-hash/SHA256/${digest}`]) {
    const headers = await head(path);
    assert.match(headers, /^HTTP\/1.1 200 /);
    assert.equal(headers.match(/cache-control: .*/gi), [
      'Cache-Control: public, max-age=31536000, immutable',
    ]);
  }
  assert.match(await head(`/${file}`, '--range', '5-'), /^HTTP\/1.1 206 /);
  assert.match(await head('/.mkvenvdeb/repository.json'), /^HTTP\/1.1 404 /);
  assert.match(await head('/pool/'), /^HTTP\/1.1 40[34] /);
  const date = /last-modified: (.*)/i.exec(await head('/dists/stable/InRelease'))?.[1]?.trim();
  const since = (text = '') => head('/dists/stable/InRelease', '--header', `If-Modified-Since: ${text}`);
  assert.match(await since(date), /^HTTP\/1.1 304 /);
  assert.match(await since('Thu, 01 Jan 2026 00:00:00 GMT'), /^HTTP\/1.1 200 /);
}
