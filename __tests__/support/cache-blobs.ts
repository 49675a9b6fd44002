import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { type IncomingMessage, request as send } from 'node:http';
import { tmpdir } from 'node:os';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import {
  BlobSASPermissions,
  BlobServiceClient,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';

const server = fileURLToPath(new URL('../../node_modules/azurite/dist/src/blob/main.js', import.meta.url));
const [account, container] = ['codexsync', 'caches'];
const options = ['--inMemoryPersistence', '--disableTelemetry', '--skipApiVersionCheck', '--silent'];
const address = ['--blobHost', '127.0.0.1', '--blobPort', '0'];
// Two thirds of Azurite's start are spent on loading telemetry that is never used: any other module will do. The end of
// its input tells it that the test is gone, however that ended.
const preload = `
import { registerHooks } from 'node:module';
registerHooks({ resolve: (name, context, next) => next(name === 'applicationinsights' ? 'node:util' : name, context) });
process.stdin.resume().on('end', () => process.exit());`;

/** Azure's blob storage on this machine, in memory. */
export interface CacheBlobs {
  /** How the paths of its requests begin. */
  path: string;
  /** Path and query that allow one thing with one blob: `r` reads it, `cw` makes it. */
  signedPath(blob: string, permissions: 'r' | 'cw'): string;
  /** `undefined` where nothing was uploaded. */
  size(blob: string): Promise<number | undefined>;
  read(blob: string): Promise<Buffer>;
  write(blob: string, bytes: Uint8Array): Promise<void>;
  remove(blob: string): Promise<void>;
  /** Passes a request on and resolves with the storage's answer, when that has begun. */
  ask(request: IncomingMessage): Promise<IncomingMessage>;
  close(): Promise<void>;
}

/** Resolves with the storage's own address when it listens. */
function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const read = (chunk: Buffer) => {
      said += chunk;
      const [, url] = /successfully listens on (http:\S+)/.exec(said) ?? [];
      if (url !== undefined) resolve(url);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('error', reject);
    child.on('close', (code) => reject(new Error(`Azurite ended with ${code}: ${said}`)));
  });
}

/** Starts a storage with one empty container. */
export async function startCacheBlobs(): Promise<CacheBlobs> {
  const key = randomBytes(64).toString('base64');
  const env = { PATH: process.env.PATH ?? '', AZURITE_ACCOUNTS: `${account}:${key}` };
  const args = ['--import', `data:text/javascript,${encodeURIComponent(preload)}`, server, ...options, ...address];
  const child = spawn(process.execPath, args, { cwd: tmpdir(), env, stdio: 'pipe' });
  const closed = new Promise((resolve) => child.on('close', resolve));
  const url = await listening(child);
  const credential = new StorageSharedKeyCredential(account, key);
  const retryOptions = { maxTries: 1 };
  const caches = new BlobServiceClient(`${url}/${account}`, credential, { retryOptions }).getContainerClient(container);
  await caches.create();

  return {
    path: `/${account}/${container}/`,
    signedPath(blob, permissions) {
      const expiresOn = new Date(Date.now() + 60 * 60 * 1000);
      const what = { containerName: container, blobName: blob, permissions: BlobSASPermissions.parse(permissions) };
      return `/${account}/${container}/${blob}?${generateBlobSASQueryParameters({ ...what, expiresOn }, credential)}`;
    },
    async size(blob) {
      const client = caches.getBlobClient(blob);
      return (await client.exists()) ? (await client.getProperties()).contentLength : undefined;
    },
    read: (blob) => caches.getBlobClient(blob).downloadToBuffer(),
    write: async (blob, bytes) => void (await caches.getBlockBlobClient(blob).uploadData(bytes)),
    remove: async (blob) => void (await caches.getBlobClient(blob).deleteIfExists()),
    async ask(request) {
      const { method } = request;
      // By another host's name it would look for another account.
      const headers = { ...request.headers, host: new URL(url).host };
      const body = await buffer(request);
      return new Promise((resolve, reject) => {
        const forwarded = send(new URL(request.url ?? '/', url), { method, headers, agent: false }, resolve);
        forwarded.on('error', reject).end(body);
      });
    },
    async close() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
