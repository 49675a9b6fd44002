import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { follow } from './runner-process.ts';

// A script without a file finds packages from where it runs, which is no place that has any.
const client = new URL('../../node_modules/@actions/cache/lib/cache.js', import.meta.url);
const script = `
const cache = await import(${JSON.stringify(client)});
const results = [];
for (const [method, ...args] of JSON.parse(process.env.CALLS)) results.push((await cache[method](...args)) ?? null);
process.send(results);`;

/** Calls of the real client, by the names and with the arguments that it has. */
export type CacheCall =
  | ['saveCache', paths: string[], key: string]
  | ['restoreCache', paths: string[], key: string, restoreKeys?: string[], options?: { lookupOnly?: boolean }]
  | ['isFeatureAvailable'];

/** Saves these paths, restores them, or looks whether it could. */
export function cacheCalls(paths: string[]) {
  return {
    save: (key: string): CacheCall => ['saveCache', paths, key],
    restore: (key: string, ...restoreKeys: string[]): CacheCall => ['restoreCache', paths, key, restoreKeys],
    look: (key: string, ...restoreKeys: string[]): CacheCall => {
      return ['restoreCache', paths, key, restoreKeys, { lookupOnly: true }];
    },
  };
}

interface CacheClientRun {
  /** What each call returned; `null` for `undefined`. */
  results: (string | number | boolean | null)[];
  /** What it said, workflow commands included. */
  stdout: string;
}

/** A directory from which the real client saves and into which it restores. */
export interface CacheClient {
  readonly directory: string;
  write(path: string, text: string): Promise<void>;
  /** Makes calls one after the other, in a process of their own: the client reads its directory and environment. */
  call(calls: readonly CacheCall[], variables: Readonly<Record<string, string>>): Promise<CacheClientRun>;
  remove(): Promise<void>;
}

/** Makes an empty directory with the real client in it. */
export async function makeCacheClient(): Promise<CacheClient> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'cache-client-')));
  const directory = join(root, 'workspace');
  await mkdir(directory);
  return {
    directory,
    async write(path, text) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    },
    async call(calls, variables) {
      const env = {
        PATH: process.env.PATH ?? '',
        GITHUB_SERVER_URL: 'http://github.localhost',
        GITHUB_WORKSPACE: directory,
        RUNNER_TEMP: join(root, 'temp'),
        ACTIONS_CACHE_SERVICE_V2: 'True',
        CALLS: JSON.stringify(calls),
        ...variables,
      };
      const args = ['--input-type=module', '--eval', script];
      const child = spawn(process.execPath, args, { cwd: directory, env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
      const sent = new Promise<CacheClientRun['results']>((resolve) => child.once('message', resolve as () => void));
      const closed = await follow(child, () => {}, 60_000);
      if (closed.exitCode !== 0) throw new Error(`The client ended with ${closed.exitCode}: ${closed.stderr}`);
      return { results: await sent, stdout: closed.stdout };
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
