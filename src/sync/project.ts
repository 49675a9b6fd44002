import { posix } from 'node:path';
import type { CodexEntry } from '../codex/changes.ts';
import type { RunCommit } from '../codex/commit-order.ts';
import type { Line } from '../codex/manifest.ts';
import { branchKey, type PreviewKey, pullRequestKey } from '../codex/overlay.ts';
import { checkSelected } from '../codex/publication.ts';
import {
  candidateBranches,
  isDefaultBranchStable,
  lineOfRef,
  needsProtection,
  parseStableRefs,
  type StableRefs,
} from '../codex/stable-refs.ts';
import {
  checkProduction,
  decideWhoseText,
  type HeadFacts,
  type NamedCommit,
  type PullRequestFacts,
  type TextFacts,
  type WhoseText,
} from '../codex/whose-text.ts';
import { includePhrases } from '../documents/unmatched-patterns.ts';
import { CodexSyncError } from '../errors.ts';
import { type PulledRecord, pulledFrom } from '../git/checkout-files.ts';
import { type RemoteRefs, tryListRefs } from '../git/find-config.ts';
import { type ReadSelection, readSelection } from '../git/read-documents.ts';
import { publishes } from '../inputs/definitions.ts';
import { isOnPullRequest, namedBy, type PullRequest, parseOrigin, type WorkflowTrigger } from '../inputs/trigger.ts';
import { isMergeOf } from '../previews/facts.ts';
import { type CheckoutSession, together } from '../publish/session.ts';
import { askOnce, type BranchName, type Tristate } from '../text/ids.ts';
import { branchOfRef, sameRepository } from '../text/names.ts';
import { printable } from '../text/phrases.ts';
import { setInput } from '../text/spell-inputs.ts';
import type { SyncProjectRequest } from './request.ts';

export interface Project {
  readonly selected: ReadSelection;
  /** `undefined` for a run that only pulls. */
  readonly decide: ((codex: ReadonlyMap<string, CodexEntry>) => WhoseText) | undefined;
  /** Commit and ref of a run that only pulls. */
  readonly run: RunCommit;
  readonly stableRefs: StableRefs;
  readonly pull: PullRequest | undefined;
  /** Whether GitHub has the branch and the commit of a preview; called only for a preview. */
  readonly isOnGitHub: (branch: BranchName) => Promise<boolean>;
  readonly listIgnored: (paths: readonly string[]) => Promise<string[]>;
  /** Whether the run publishes several projects. */
  readonly isOneOfMany: boolean;
}

export async function readProject(request: SyncProjectRequest, session: CheckoutSession): Promise<Project> {
  const { checkout, files, store, project } = session;
  const { environment, trigger } = request;
  const [read, pulled] = await together([readSelection(checkout, store, project, request), files.readPulled()]);
  const selected = publishes(request.direction) ? withoutPulled(read, pulled, request) : read;
  checkSelected(request, selected, includePhrases(request.patterns.include, selected.unmatched));
  const { head } = checkout;
  const run = { commit: head.id, date: head.date, ref: trigger.ref };
  const common = { selected, run, listIgnored: checkout.listIgnored, isOneOfMany: false };
  // A run that only pulls publishes no text, so it needs no answers about it.
  if (!publishes(request.direction)) {
    const empty = { pull: undefined, decide: undefined, isOnGitHub: async () => true };
    return { ...common, ...empty, stableRefs: parseStableRefs(undefined, request.refs) };
  }
  const { facts, ...text } = await readTextFacts(request, selected, session);
  const decide: Project['decide'] = (codex) => decideWhoseText(facts, selected, codex);
  // At a terminal the codex is part of the decision.
  if (facts.kind === 'pull request' || !facts.atTerminal) checkProduction(environment, decide(new Map()));
  return { ...common, ...text, decide };
}

/** Documents pulled from one environment are not published to another until they are committed. */
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
    skipped.set(path, `pulled from ${pulled.get(posix.join(directory, path))} and not committed yet: commit it first`);
  }
  return { ...selected, documents, skipped, uncommittedDocuments };
}

