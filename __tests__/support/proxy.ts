import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** A proxy that alone knows where a server is, as in a network without a way out. */
export interface Proxy {
  readonly url: string;
  /** What went through it: `CONNECT` for a tunnel, else the method of the request. */
  readonly passed: readonly string[];
  readonly close: () => Promise<void>;
}

/** @param port of this machine, at which the server is that everything asks for */
export async function startProxy(port: number): Promise<Proxy> {
  const passed: string[] = [];
  const server = createServer((incoming, answer) => {
    passed.push(incoming.method ?? '');
    const { pathname, search } = new URL(incoming.url ?? '');
    const { method, headers } = incoming;
    const outgoing = request({ port, method, headers, path: pathname + search }, (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(answer);
    });
    incoming.pipe(outgoing);
  });
  server.on('connect', (incoming, socket, head) => {
    passed.push(incoming.method ?? '');
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
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
