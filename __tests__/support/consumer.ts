import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { type CacheService, startCacheService } from './cache-service.ts';
import type { FileChange } from './commit-files.ts';
import type { RepositoryOptions } from './github-repositories.ts';
import { checkoutProject, type Project } from './project.ts';
import type { ActionOptions, ActionRun } from './runner.ts';
import type { GivenInputs } from './runner-files.ts';
import { codex, type Story, useStories } from './story.ts';

/** Where fetched documents lie unless the inputs say otherwise. */
export const cacheDir = '.fractary/plugins/codex/cache';

/** Documents of two projects, unlike in both environments. */
const published: Record<'test' | 'main', Record<string, FileChange>> = {
  test: {
    'projects/widgets/docs/guide.md': 'Guide, under test\r\n\u0000',
    'projects/widgets/docs/deep/more.md': 'More\n',
    'projects/widgets/docs/run.sh': { mode: '100755', content: '#!/bin/sh\n' },
    'projects/widgets/docs/link.md': { mode: '120000', content: 'guide.md' },
    'projects/widgets/.codex-sync.json': '{}\n',
    'projects/gadgets/README.md': 'Gadgets, under test\n',
  },
  main: {
    'projects/widgets/docs/guide.md': 'Guide, released\n',
    'projects/gadgets/README.md': 'Gadgets, released\n',
  },
};

/** What a run left in the cache directory: path below it -> text; the index and its `.gitignore` aside. */
export async function cached(directory: string, below = cacheDir): Promise<Record<string, string>> {
  const root = join(directory, below);
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const named = files.map((file) => [file.slice(root.length + 1), file] as const);
  const documents = named.filter(([path]) => !path.startsWith('.cache-index') && path !== '.gitignore').sort();
  return Object.fromEntries(
    await Promise.all(documents.map(async ([path, file]) => [path, await readFile(file, 'utf8')] as const)),
  );
}

/** The index of the cache directory, parsed. */
export async function indexOf(directory: string, below = cacheDir): Promise<{ version: string; entries: Entry[] }> {
  return JSON.parse(await readFile(join(directory, below, '.cache-index.json'), 'utf8'));
}
type Entry = Record<string, string | number>;

export async function isExecutable(file: string): Promise<boolean> {
  return ((await stat(file)).mode & 0o111) !== 0;
}

/** A consumer of the codex: each of its jobs starts with a fresh checkout, as on GitHub's runners. */
export interface Consumer extends Story {
  readonly cache: CacheService;
  /** `owner/name` of the consumer's own repository. */
  readonly fullName: string;
  /** Fetches in a checkout of its own, `@codex/widgets/docs/guide.md` unless told. */
  fetch(inputs?: GivenInputs, options?: Partial<ActionOptions>): Promise<Fetched>;
  /** Number of the entry with this key in the consumer's own Actions cache. */
  entry(key: string | undefined): number;
  /** A fresh checkout. */
  checkout(): Promise<Project>;
}

export interface Fetched extends ActionRun {
  readonly directory: string;
  /** What lies in the cache directory after the run. */
  readonly documents: Record<string, string>;
}

/** Lets the tests of a file start consumers; they share one cache service, in repositories of their own. */
export function useConsumers(): (options?: RepositoryOptions) => Promise<Consumer> {
  const startStory = useStories();
  const service = startCacheService();
  afterAll(async () => (await service).close());
  let consumers = 0;

  return async (options = {}) => {
    const cache = await service;
    const story = await startStory();
    const { github } = story;
    await github.git(codex, 'branch', 'test', 'main');
    await story.edit(published.test);
    await story.edit(published.main, 'main');
    github.attachCaches(cache);
    consumers += 1;
    const name = `acme/consumer-${consumers}`;
    await github.createRepository(name, { files: { 'README.md': '# Consumer\n' }, ...options });
    const checkout = () => checkoutProject(github, name);
    return {
      ...story,
      cache,
      fullName: name,
      checkout,
      entry(key) {
        const found = cache.entries().find((entry) => entry.repository === name && entry.key === key);
        if (!found) throw new Error(`${name} has no cache entry ${key}`);
        return found.id;
      },
      async fetch(inputs, more) {
        const workspace = more?.workspace ?? (await checkout()).directory;
        const given = { mode: 'fetch', references: '@codex/widgets/docs/guide.md', ...inputs };
        const place = { fullName: name, directory: workspace };
        // Without the cache the server keeps an address that Node finds too, as GitHub's own is.
        const services = inputs?.['use-cache'] === 'false' ? {} : { cache };
        const run = await story.publish(place, given, { ...services, ...more });
        return { ...run, directory: workspace, documents: await cached(workspace) };
      },
    };
  };
}

/** What git was asked for in a run: the bodies of blobs come with the fetch that names them. */
export function gitFetches({ requests }: ActionRun): number {
  return requests.filter(({ method, service }) => method === 'POST' && service === 'upload-pack').length;
}
