import {createSocket} from 'node:dgram';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';

/** What code that tries to reach somebody found; `nobody answered` and the like are what the system said. */
export interface Attempts {
  readonly tcp: string;
  readonly udp: string;
  /** A question of DNS to a name server of ours, put by hand. */
  readonly question: string;
  /** The same to each of the machine's own name servers: only whether the packet left. */
  readonly resolvers: readonly string[];
  /** Through the system. */
  readonly name: string;
  /** Of the last one. */
  readonly seconds: number;
}

/** Python that tries each way to reach somebody, and writes down as JSON which of them worked. */
export const tries = (result: string, port: number): string => `import json, socket, struct, time
def attempt(kind):
    link = socket.socket(socket.AF_INET, kind)
    link.settimeout(3)
    try:
        link.connect(("127.0.0.1", ${port}))
        link.send(b"GET / HTTP/1.0\\r\\n\\r\\n")
        return "reached" if link.recv(4) else "nothing"
    except OSError as error:
        return error.strerror or "timed out"
QUESTION = struct.pack(">6H", 4711, 0x0100, 1, 0, 0, 0) + b"\\5index\\7example\\0" + struct.pack(">2H", 1, 1)
def ask(server, port, wait):
    link = socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM)
    link.settimeout(3)
    try:
        link.sendto(QUESTION, (server, port))
        if not wait:
            return "sent"
        return "answered" if link.recv(512)[:2] == QUESTION[:2] else "nothing"
    except OSError as error:
        return error.strerror or "timed out"
def resolvers():
    try:
        lines = [line.split() for line in open("/etc/resolv.conf")]
    except OSError:
        lines = []
    return [words[1].split("%")[0] for words in lines if words[:1] == ["nameserver"]]
def resolve():
    try:
        socket.getaddrinfo("index.example", 443)
        return "resolved"
    except socket.gaierror as error:
        return "not resolved"
with open("${result}", "w") as stream:
    found = {
        "tcp": attempt(socket.SOCK_STREAM),
        "udp": attempt(socket.SOCK_DGRAM),
        "question": ask("127.0.0.1", ${port}, True),
        "resolvers": [ask(server, 53, False) for server in resolvers() + ["192.0.2.53"]],
    }
    begun = time.monotonic()
    json.dump({**found, "name": resolve(), "seconds": time.monotonic() - begun}, stream)
`;

/** Run with a port of this machine where somebody answers, by TCP and by UDP. */
export async function withServer<T>(use: (port: number) => Promise<T>): Promise<T> {
  const tcp = createServer((_request, response) => response.end('here'));
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  const {port} = tcp.address() as AddressInfo;
  const udp = createSocket('udp4').bind(port, '127.0.0.1');
  // The first two bytes of an answer of DNS are those of its question.
  udp.on('message', (data, from) => udp.send(data.subarray(0, 12), from.port, from.address));
  try {
    return await use(port);
  } finally {
    tcp.close();
    udp.close();
  }
}
