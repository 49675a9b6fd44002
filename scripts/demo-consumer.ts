import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CacheService, startCacheService } from '../__tests__/support/cache-service.ts';
import type { LocalGitHub } from '../__tests__/support/github.ts';
import { checkoutProject } from '../__tests__/support/project.ts';
import { CODEX, runStep, say } from './demo-step.ts';

const SHOP = 'acme/shop';

/** A system that reads documents: each of its jobs begins with a fresh checkout, and they share GitHub's cache. */
export interface Consumer {
  /** Runs a job that fetches, and shows what it got. */
  readonly fetch: (env: 'test' | 'prod') => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function openShop(github: LocalGitHub): Promise<Consumer> {
  const cache: CacheService = await startCacheService();
  github.attachCaches(cache);
  await github.createRepository(SHOP, { files: { 'README.md': '# Shop\n' } });
  return {
    async fetch(env) {
      const { directory } = await checkoutProject(github, SHOP);
      const inputs = { mode: 'fetch', env, 'codex-repository': CODEX, references: '@codex/widgets/docs/**' };
      const run = await runStep(github, { workspace: directory, repository: SHOP, event: 'push', inputs, cache });
      for (const { path } of JSON.parse(run.outputs.documents ?? '') as { path: string }[]) {
        const text = await readFile(join(directory, path), 'utf8');
        say(`    ${path}: ${text.trimEnd().split('\n').at(-1)}`);
      }
      say(`    cache-hit: ${run.outputs['cache-hit']}`);
    },
    close: () => cache.close(),
  };
}
