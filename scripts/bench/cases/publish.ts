import { CODEX_SIZES } from '../codexes.ts';
import { ACTION, type Case, type Contestant, FIRST, FULL, SHALLOW, SPARSE } from './case.ts';
import { byAction, byClone, hostChanged, hostPublished, hostWidgets } from './widgets.ts';

const FEW_PROJECTS = 180_000;
/** Where short runs differ by little. */
const OFTEN = (asked: number) => 3 * asked;

const toTest: Contestant = async (stage) => byAction(stage, await hostWidgets(stage), 'published');
/** Right after test. */
const toProduction: Contestant = async (stage) => byAction(stage, await hostPublished(stage), 'published', 'prod');

export const publish: Case = {
  name: 'publish-100',
  title: 'Publish 100 documents of a new project',
  codexes: CODEX_SIZES.filter((size) => size !== FEW_PROJECTS),
  contestants: {
    [ACTION]: toTest,
    [SPARSE]: async (stage) => byClone(stage, 'sparse', await hostWidgets(stage)),
    [SHALLOW]: async (stage) => byClone(stage, 'shallow', await hostWidgets(stage)),
    [FULL]: async (stage) => byClone(stage, 'full', await hostWidgets(stage)),
  },
};

/** What the files of others cost, apart from the list of their projects. */
export const publishBesideFew: Case = {
  name: 'few-projects',
  title: 'Publish 100 documents of a new project beside 20 others',
  codexes: [400, FEW_PROJECTS],
  rounds: OFTEN,
  contestants: { [ACTION]: toTest },
};

export const publishOne: Case = {
  name: 'publish-1',
  title: 'Publish 1 of 100 documents, which changed',
  codexes: [200_000],
  contestants: {
    [ACTION]: async (stage) => byAction(stage, await hostChanged(stage), 'published'),
    [SPARSE]: async (stage) => byClone(stage, 'sparse', await hostChanged(stage)),
  },
};

export const publishNothing: Case = {
  name: 'nothing',
  title: 'Publish 100 documents that all stand there already',
  codexes: [200_000],
  contestants: {
    [ACTION]: async (stage) => byAction(stage, await hostPublished(stage), 'unchanged'),
    [SPARSE]: async (stage) => byClone(stage, 'sparse', await hostPublished(stage)),
    [SHALLOW]: async (stage) => byClone(stage, 'shallow', await hostPublished(stage)),
  },
};

export const publishSecond: Case = {
  name: 'second-environment',
  title: 'Publish 100 documents to production, right after test',
  codexes: [200_000],
  contestants: {
    [ACTION]: toProduction,
    [SPARSE]: async (stage) => byClone(stage, 'sparse', await hostPublished(stage), 'main'),
    [SHALLOW]: async (stage) => byClone(stage, 'shallow', await hostPublished(stage), 'main'),
  },
};

export const publishBoth: Case = {
  name: 'both-environments',
  title: 'Publish 100 documents to production, right after test, and to test itself',
  codexes: [200_000],
  rounds: OFTEN,
  contestants: {
    [ACTION]: toProduction,
    [FIRST]: toTest,
  },
};
