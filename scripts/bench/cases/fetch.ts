import { deepEqual } from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { type CacheService, startCacheService } from '../../../__tests__/support/cache-service.ts';
import { checkoutProject } from '../../../__tests__/support/project.ts';
import { projectsOf } from '../codexes.ts';
import { expectEnded, type Stage, type Started } from '../stage.ts';
import { ACTION, CACHED, type Case, type Contestant, SPARSE } from './case.ts';
import { documentsOf } from './widgets.ts';

const SHOP = 'acme/shop';

/** What a consumer asks for: a document of a project, or all of one that has many. */
interface Question {
  readonly count: number;
  readonly project: (stage: Stage) => string;
  /** Below `docs` of the project, as a reference and as a path to copy. */
  readonly pattern: string;
  readonly wanted: string;
}

const one: Question = {
  count: 1,
  project: ({ size }) => projectsOf(size)[11] ?? '',
  pattern: 'document-0007.md',
  wanted: 'document-0007.md',
};
const many: Question = { count: 500, project: () => 'handbook', pattern: '**', wanted: '.' };

/** The documents of the project that has many, by path. */
export const handbook = documentsOf('handbook', many.count, -5000);

async function host({ github, edit }: Stage): Promise<void> {
  const files = Object.entries(handbook).map(([path, text]) => [`projects/handbook/${path}`, text]);
  await edit(Object.fromEntries(files), 'main');
  await github.createRepository(SHOP, { files: { 'README.md': '# Shop\n' } });
}

/** One job of the consumer, in a checkout of its own; those that are given one cache share it. */
async function fetch(stage: Stage, question: Question, cache: CacheService, hit: boolean, how?: Started) {
  const place = await checkoutProject(stage.github, SHOP);
  const references = `@codex/${question.project(stage)}/docs/${question.pattern}`;
  const run = await expectEnded(
    stage.publish(place, { mode: 'fetch', env: 'prod', references }, { cache, ...how }),
    'fetched',
  );
  deepEqual(JSON.parse(run.outputs.documents ?? '').length, question.count);
  deepEqual(run.outputs['cache-hit'], `${hit}`);
}

function byAction(question: Question, cached: boolean): Contestant {
  return async (stage) => {
    await host(stage);
    const cache = await startCacheService();
    try {
      if (cached) await fetch(stage, question, cache, false);
      // The cache is as far away as GitHub is.
      cache.fault({ match: /^/, delay: stage.latency, times: Number.MAX_SAFE_INTEGER });
      return await stage.measure((how) => fetch(stage, question, cache, cached, how));
    } finally {
      await cache.close();
    }
  };
}

function byHand(question: Question): Contestant {
  return async (stage) => {
    await host(stage);
    const FOLDER = `projects/${question.project(stage)}/docs`;
    const DOCUMENTS = await stage.github.scratch('documents');
    const variables = { BRANCH: 'main', FOLDER, WANTED: question.wanted, DOCUMENTS };
    const figures = await stage.measure((how) => stage.byHand('fetch.sh', variables, how));
    deepEqual((await readdir(DOCUMENTS)).length, question.count);
    return figures;
  };
}

function caseOf(question: Question, name: string, title: string): Case {
  const contestants = {
    [ACTION]: byAction(question, false),
    [CACHED]: byAction(question, true),
    [SPARSE]: byHand(question),
  };
  return { name, title, codexes: [200_000], contestants };
}

export const fetchOne = caseOf(one, 'fetch-1', 'Fetch 1 document');
export const fetchMany = caseOf(many, 'fetch-500', 'Fetch 500 documents');
