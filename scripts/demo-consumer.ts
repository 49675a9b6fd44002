import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type CacheService, startCacheService } from '../__tests__/support/cache-service.ts';
import { checkoutProject } from '../__tests__/support/project.ts';
import type { GivenInputs } from '../__tests__/support/runner-files.ts';
import { type Demo, keep, runStep, say } from './demo-step.ts';

const SHOP = 'acme/shop';

/** A system that reads documents: each of its jobs begins with a fresh checkout, and they share GitHub's cache. */
export interface Consumer {
  /** Runs a job that fetches, and shows what it got. */
  readonly fetch: (step: FetchStep) => Promise<void>;
  readonly close: () => Promise<void>;
}

type FetchStep = { readonly event: string; readonly inputs: GivenInputs & { readonly env: string } };

export async function openShop(demo: Demo): Promise<Consumer> {
  const { github } = demo;
  const cache: CacheService = await startCacheService();
  github.attachCaches(cache);
  await github.createRepository(SHOP, { files: { 'README.md': '# Shop\n' } });
  return {
    async fetch({ event, inputs }) {
      const { directory } = await checkoutProject(github, SHOP);
      const run = await runStep(demo, { workspace: directory, repository: SHOP, event, inputs, cache });
      for (const { path } of JSON.parse(run.outputs.documents ?? '') as { path: string }[]) {
        const text = await readFile(join(directory, path), 'utf8');
        say(`    ${path}: ${text.trimEnd().split('\n').at(-1)}`);
        await keep(demo, keptDocument(inputs.env, path), text);
      }
      say(`    cache-hit: ${run.outputs['cache-hit']}`);
    },
    close: () => cache.close(),
  };
}

/** Where what a job fetched is kept to look at. */
export function keptDocument(env: string, path: string): string {
  return join('fetched', env, basename(path));
}
