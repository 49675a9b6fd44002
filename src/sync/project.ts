import { posix } from 'node:path';
import type { CodexEntry } from '../codex/changes.ts';
import type { RunCommit } from '../codex/commit-order.ts';
import { checkSelected } from '../codex/publication.ts';
import { parseStableRefs, type StableRefs } from '../codex/stable-refs.ts';
import { checkProduction, decideWhoseText, type WhoseText } from '../codex/whose-text.ts';
import { includePhrases } from '../documents/unmatched-patterns.ts';
import { type PulledRecord, pulledFrom, readPulled } from '../git/checkout-files.ts';
import { type ReadSelection, readSelection } from '../git/read-documents.ts';
import { publishes } from '../inputs/definitions.ts';
import type { PullRequest } from '../inputs/trigger.ts';
import { together } from '../publish/parallel.ts';
import type { CheckoutSession } from '../publish/session.ts';
import { readText } from './read-text.ts';
import type { SyncProjectRequest } from './request.ts';

/** The project's side of a run, read once. */
export interface Project {
  readonly selected: ReadSelection;
  /** Whose text the run publishes; `undefined` for a run that only pulls. */
  readonly decide: ((codex: ReadonlyMap<string, CodexEntry>) => WhoseText) | undefined;
  /** Commit and ref of a run that only pulls. */
  readonly run: RunCommit;
  readonly stableRefs: StableRefs;
  /** The pull request that the run is for. */
  readonly pull: PullRequest | undefined;
  /** Whether GitHub has the branch and the commit of a preview; asked only of one. */
  readonly isOnGitHub: (branch: string) => Promise<boolean>;
  /** Those of the paths that git ignores. */
  readonly listIgnored: (paths: readonly string[]) => Promise<string[]>;
  /** Whether it is one of many projects that a run publishes. */
  readonly isOneOfMany: boolean;
}

/** The project's side: the documents of the checkout, and whose text they are. */
export async function readProject(request: SyncProjectRequest, session: CheckoutSession): Promise<Project> {
  const { checkout, store, project } = session;
  const { environment, trigger } = request;
  const [read, pulled] = await together([readSelection(checkout, store, project, request), readPulled(checkout)]);
  const selected = publishes(request.direction) ? withoutPulled(read, pulled, request) : read;
  checkSelected(request, selected, includePhrases(request.patterns.include, selected.unmatched));
  const { head } = checkout;
  const run = { commit: head.id, date: head.date, ref: trigger.ref };
  const common = { selected, run, listIgnored: checkout.listIgnored, isOneOfMany: false };
  // A run that only pulls publishes nothing, so nothing is asked about its text.
  if (!publishes(request.direction)) {
    const empty = { pull: undefined, decide: undefined, isOnGitHub: async () => true };
    return { ...common, ...empty, stableRefs: parseStableRefs(undefined, request.refs) };
  }
  const { facts, ...text } = await readText(request, selected, session);
  const decide: Project['decide'] = (codex) => decideWhoseText(facts, selected, codex);
  // At a terminal the codex decides too.
  if (facts.kind === 'pull request' || !facts.atTerminal) checkProduction(environment, decide(new Map()));
  return { ...common, ...text, decide };
}

/** What a run wrote into the checkout from one environment is, until it is committed, published to no other. */
function withoutPulled(
  selected: ReadSelection,
  pulled: PulledRecord,
  { environment, codex, directory }: SyncProjectRequest,
): ReadSelection {
  const here = pulledFrom(codex, environment.branch);
  const foreign = [...selected.uncommittedDocuments].filter((path) => {
    const from = pulled.get(posix.join(directory, path));
    return from !== undefined && from !== here;
  });
  if (foreign.length === 0) return selected;
  const [documents, skipped] = [new Map(selected.documents), new Map(selected.skipped)];
  const uncommittedDocuments = new Set(selected.uncommittedDocuments);
  for (const path of foreign) {
    documents.delete(path);
    uncommittedDocuments.delete(path);
    skipped.set(path, `brought from ${pulled.get(posix.join(directory, path))} and not committed yet: commit it first`);
  }
  return { ...selected, documents, skipped, uncommittedDocuments };
}