interface TextReading {
  readonly facts: TextFacts;
  readonly pull: PullRequest | undefined;
  readonly stableRefs: StableRefs;
  readonly isOnGitHub: (branch: BranchName) => Promise<boolean>;
}

/**
 * Reads the facts for design section 4, "Whose text". A push with its own commit checked out needs no request.
 * @throws CodexSyncError `refused-by-guard` if the checkout is of another repository
 */
async function readTextFacts(
  request: SyncProjectRequest,
  selection: ReadSelection,
  session: CheckoutSession,
): Promise<TextReading> {
  const { trigger } = request;
  await checkOrigin(request, session);
  if (trigger.kind === 'workflow' && trigger.subject.kind === 'pull request') {
    const pull = trigger.pullRequest ?? (await findPull(trigger.subject, session));
    const facts = await readPullRequestFacts(trigger, pull, selection, session);
    const stableRefs = parseStableRefs(undefined, request.refs);
    return {
      facts,
      pull: typeof pull === 'object' ? pull : undefined,
      stableRefs,
      isOnGitHub: createRefReader(stableRefs, session).hasWithHead,
    };
  }
  const defaultBranch = trigger.defaultBranch ?? (await session.projectApi.tryRepository())?.defaultBranch;
  const stableRefs = parseStableRefs(defaultBranch, request.refs);
  const refs = createRefReader(stableRefs, session);
  const facts = await readHeadFacts(request, selection, session, refs);
  return { facts, pull: undefined, stableRefs, isOnGitHub: refs.hasWithHead };
}

/** @throws CodexSyncError `refused-by-guard` if the checkout is not of the published repository (rule 6) */
async function checkOrigin({ trigger }: SyncProjectRequest, session: CheckoutSession): Promise<void> {
  const { checkout, projectApiOf } = session;
  const origin = checkout.origin === undefined ? undefined : parseOrigin(checkout.origin);
  if (!origin || origin.serverUrl !== trigger.serverUrl || sameRepository(origin.repository, trigger.repository))
    return;
  // A renamed or moved repository keeps its identity.
  const [there, here] = await Promise.all([
    projectApiOf(origin.repository).tryRepository(),
    projectApiOf(trigger.repository).tryRepository(),
  ]);
  if (there && sameRepository(there.fullName, here?.fullName ?? trigger.repository)) return;
  throw new CodexSyncError(
    'refused-by-guard',
    `The checkout is of ${printable(origin.repository)} (its remote "origin"), and this run is for ${printable(trigger.repository)}: the documents of one would be published as those of the other.`,
    `Check out ${printable(trigger.repository)}, or ${setInput('project-repository', printable(origin.repository))} to publish that repository.`,
  );
}

async function findPull(
  subject: { readonly number: number | undefined; readonly head: { commit: string; branch: BranchName } | undefined },
  { projectApi }: CheckoutSession,
): Promise<PullRequest | 'none' | 'unknown'> {
  const ends = { closed: false, merged: false };
  if (subject.number !== undefined) {
    const { number } = subject;
    const found = await projectApi.tryPull(number);
    if (!found) return 'unknown';
    if (!found.open) return 'none';
    if (found.headBranch === undefined) {
      throw new CodexSyncError(
        'refused-by-guard',
        `Pull request #${number} comes from a fork, and this run sees the secrets of the repository it goes into, so nothing is published.`,
        'Use the event pull_request, which skips forks.',
      );
    }
    const { headCommit, headBranch, baseBranch, headRepository } = found;
    return { number, headCommit, headBranch, headRepository, baseBranch, baseCommit: undefined, ...ends };
  }
  if (!subject.head) return 'unknown';
  const { commit, branch } = subject.head;
  const open = await projectApi.tryOpenPulls(branch);
  if (!open) return 'unknown';
  const found = open.find(({ headCommit }) => headCommit === commit);
  if (!found) return 'none';
  const { number, headRepository, baseBranch, baseCommit } = found;
  return { number, headCommit: commit, headBranch: branch, headRepository, baseBranch, baseCommit, ...ends };
}

