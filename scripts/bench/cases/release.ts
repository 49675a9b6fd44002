import { deepEqual, match } from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codex } from '../../../__tests__/support/stage.ts';
import { expectEnded, type Stage, type Started } from '../stage.ts';
import { ACTION, BLOBLESS, type Case, SPARSE } from './case.ts';
import { expectPublished, hostPublished } from './widgets.ts';

/** Runs a mode as the workflow that lives in the codex does, without a checkout. */
async function runInCodex(stage: Stage, inputs: Readonly<Record<string, string>>, how: Started) {
  const place = { fullName: codex, directory: await stage.github.scratch('nothing') };
  return stage.publish(place, inputs, { event: 'workflow_dispatch', ...how });
}

export const promote: Case = {
  name: 'promote',
  title: 'Promote a project of 100 documents from test to production',
  codexes: [200_000],
  contestants: {
    [ACTION]: async (stage) => {
      await hostPublished(stage);
      const inputs = { mode: 'promote', env: 'prod', project: 'widgets' };
      const figures = await stage.measure((how) => expectEnded(runInCodex(stage, inputs, how), 'published'));
      await expectPublished(stage, 'widgets', 'main');
      return figures;
    },
    [SPARSE]: async (stage) => {
      await hostPublished(stage);
      const figures = await stage.measure((how) => stage.byHand('promote.sh', { PROJECT: 'widgets' }, how));
      await expectPublished(stage, 'widgets', 'main');
      return figures;
    },
  },
};

/** Projects that differ between the environments of every codex. */
const DIFFERENT = 10;

export const status: Case = {
  name: 'status',
  title: 'Say which projects differ between test and production, 10 of them',
  codexes: [200_000],
  contestants: {
    [ACTION]: (stage) =>
      stage.measure(async (how) => {
        const { outputs } = await expectEnded(runInCodex(stage, { mode: 'status' }, how), 'listed');
        const projects: { state: string }[] = JSON.parse(outputs.result ?? '').projects;
        deepEqual(projects.filter(({ state }) => state !== 'in-step').length, DIFFERENT);
      }),
    [BLOBLESS]: (stage) =>
      stage.measure((how) =>
        stage.byHand('status.sh', {}, how, async (folder) => {
          const lines = await readFile(join(folder, 'differences'), 'utf8');
          deepEqual(lines.match(/^M\tprojects\/.*\.codex-sync\.json$/gm)?.length, DIFFERENT);
          match(lines, /^M\tprojects\/.*\.md$/m);
        }),
      ),
  },
};
