import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** A proxy that alone knows where servers are, as in a network without a way out. */
export interface Proxy {
  readonly url: string;
  /** Every `host:port` that it was asked for, those that it does not know included. */
  readonly addresses: ReadonlySet<string>;
  /** What went through it: `CONNECT` for a tunnel, else the method of the request. */
  readonly passed: readonly string[];
  readonly close: () => Promise<void>;
}

/** @param portOf the port of this machine where the server of a host is, if there is one */
export async function startProxy(portOf: (host: string) => number | undefined): Promise<Proxy> {
  const passed: string[] = [];
  const addresses = new Set<string>();
  const server = createServer((incoming, answer) => {
    passed.push(incoming.method ?? '');
    const { hostname, port: named, pathname, search } = new URL(incoming.url ?? '');
    addresses.add(`${hostname}:${named || 80}`);
    const port = portOf(hostname);
    if (port === undefined) return void answer.writeHead(502).end();
    const { method, headers } = incoming;
    const outgoing = request({ port, method, headers, path: pathname + search }, (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(answer);
    });
    incoming.pipe(outgoing);
  });
  server.on('connect', (incoming, socket, head) => {
    passed.push(incoming.method ?? '');
    addresses.add(incoming.url ?? '');
    const port = portOf(new URL(`http://${incoming.url}`).hostname);
    if (port === undefined) return void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    const tunnel = connect({ port }, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      tunnel.write(head);
      tunnel.pipe(socket).pipe(tunnel);
    });
    socket.on('error', () => tunnel.destroy());
    tunnel.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    addresses,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