async function readPullRequestFacts(
  trigger: WorkflowTrigger,
  found: PullRequest | 'none' | 'unknown',
  selection: ReadSelection,
  { checkout }: CheckoutSession,
): Promise<PullRequestFacts> {
  const { head } = checkout;
  const about = { kind: 'pull request', event: trigger.event, head: head.id } as const;
  const uncommitted = selection.uncommittedDocuments;
  if (typeof found === 'string') {
    const run = { commit: head.id, date: head.date, ref: trigger.ref };
    return { ...about, pullRequest: found, isItsHead: false, uncommitted, run };
  }
  const { number, headCommit } = found;
  const isItsHead =
    head.id === headCommit || isMergeOf(head, headCommit) || (await checkout.contains(head.id, headCommit)) === 'yes';
  const date = (await checkout.readCommit(headCommit))?.date;
  const ref = isOnPullRequest(trigger) ? trigger.ref : `refs/pull/${number}/head`;
  return { ...about, pullRequest: found, isItsHead, uncommitted, run: { commit: headCommit, date, ref } };
}

async function readHeadFacts(
  request: SyncProjectRequest,
  selection: ReadSelection,
  session: CheckoutSession,
  refs: RefReader,
): Promise<HeadFacts> {
  const { trigger } = request;
  const { checkout } = session;
  const { head } = checkout;
  const branch = branchOfRef(trigger.ref);
  const common = { kind: 'head', head: head.id, branch, others: [] } as const;
  const own = { commit: head.id, date: head.date };
  if (trigger.kind !== 'workflow') {
    // The remote decides, not the name of the local branch.
    const found = await refs.find(head.id, trigger.ref);
    const stable = typeof found === 'object' ? found : undefined;
    const { ref, line } = stable ?? { ref: trigger.ref, line: undefined };
    return {
      ...common,
      atTerminal: true,
      named: { commit: head.id, ref, line },
      position: 'same',
      found: found === 'unknown' ? 'unknown' : 'not asked',
      uncommitted: selection.uncommittedDocuments,
      run: { ...own, ref },
    };
  }
  const { line, ...named } = await readNamed(trigger, refs, session);
  const { position, made, base } = await readPosition(named.commit, refs, session);
  const isUninformative =
    line === undefined && (position === 'earlier' || trigger.event === 'workflow_run' || named.ref === undefined);
  const found = position === 'elsewhere' || isUninformative ? await refs.find(head.id, undefined) : 'not asked';
  const changed = new Set(made);
  const uncommitted = new Set([
    ...selection.uncommittedDocuments,
    ...made.filter((path) => selection.documents.has(path) || request.patterns.selectsKnown(path)),
    ...[...selection.linkTargets].flatMap(([path, way]) => (way.some((one) => changed.has(one)) ? [path] : [])),
  ]);
  const others =
    uncommitted.size > 0 ? await readOthers(trigger, { ...named, line }, refs, { head: head.id, position, base }) : [];
  // An unpushed commit of the job cannot be found later, so the commit that it builds on is recorded.
  const run =
    position === 'made here' && named.commit !== undefined
      ? { commit: named.commit, date: (await checkout.readCommit(named.commit))?.date, ref: named.ref }
      : { ...own, ref: named.ref };
  const { event } = trigger;
  return { ...common, event, atTerminal: false, named: { ...named, line }, position, found, others, uncommitted, run };
}

/**
 * In `workflow_run` the ref is only a name: a "branch" may be a tag of the same name, which any writer can set to any
 * commit. So the commit is searched for on stable refs, unless the default branch, where such a run is, contains it.
 */
async function readNamed(
  trigger: WorkflowTrigger,
  refs: RefReader,
  { checkout }: CheckoutSession,
): Promise<HeadFacts['named']> {
  const named = namedBy(trigger);
  const line = await refs.lineOf(named.ref);
  const { commit } = named;
  const isFollowed = trigger.event === 'workflow_run' && commit !== trigger.commit;
  if (line === undefined || !isFollowed || commit === undefined) return { ...named, line };
  if (trigger.commit !== undefined && (await checkout.contains(trigger.commit, commit)) === 'yes')
    return { ...named, line };
  const found = await refs.find(commit, named.ref);
  return typeof found === 'object' ? { commit, ...found } : { commit, ref: undefined, line: undefined };
}

