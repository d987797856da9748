import {createHash} from 'node:crypto';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';

/** How an index fails: before or after it has stored the file, or in what it says. */
export type Fault =
  /** Not this form. */
  | 'none'
  | 'error before'
  | 'error after'
  | 'dropped before'
  | 'dropped after'
  | 'forbidden'
  | 'busy'
  /** Somebody else was quicker, with other bytes. */
  | 'taken';

export interface UploadIndex {
  readonly uploadUrl: string;
  readonly indexUrl: string;
  /** What was stored, by name. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** The forms that came, without the file, in the order of their fields. */
  readonly forms: readonly (readonly (readonly [string, string])[])[];
  /** For the next forms that are sent, one each. */
  readonly faults: Fault[];
  close(): void;
}

const NEEDED = [
  ':action',
  'protocol_version',
  'name',
  'version',
  'metadata_version',
  'filetype',
  'pyversion',
];

/** A package index by the rules of Warehouse: an identical file again is fine, another one of that name is not. */
export async function uploadIndex({password = 'secret'} = {}): Promise<UploadIndex> {
  const files = new Map<string, Buffer>();
  const forms: (readonly (readonly [string, string])[])[] = [];
  const faults: Fault[] = [];
  const allowed = `Basic ${Buffer.from(`__token__:${password}`).toString('base64')}`;
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') return simple(request, response, files);
    const {fields, name, content} = await readForm(request);
    if (content !== undefined) forms.push(fields);
    const fault = faults.shift();
    if (fault === 'dropped before') return void request.socket.destroy();
    if (fault === 'error before') return void response.writeHead(500).end('broken');
    if (fault === 'busy') return void response.writeHead(503).end('busy');
    if (fault === 'forbidden' || request.headers.authorization !== allowed)
      return void response
        .writeHead(403, 'Forbidden')
        .end('Invalid or non-existent authentication information.');
    if (content === undefined)
      return void response.writeHead(400).end('Upload payload does not have a file.');
    if (fault === 'taken') files.set(name, Buffer.from('other'));
    const [status, text] = store(files, fields, name, content);
    if (fault === 'dropped after') return void request.socket.destroy();
    response.writeHead(fault === 'error after' ? 500 : status).end(text);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return {uploadUrl: `${url}/legacy/`, indexUrl: `${url}/simple/`, files, forms, faults, close};
}

async function readForm(request: IncomingMessage) {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const type = request.headers['content-type'] ?? '';
  const form = await new Response(Buffer.concat(chunks), {headers: {'content-type': type}}).formData();
  const fields = [...form].flatMap(([key, value]) =>
    typeof value === 'string' ? [[key, value] as const] : [],
  );
  const content = form.get('content') as File | null;
  if (content === null) return {fields, name: '', content: undefined};
  return {fields, name: content.name, content: Buffer.from(await content.arrayBuffer())};
}

function store(
  files: Map<string, Buffer>,
  fields: readonly (readonly [string, string])[],
  name: string,
  content: Buffer,
): readonly [number, string] {
  const missing = NEEDED.filter((field) => !fields.some(([key]) => key === field));
  if (missing.length > 0) return [400, `Missing: ${missing.join(', ')}`];
  const told = fields.find(([key]) => key === 'sha256_digest')?.[1];
  if (told !== undefined && told !== createHash('sha256').update(content).digest('hex'))
    return [400, 'The digest supplied does not match a digest calculated from the uploaded file.'];
  const before = files.get(name);
  if (before !== undefined && !before.equals(content)) return [400, 'File already exists'];
  files.set(name, content);
  return [200, 'OK'];
}

function simple(
  {url = ''}: IncomingMessage,
  response: ServerResponse,
  files: ReadonlyMap<string, Buffer>,
): void {
  const file = files.get(decodeURIComponent(url.split('/').at(-1) ?? ''));
  if (file) return void response.end(file);
  const name = url.split('/').at(-2) ?? '';
  const normal = (text: string) => text.toLowerCase().replace(/[-_.]+/g, '-');
  const own = [...files].filter(([filename]) => normal(filename).startsWith(`${name}-`));
  if (own.length === 0) return void response.writeHead(404).end();
  const list = own.map(([filename, content]) => ({
    filename,
    url: `/files/${filename}`,
    hashes: {sha256: createHash('sha256').update(content).digest('hex')},
  }));
  response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json');
  response.end(JSON.stringify({meta: {'api-version': '1.0'}, name, files: list}));
}
