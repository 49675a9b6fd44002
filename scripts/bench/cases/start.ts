import { deepEqual } from 'node:assert/strict';
import { resolve } from 'node:path';
import { type Case, EMPTY, REFUSED, TYPED } from './case.ts';

export const start: Case = {
  name: 'start',
  title: 'Refuse an environment that nobody configured, and start at a terminal',
  codexes: [400],
  // Short, and with much in it that is chance.
  rounds: (asked) => 3 * asked,
  contestants: {
    [EMPTY]: (stage) => stage.measure((how) => stage.run([process.execPath, '--eval', '0'], how)),
    [REFUSED]: async (stage) => {
      const { publish } = await stage.host('widgets', { 'docs/a.md': 'A\n' });
      return stage.measure(async (how) => {
        const { outputs, requests } = await publish({ env: 'staging' }, how);
        deepEqual([outputs.conclusion, requests.length], ['failed', 0]);
      });
    },
    [TYPED]: (stage) => stage.measure((how) => stage.run([process.execPath, resolve('dist/cli.js'), '--version'], how)),
  },
};