/**
 * Relates HEAD to the commit that the run names.
 * @returns `made`: paths changed by this job's commits; `base`: the pushed commit that they build on, where the run names
 * another
 */
async function readPosition(
  named: string | undefined,
  refs: RefReader,
  { checkout, projectApi, sleep }: CheckoutSession,
): Promise<{ position: HeadFacts['position']; made: readonly string[]; base: string | undefined }> {
  const { head, contains } = checkout;
  const at = (position: HeadFacts['position'], made: readonly string[] = [], base?: string) => ({
    position,
    made,
    base,
  });
  if (named === undefined) return at('elsewhere');
  if (head.id === named) return at('same');
  if ((await contains(named, head.id)) === 'yes') return at('earlier');
  if ((await contains(head.id, named)) !== 'yes') return at('elsewhere');
  const since = await checkout.tryCommitsSince(named, head.id);
  const first = since?.at(-1);
  if (!since || !first || since.some(({ parents }) => parents.length !== 1)) return at('elsewhere');
  const made = await checkout.tryChanged(named, head.id);
  if (made === undefined) return at('elsewhere');
  // To a token without read access GitHub reports every commit as missing; this known commit rules that out.
  if ((await projectApi.hasCommit(named)) !== 'yes') return at('elsewhere');
  // If GitHub lacks the oldest commit, it lacks all later ones.
  if ((await isPushed(first.id)) === 'no') return at('made here', made);
  if ((await isPushed(head.id)) !== 'no') return at('elsewhere');
  // Some commits were pushed, so this job's commits build on the newest pushed one.
  for (const { id } of since.slice(1)) {
    const pushed = await isPushed(id);
    if (pushed === 'no') continue;
    const line = pushed === 'yes' ? await refs.lineOfCommit(id) : 'unknown';
    return line === 'release' || line === 'stable' ? at('made here', made, id) : at('elsewhere');
  }
  return at('elsewhere');

  /** Asks again after a negative answer, because a commit may have been pushed a second ago. */
  async function isPushed(commit: string): Promise<Tristate> {
    const answer = await projectApi.hasCommit(commit);
    if (answer !== 'no') return answer;
    await sleep(PUSHED_JUST_NOW_MILLISECONDS);
    return projectApi.hasCommit(commit);
  }
}

const PUSHED_JUST_NOW_MILLISECONDS = 1000;

/** The other commits that the run is about, and the line of the stable refs that have them (rule 5). */
async function readOthers(
  { subject }: WorkflowTrigger,
  named: HeadFacts['named'],
  refs: RefReader,
  { head, position, base }: { head: string; position: HeadFacts['position']; base: string | undefined },
): Promise<readonly NamedCommit[] | 'unknown'> {
  if (subject.kind === 'unknown') return 'unknown';
  const known = new Map<string, PreviewKey | undefined>();
  // Where HEAD is related to the named commit, its line is that commit's.
  const asksForNamed = named.line === undefined || (named.line === 'stable' && position === 'elsewhere');
  if (asksForNamed && named.commit !== undefined) known.set(named.commit, await refs.previewOf(named.ref));
  if (base !== undefined) known.set(base, undefined);
  if (subject.kind === 'commit' && (subject.commit !== named.commit || named.line === undefined)) {
    const { pullRequest, branch } = subject;
    const ofBranch = branch === undefined ? undefined : await refs.previewOf(`refs/heads/${branch}`);
    known.set(subject.commit, pullRequest === undefined ? ofBranch : pullRequestKey(pullRequest));
  }
  const others: NamedCommit[] = [];
  for (const [commit, preview] of known) {
    if (commit === head) continue;
    const found = await refs.lineOfCommit(commit);
    // The ref of the event had the commit, even if it moved since.
    const line = commit === named.commit && found !== 'release' ? (named.line ?? found) : found;
    others.push({ commit, line, preview });
  }
  return others;
}

type RefReader = ReturnType<typeof createRefReader>;

/** Maximum number of branches, besides the default one, to compare with a commit. */
const MAX_COMPARED = 5;

