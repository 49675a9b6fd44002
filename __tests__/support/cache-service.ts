import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCacheBlobs } from './cache-blobs.ts';
import { type CacheEntry, cacheEntries } from './cache-entries.ts';
import { answerCall, type CacheQuestion, type CacheWorld, cacheMethods, refuseCall } from './cache-methods.ts';
import { type CacheGrant, makeRuntimeToken, tryReadGrant } from './cache-token.ts';
import { type Fault, faultList } from './github-faults.ts';

const prefix = '/twirp/github.actions.results.api.v1.CacheService/';

/** An address that refuses every connection: nobody but root could listen on this port. */
export const unreachableCacheUrl = 'http://127.0.0.1:1/';

/** One request that the service saw. */
interface CacheRequest {
  /** Milliseconds since the epoch, when it arrived. */
  at: number;
  /** Name of the method, or `blob` and the verb: `CreateCacheEntry`, `blob PUT`. */
  method: string;
  /** Empty where the request names none that is known. */
  key: string;
  restoreKeys: string[];
  /** The host, and the port unless it is the usual one, that the client asked. */
  host: string;
  authorization: string;
  /** 0 as long as there is no answer. */
  status: number;
}

/** `match` is tested on method and key: `CreateCacheEntry codex/…`, `blob GET codex/…`. */
type CacheFault = Omit<Fault, 'tamper'>;

/** GitHub's cache of Actions on this machine: the protocol that @actions/cache speaks, before a storage of Azure's. */
export interface CacheService {
  /** What ACTIONS_RESULTS_URL names. */
  readonly url: string;
  /** Everything that was asked, oldest first. */
  readonly requests: CacheRequest[];
  /** What ACTIONS_RUNTIME_TOKEN holds in a run that may do this. */
  tokenFor(grant: CacheGrant): string;
  /** What a run could get, oldest first; uploads that were not finalized are left out. */
  entries(): CacheEntry[];
  /** The archive of the entry with this id, or of the newest one with this key. */
  archive(which: string | number): Promise<Buffer>;
  /** Puts something else in the place of an archive: damage, or an attack. */
  replaceArchive(which: string | number, bytes: Uint8Array): Promise<void>;
  /** Deletes the entry with this id, or every one with this key. */
  delete(which: string | number): Promise<void>;
  fault(fault: CacheFault): void;
  clearFaults(): void;
  clearRequests(): void;
  close(): Promise<void>;
}

function parseQuestion(sent: string): CacheQuestion {
  const { key = '', restore_keys = [], version = '', size_bytes = '0' } = JSON.parse(sent || '{}');
  return { key, restore_keys, version, size_bytes };
}

/**
 * Starts an empty cache on a free port; close it when done.
 * @param storage the address before those of archives, where it is not the service's own
 */
export async function startCacheService(storage?: string): Promise<CacheService> {
  const [entries, faults, blobs] = [cacheEntries(), faultList(), await startCacheBlobs()];
  const requests: CacheRequest[] = [];
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // The client went away, or the storage did.
      if (!response.headersSent) response.statusCode = 500;
      response.end(`${error}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const session: CacheWorld = { entries, blobs, origin: storage ?? origin };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', origin);
    const isBlob = pathname.startsWith(blobs.path);
    const name = pathname.replace(prefix, '');
    const sent = isBlob ? '' : await text(request);
    const asked = parseQuestion(sent);
    const stored = isBlob ? entries.all.find(({ blob }) => blob === pathname.slice(blobs.path.length)) : undefined;
    const record: CacheRequest = {
      at: Date.now(),
      method: isBlob ? `blob ${request.method}` : name,
      key: stored?.key ?? asked.key,
      restoreKeys: asked.restore_keys,
      host: request.headers.host ?? '',
      authorization: request.headers.authorization ?? '',
      status: 0,
    };
    requests.push(record);
    const fault = faults.take(`${record.method} ${record.key}`);
    if (fault?.delay !== undefined) await sleep(fault.delay);
    await fault?.meanwhile?.();
    if (fault?.hang) return;
    if (fault?.drop) return void request.socket.destroy();
    const reply = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      if (fault?.loseAnswer) return void request.socket.destroy();
      // What nobody read must be drained, or the connection cannot be used again.
      request.resume();
      record.status = status;
      const [type, bytes] =
        typeof body === 'string' ? ['text/plain', body] : ['application/json', JSON.stringify(body)];
      response.writeHead(status, { 'Content-Type': type, ...headers }).end(request.method === 'HEAD' ? '' : bytes);
    };
    if (fault?.status !== undefined)
      return reply(fault.status, fault.body ?? { code: 'unknown', msg: 'Something went wrong' }, fault.headers);
    if (isBlob) {
      const answer = await blobs.ask(request);
      if (fault?.loseAnswer) return void request.socket.destroy();
      record.status = answer.statusCode ?? 502;
      response.writeHead(record.status, answer.headers);
      return pipeline(answer, response);
    }
    const method = cacheMethods.find((known) => known === name);
    const grant = tryReadGrant(request.headers.authorization);
    const answer =
      method === undefined || request.method !== 'POST'
        ? refuseCall(404, 'bad_route', `no handler for path "${pathname}"`)
        : grant === undefined
          ? refuseCall(401, 'unauthenticated', 'invalid token')
          : await answerCall(session, method, grant, asked);
    reply(answer.status, answer.body);
  }

  return {
    url: `${origin}/`,
    requests,
    tokenFor: makeRuntimeToken,
    entries: () =>
      entries.all.filter(({ finalized }) => finalized).map(({ blob: _blob, finalized: _finalized, ...entry }) => entry),
    archive: (which) => blobs.read(entries.pick(which).blob),
    replaceArchive: (which, bytes) => blobs.write(entries.pick(which).blob, bytes),
    async delete(which) {
      await Promise.all(entries.remove(which).map(({ blob }) => blobs.remove(blob)));
    },
    fault: faults.add,
    clearFaults: faults.clear,
    clearRequests: () => void requests.splice(0),
    async close() {
      server.closeAllConnections();
      await Promise.all([new Promise((resolve) => server.close(resolve)), blobs.close()]);
    },
  };
}
