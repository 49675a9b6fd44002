import { type HoldOutcome, holdPhrase } from '../codex/hold.ts';
import type { Hold } from '../codex/manifest.ts';
import type { WritingRequest } from '../inputs/codex.ts';
import { spellInput } from '../report/change-words.ts';
import { count, SHORT_ID } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';

/** How long a roll-back holds and what lifts it, or which hold was lifted; what is held back is a warning. */
export function holdNote(
  outcome: HoldOutcome | undefined,
  { trigger, dryRun }: Pick<WritingRequest, 'trigger' | 'dryRun'>,
): string | undefined {
  if (outcome === undefined || outcome.kind === 'held') return undefined;
  const { hold } = outcome;
  if (outcome.kind === 'lifted') return `The hold ${dryRun ? 'would be' : 'is'} lifted: ${holdPhrase(hold)}.`;
  const { commit, ref, documents } = hold;
  return (
    `This roll-back ${dryRun ? 'would hold' : 'holds'}: commit ${commit.slice(0, SHORT_ID)}${ref === undefined ? '' : ` (${printable(ref)})`} and older ones do not come back by themselves, ` +
    `nor does a later commit that still has one of its texts (${count(documents.size, 'document')}). ` +
    `A release under another tag, a promotion of the project by its name, or "${spellInput(trigger, 'release-hold', 'true')}" lifts the hold.`
  );
}

/** A hold as `result` shows it. */
export function holdJson({ kind, hold }: HoldOutcome) {
  return { kind, ...heldJson(hold) };
}

export function heldJson({ documents, ...about }: Hold) {
  return { ...about, documents: [...documents.keys()] };
}
