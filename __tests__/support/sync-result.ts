import type { Change, ChangePlan } from '../../src/codex/changes.ts';
import { NO_PULLS } from '../../src/codex/pull-plan.ts';
import { parseInputs } from '../../src/inputs/parse.ts';
import type { SyncProjectResult } from '../../src/sync/report.ts';
import { parseSyncProject } from '../../src/sync/request.ts';
import { blobId } from '../../src/text/ids.ts';
import { PUSH } from './trigger.ts';

export const RUN = 'a'.repeat(40);
export const COMMIT = 'c'.repeat(40);
export const PARENT = 'e'.repeat(40);
export const EARLIER = 'f'.repeat(40);
export const CODEX = 'https://github.com/acme/codex.acme.com';
export const DOCUMENT = { id: blobId('d'.repeat(40)), executable: false };

/** A plan that does nothing, but what is said. */
export function plan(more: Partial<ChangePlan> = {}): ChangePlan {
  const nothing = {
    ...NO_PULLS,
    changes: [],
    drifted: [],
    conflicts: [],
    withheld: [],
    unowned: [],
    skippedInCodex: [],
  };
  return { ...nothing, documents: new Map(), ...more };
}

/** One change of every kind. */
export const CHANGES = plan({
  changes: [
    { path: 'docs/new.md', action: 'add', document: DOCUMENT },
    { path: 'docs/back.md', action: 'add', document: DOCUMENT, because: 'restored' },
    { path: 'docs/a b.md', action: 'modify', document: DOCUMENT, because: 'conflict', replaces: blobId(PARENT) },
    { path: 'docs/old.md', action: 'delete', document: undefined },
  ],
  drifted: ['docs/back.md', 'docs/a b.md', 'docs/kept.md'],
  conflicts: [{ path: 'docs/a b.md', kept: 'project' }],
});

/** A run that published those changes to test, but what is said; `words` are its inputs. */
export function result(more: Partial<SyncProjectResult> = {}, words: Record<string, string> = {}): SyncProjectResult {
  const inputs = parseInputs({ INPUT_TOKEN: 't', 'INPUT_CODEX-REPOSITORY': 'acme/codex.acme.com', ...words });
  return {
    request: parseSyncProject(inputs, undefined, '.', PUSH),
    codex: 'acme/codex.acme.com',
    run: { commit: RUN, date: undefined, ref: 'refs/heads/main' },
    preview: undefined,
    because: undefined,
    pull: undefined,
    selection: { documents: new Map([['docs/new.md', DOCUMENT]]), skipped: new Map() },
    plan: CHANGES,
    overlayPlan: {
      overlay: { documents: new Map(), previews: new Map() },
      hidden: new Map(),
      heldBack: new Map(),
      kept: [],
    },
    publication: {},
    commit: COMMIT,
    parent: PARENT,
    published: { repository: 'acme/widgets', directory: '.', commit: EARLIER },
    branch: 'found',
    attempts: 1,
    pulled: undefined,
    warnings: [],
    ...more,
  };
}

/** As many modified documents, all alike but for their names. */
export function changes(number: number, more: Partial<Change> = {}): Change[] {
  return Array.from({ length: number }, (_, index) => {
    return { path: `docs/${index}.md`, action: 'modify', document: DOCUMENT, ...more };
  });
}
