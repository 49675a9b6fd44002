import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Service } from './github-git.ts';

/** One request that the local GitHub saw. */
export interface RecordedRequest {
  /** Milliseconds since the epoch, when it arrived. */
  at: number;
  /** The same, when work on it began: behind what it was made to wait. */
  began: number;
  /** The same, when its answer was out. */
  closed: number;
  method: string;
  /** The host, and the port unless it is the usual one, that the client asked. */
  host: string;
  /** A number for each connection: requests that came over the same one share it. */
  connection: number;
  /** With the query. */
  path: string;
  kind: 'api' | 'git';
  service?: Service;
  /** 0 when the connection was closed without an answer. */
  status: number;
  /** Bytes of the body that came from the client. */
  received: number;
  /** Bytes of the body that went to the client. */
  sent: number;
  /** Every Authorization header, also the second and third. */
  authorizations: string[];
  /** What was sent to the API; empty for git. */
  body: string;
}

const connections = new WeakMap<Socket, number>();
let lastConnection = 0;

function connectionOf({ socket }: IncomingMessage): number {
  const number = connections.get(socket) ?? ++lastConnection;
  connections.set(socket, number);
  return number;
}

/** Every value of a header, as often as the client sent it: `request.headers` keeps only the first. */
export function headerValues(request: IncomingMessage, name: string): string[] {
  const raw = request.rawHeaders;
  return raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === name);
}

/** Starts the record of a request; it is complete when the response has closed. */
export function recordRequest(
  request: IncomingMessage,
  response: ServerResponse,
  kind: 'api' | 'git',
  service?: Service,
) {
  const record: RecordedRequest = {
    at: Date.now(),
    began: Number.NaN,
    closed: Number.NaN,
    connection: connectionOf(request),
    method: request.method ?? 'GET',
    host: request.headers.host ?? '',
    path: request.url ?? '/',
    kind,
    ...(service === undefined ? {} : { service }),
    status: 0,
    received: 0,
    sent: 0,
    authorizations: headerValues(request, 'authorization'),
    body: '',
  };
  const countReceived = (chunk: Buffer) => {
    record.received += chunk.length;
  };
  // Listening for data alone would start the flow before the reader is there.
  const emit = request.emit.bind(request);
  request.emit = (event: string, ...args: unknown[]) => {
    if (event === 'data') countReceived(args[0] as Buffer);
    return emit(event, ...args);
  };
  const { write, end } = response;
  const countSent = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) record.sent += Buffer.byteLength(chunk);
  };
  response.write = ((chunk: unknown, ...rest: unknown[]) => {
    countSent(chunk);
    return Reflect.apply(write, response, [chunk, ...rest]);
  }) as typeof response.write;
  response.end = ((chunk: unknown, ...rest: unknown[]) => {
    countSent(chunk);
    return Reflect.apply(end, response, [chunk, ...rest]);
  }) as typeof response.end;
  response.on('close', () => {
    record.closed = Date.now();
    record.status = response.headersSent ? response.statusCode : 0;
  });
  return record;
}
