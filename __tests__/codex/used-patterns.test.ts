import { expect, test } from '@jest/globals';
import { usedPatterns } from '../../src/codex/publication.ts';
import { parsePatterns } from '../../src/documents/patterns.ts';
import type { SyncProjectRequest } from '../../src/sync/request.ts';

const patterns = parsePatterns({ include: ['docs/**'], exclude: [], includeIgnored: [] });
const workflowOf = (workflow: string | undefined) =>
  usedPatterns({ patterns, trigger: { repository: 'acme/widgets', workflow } as SyncProjectRequest['trigger'] })
    .workflow;

test.each([
  ['acme/widgets/.github/workflows/a.yml', '.github/workflows/a.yml'],
  ['Acme/Widgets/.github/workflows/a.yml', '.github/workflows/a.yml'],
  ['acme/codex.acme.com/.github/workflows/a.yml', 'acme/codex.acme.com/.github/workflows/a.yml'],
  ['acme/widgets-2/.github/workflows/a.yml', 'acme/widgets-2/.github/workflows/a.yml'],
  [undefined, undefined],
])('the workflow %s is %s for acme/widgets', (workflow, name) => {
  expect(workflowOf(workflow)).toBe(name);
});
