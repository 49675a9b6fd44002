import type { Line } from '../../src/codex/manifest.ts';
import { ALL_COMMITTED, type CheckoutState } from '../../src/codex/pull-plan.ts';
import { type DocumentsText, decideWhoseText, type WorkflowHeadFacts } from '../../src/codex/whose-text.ts';
import type { Selection } from '../../src/documents/select.ts';
import { branchName } from '../../src/text/ids.ts';

/** Facts of a push to main with its own commit checked out, all of it committed. */
export const PUSH_FACTS: WorkflowHeadFacts = {
  kind: 'head',
  event: 'push',
  atTerminal: false,
  head: 'c'.repeat(40),
  branch: branchName('main'),
  named: { commit: 'c'.repeat(40), ref: 'refs/heads/main', line: 'release' },
  position: 'same',
  found: 'not asked',
  others: [],
  uncommitted: new Set(),
  run: { commit: 'c'.repeat(40), date: '2026-11-22T10:00:00Z', ref: 'refs/heads/main' },
};

/** Texts that a run on a stable ref may publish; made as a run makes them, since nothing else can. */
export function documentsText(
  selection: Selection,
  {
    line = 'release',
    recordsEqual = true,
    checkout = ALL_COMMITTED,
  }: { line?: Line; recordsEqual?: boolean; checkout?: CheckoutState } = {},
): DocumentsText {
  const { named } = PUSH_FACTS;
  const facts: WorkflowHeadFacts = {
    ...PUSH_FACTS,
    named: { ...named, line },
    position: recordsEqual ? 'same' : 'made here',
  };
  const decided = decideWhoseText(facts, { ...selection, ...checkout }, new Map());
  if (decided.kind !== 'documents') throw new Error(`A ${decided.kind} is none of the documents`);
  return decided.text;
}