/** Finds the stable ref that contains a commit. Asks each question once. */
function createRefReader(stableRefs: StableRefs, session: CheckoutSession) {
  const { checkout, projectApi, project, store } = session;
  const { defaultBranch } = stableRefs;
  let listed: Promise<RemoteRefs | undefined> | undefined;

  const list = () => {
    listed ??= tryListRefs(store, project);
    return listed;
  };
  async function lineOf(ref: string | undefined): Promise<Line | undefined> {
    if (!needsProtection(stableRefs, ref)) return lineOfRef(stableRefs, ref, undefined);
    const branch = branchOfRef(ref);
    const found = branch === undefined ? undefined : await projectApi.findBranch(branch);
    return lineOfRef(stableRefs, ref, found?.kind === 'found' ? found.isProtected : undefined);
  }

  /** Whether a branch contains a commit; needs no request if the checkout has the branch's tip. */
  const has = askOnce(
    (ref: string, _tip: string | undefined, commit: string) => `${commit} ${ref}`,
    async (ref, tip, commit): Promise<Tristate> => {
      if (tip === undefined) return 'no';
      if (tip === commit || (await checkout.contains(tip, commit)) === 'yes') return 'yes';
      const relation = await projectApi.tryRelation(branchOfRef(ref) ?? ref, commit);
      if (relation === undefined || relation === 'unknown') return 'unknown';
      return relation === 'same' || relation === 'contained' ? 'yes' : 'no';
    },
  );

  /** The stable refs that have a commit, best first; `unknown` at the end where an answer is missing. */
  async function* stableRefsWith(
    commit: string,
    preferred: string | undefined,
  ): AsyncGenerator<{ readonly ref: string; readonly line: Line } | 'unknown'> {
    const refs = await list();
    if (!refs) return yield 'unknown';
    const main = `refs/heads/${defaultBranch}`;
    const named = [...refs].filter(([, id]) => id === commit).map(([ref]) => ref);
    const rank = (ref: string) => (ref === preferred ? 2 : ref === main ? 1 : 0);
    const exact = named.sort((one, other) => rank(other) - rank(one) || (one < other ? -1 : 1));
    for (const ref of exact) {
      const line = await lineOf(ref);
      if (line !== undefined) yield { ref, line };
    }
    const branches = [
      ...(isDefaultBranchStable(stableRefs) ? [main] : []),
      ...candidateBranches(stableRefs, refs.keys()).slice(0, MAX_COMPARED),
    ];
    let isUnknown = false;
    for (const ref of branches) {
      const contained = await has(ref, refs.get(ref), commit);
      if (contained === 'unknown') isUnknown = true;
      if (contained !== 'yes') continue;
      const line = await lineOf(ref);
      if (line !== undefined) yield { ref, line };
    }
    // A commit that GitHub lacks is on none of its refs.
    if (isUnknown && (await projectApi.hasCommit(commit)) !== 'no') yield 'unknown';
  }

  const byCommit = (commit: string, _preferred: string | undefined) => commit;
  const find = askOnce(byCommit, async (commit, preferred): Promise<HeadFacts['found']> => {
    for await (const found of stableRefsWith(commit, preferred)) return found;
    return 'none';
  });

  const lineOfCommit = askOnce(
    (commit: string) => commit,
    async (commit): Promise<NamedCommit['line']> => {
      let best: NamedCommit['line'] = 'none';
      for await (const found of stableRefsWith(commit, undefined)) {
        if (found === 'unknown') return best === 'stable' ? best : found;
        if (found.line === 'release') return 'release';
        best = 'stable';
      }
      return best;
    },
  );

  return {
    lineOf,
    find,
    lineOfCommit,
    async hasWithHead(branch: BranchName): Promise<boolean> {
      const tip = (await list())?.get(`refs/heads/${branch}`);
      return (
        tip !== undefined && (tip === checkout.head.id || (await projectApi.hasCommit(checkout.head.id)) === 'yes')
      );
    },
    /** The preview for texts from a branch; `undefined` for a stable ref, and for a ref that is no branch. */
    async previewOf(ref: string | undefined): Promise<PreviewKey | undefined> {
      const name = branchOfRef(ref);
      return name === undefined || (await lineOf(ref)) !== undefined ? undefined : branchKey(name);
    },
  };
}
