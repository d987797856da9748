import {realpath} from 'node:fs/promises';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {type AddressInfo, isIPv6, type Socket} from 'node:net';
import type {Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import type {Context} from '../report.js';
import {type RepositoryOptions, withRepository} from './repository.js';
import {refuse, respond} from './serve-file.js';

export interface ServeAptOptions extends Omit<RepositoryOptions, 'patience'>, Context {
  /** Address or name to listen at. @default '127.0.0.1' */
  readonly address?: string | undefined;
  /** 0 for one that is free. @default 8080 */
  readonly port?: number | undefined;
}

/** A server that runs. */
export interface AptServer {
  /** What clients write behind `URIs:`. */
  readonly url: string;
  /** No new connections; resolves when the responses under way have ended. */
  close(): Promise<void>;
}

/**
 * Serve a repository over HTTP until it is closed or the signal is aborted; for tests and small teams. Every request
 * is reported.
 *
 * @throws E_OPTION where there is no repository, or where nothing can listen
 */
export async function serveApt(options: ServeAptOptions): Promise<AptServer> {
  const {address = '127.0.0.1', port = 8080} = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new MkvenvdebError('E_OPTION', `Not a port: ${port}`, {hint: 'Give a number from 0 to 65535'});
  return withRepository(options, async ({root}, caller) => {
    caller.signal?.throwIfAborted();
    const server = createServer(handler(await realpath(root), caller));
    const close = closing(server);
    // Who neither sends nor reads for so long is gone.
    server.setTimeout(PATIENCE).keepAliveTimeout = PATIENCE / 4;
    await listen(server, address, port);
    caller.signal?.addEventListener('abort', close, {once: true});
    server.on('close', () => caller.signal?.removeEventListener('abort', close));
    if (caller.signal?.aborted) {
      await close();
      throw caller.signal.reason;
    }
    const host = isIPv6(address) ? `[${address}]` : address;
    return {url: `http://${host}:${(server.address() as AddressInfo).port}/`, close};
  });
}

const PATIENCE = 120_000;

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken',
  EADDRNOTAVAIL: 'this machine does not have the address',
  ENOTFOUND: 'there is no such name',
  EACCES: 'ports below 1024 are for root',
};

async function listen(server: Server, address: string, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, address, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (cause) {
    const {code = ''} = cause as NodeJS.ErrnoException;
    const why = REASONS[code] ?? code;
    throw new MkvenvdebError('E_OPTION', `Cannot listen at ${address}, port ${port}: ${why}`, {
      hint: 'Choose another address or port; port 0 takes one that is free',
      cause,
    });
  }
}

/** Connections without a request are closed at once, others when the last response on them has ended. */
function closing(server: Server): () => Promise<void> {
  const requests = new Map<Socket, number>();
  let closed: Promise<void> | undefined;
  const count = (socket: Socket, more: number) => {
    const before = requests.get(socket);
    if (before === undefined) return; // it is closed already
    const left = before + more;
    requests.set(socket, left);
    if (closed && left === 0) socket.destroySoon();
  };
  server.on('connection', (socket: Socket) => {
    requests.set(socket, 0);
    socket.on('close', () => requests.delete(socket));
  });
  server.on('request', ({socket}, response) => {
    count(socket, 1);
    response.on('close', () => count(socket, -1));
  });
  return () => {
    closed ??= new Promise((resolve) => server.close(() => resolve()));
    for (const socket of requests.keys()) count(socket, 0);
    return closed;
  };
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

function handler(root: string, {report}: Caller): Handler {
  return (request, response) => {
    const {method = '', url = ''} = request;
    const client = request.socket.remoteAddress ?? '';
    response.on('close', () => {
      const end = response.writableFinished ? '' : ', broken off';
      report({
        type: 'output',
        source: 'serve',
        line: `${client} ${method} ${url} ${response.statusCode}${end}`,
      });
    });
    // What was begun cannot be taken back: the client sees that it is not whole.
    respond(root, request, response).catch(() =>
      response.headersSent ? response.destroy() : refuse(response, 500),
    );
  };
}
