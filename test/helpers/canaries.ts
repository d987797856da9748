import {readdirSync, readFileSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {basename, join} from 'node:path';
import {execa} from 'execa';

/** Passwords that must turn up nowhere; each way to give one has its own. */
export const canary = (way: string): string => `c@nary-of-${way}-8f3a71d0`;

/** The index of one way: a host of the loopback network that wants its password and has what its folder holds. */
export interface Way {
  readonly name: string;
  /** `127.0.0.9` */
  readonly host: string;
  readonly folder: string;
}

/** Hosts that demand user `jo` and the canary of their way; a proxy as well. What lies below `git/` is a repository. */
export async function startHosts(ways: readonly Way[]): Promise<{server: Server; port: number}> {
  const server = createServer(async (request, response) => {
    const {host = '', authorization, 'proxy-authorization': proxied} = request.headers;
    const way = ways.find((one) => host.startsWith(`${one.host}:`) || host === one.host);
    const given = Buffer.from((proxied ?? authorization ?? '').split(' ')[1] ?? '', 'base64').toString();
    if (way === undefined || given !== `jo:${canary(way.name)}`) {
      response.writeHead(401, {'WWW-Authenticate': 'Basic realm="x"'}).end();
      return;
    }
    const {pathname} = new URL(request.url ?? '', `http://${host}`);
    const isPage = pathname.endsWith('/');
    const wanted = basename(pathname).replaceAll('-', '_');
    const links = () =>
      readdirSync(way.folder)
        .filter((file) => pathname === '/links/' || file.startsWith(`${wanted}-`))
        .map((file) => `<a href="/files/${file}">${file}</a>`);
    const file = join(way.folder, pathname.startsWith('/git/') ? pathname : basename(pathname));
    const body = isPage ? links().join('\n') : await readFile(file).catch(() => undefined);
    response.writeHead(body === undefined || body === '' ? 404 : 200, {
      'Content-Type': isPage ? 'text/html' : 'application/octet-stream',
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  return {server, port: (server.address() as AddressInfo).port};
}

/** Every form of a password that has a reader: as it is, in a URL, in the header of a request, by itself in base64. */
const FORMS = `
import base64, urllib.parse as u
def forms(secret):
    found = {secret, u.quote(secret), u.quote(secret, safe="")}
    found |= {text.lower() for text in list(found)}
    for before in ("", "x", "xx"):
        text = base64.b64encode((before + secret).encode()).decode()
        found.add(text[4:-4])
    return sorted(one.encode() for one in found)
`;

/** Everything below folders, and what is packed in it: gzip, zip and xz, again and again. */
const SCANNER = `${FORMS}
import gzip, io, json, lzma, os, sys, tarfile, zipfile, zlib
secrets = json.loads(sys.argv[1])
wanted = [one for secret in secrets for one in forms(secret)]
# Whatever holds a form of one of them holds that form of what all begin with: few things to look for in most files.
hints = forms(os.path.commonprefix(secrets))
seen, hits = 0, []
def look(name, data, depth=0):
    global seen
    seen += 1
    if any(hint in data for hint in hints):
        hits.extend("%s: %s" % (name, one.decode()) for one in wanted if one in data)
    if depth > 4:
        return
    if data[:2] == b"\\x1f\\x8b":
        look(name + "!gz", gzip.decompress(data), depth + 1)
    elif data[:6] == b"\\xfd7zXZ\\0":
        look(name + "!xz", lzma.decompress(data), depth + 1)
    elif data[:4] == b"PK\\x03\\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                look(name + "!" + member, archive.read(member), depth + 1)
    elif data[:8] == b"!<arch>\\n":
        at = 8
        while at < len(data):
            size = int(data[at + 48:at + 58])
            look(name + "!" + data[at:at + 16].decode().strip(), data[at + 60:at + 60 + size], depth + 1)
            at += 60 + size + size % 2
for folder in sys.argv[2:]:
    for top, folders, files in os.walk(folder):
        for file in files + folders:
            path = os.path.join(top, file)
            if os.path.islink(path):
                look(path + " (link)", os.readlink(path).encode())
            elif os.path.isfile(path):
                look(path, open(path, "rb").read())
            if any(one in os.fsencode(file) for one in wanted):
                hits.append(path + " (name)")
print(json.dumps({"seen": seen, "hits": hits}))
`;

/** Where one of these passwords is found below folders, in any form, packed or not, and how much was looked at. */
export async function findIn(
  secrets: readonly string[],
  folders: readonly string[],
): Promise<{readonly seen: number; readonly hits: readonly string[]}> {
  const {stdout} = await execa('/usr/bin/python3', ['-c', SCANNER, JSON.stringify(secrets), ...folders]);
  return JSON.parse(stdout);
}

const processes = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

/** Collects, until it is stopped, arguments of any process begun since then that hold one of these texts. */
export function watchArguments(texts: readonly string[]): () => readonly string[] {
  const found = new Set<string>();
  let older: ReadonlySet<string> = new Set(processes());
  const timer = setInterval(() => {
    const now = processes();
    // A number is given again once its process has ended.
    older = new Set(now.filter((pid) => older.has(pid)));
    for (const pid of now.filter((pid) => !older.has(pid))) {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        if (texts.some((text) => words.includes(text))) found.add(words);
      } catch {} // it has ended
    }
  }, 15);
  return () => {
    clearInterval(timer);
    return [...found];
  };
}
