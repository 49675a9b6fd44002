import type { Document, Selection } from '../documents/select.ts';
import { CodexSyncError } from '../errors.ts';
import type { Environment } from '../inputs/environment.ts';
import type { BlobId, BranchName } from '../text/ids.ts';
import { branchOfRef } from '../text/names.ts';
import { nameSome, printable } from '../text/phrases.ts';
import { inputName, tokenName } from '../text/spell-inputs.ts';
import type { CodexEntry } from './changes.ts';
import type { RunCommit } from './commit-order.ts';
import type { Line, Manifest, Source } from './manifest.ts';
import { branchKey, type PreviewKey, pullRequestKey } from './overlay.ts';
import { ALL_COMMITTED, type CheckoutState } from './pull-plan.ts';
import { sameDocument } from './three-way.ts';

/**
 * Which text can reach production (design section 4, "Whose text"): production takes a manifest's `documents`, the planner of
 * `documents` takes a DocumentsText, and only the functions below make one. Beside it, `lineProblem` in `promote/plan.ts`
 * refuses a promotion, and `inputs/guards.ts` an event.
 */

/**
 * Texts that may be published as a project's `documents`. Only this file makes one: the class is not exported, and no
 * object of the same form, and no copy with other texts, is of its type.
 */
class AllowedText {
  declare protected readonly isAllowed: true;
  readonly selection: Selection;
  readonly checkout: CheckoutState;
  /** The origin of the texts: the release line, or another stable ref. */
  readonly line: Line;
  /** Whether this run may record documents that project and codex have in common. */
  readonly recordsEqual: boolean;
  /** `false` for a run that only pulls: its texts are compared, and never published. */
  readonly mayBePublished: boolean;
  /** Uncommitted documents at a terminal that the codex holds already: they are on no line. */
  readonly offLine: ReadonlySet<string>;

  constructor(
    { documents, skipped, nonDocuments }: Selection,
    { uncommitted, foreign, known }: CheckoutState,
    about: Pick<AllowedText, 'line' | 'recordsEqual' | 'mayBePublished'> & { readonly offLine?: ReadonlySet<string> },
  ) {
    this.selection = { documents, skipped, ...(nonDocuments && { nonDocuments }) };
    this.checkout = { uncommitted, foreign, known };
    this.line = about.line;
    this.recordsEqual = about.recordsEqual;
    this.mayBePublished = about.mayBePublished;
    this.offLine = about.offLine ?? new Set();
  }
}
export type DocumentsText = AllowedText;

/** `line` is `undefined` for a ref that is not stable. */
interface SeenRef {
  /** `undefined` where nothing names one. */
  readonly ref: string | undefined;
  readonly line: Line | undefined;
}

/** A commit that the run names besides HEAD; its texts may be published as `preview`. */
export interface NamedCommit {
  readonly commit: string;
  /** The line of the stable refs that have it, `release` where one of them is on the release line. */
  readonly line: Line | 'none' | 'unknown';
  readonly preview: PreviewKey | undefined;
}

/** Facts of a run for a pull request (rule 1). */
export interface PullRequestFacts {
  readonly kind: 'pull request';
  readonly event: string;
  /** `none` when no open one has that head, `unknown` without an answer of GitHub. */
  readonly pullRequest: { readonly number: number; readonly headCommit: string } | 'none' | 'unknown';
  readonly head: string;
  /** Whether HEAD is the pull request's head, its merge, or made from one of them. */
  readonly isItsHead: boolean;
  /** Selected documents that differ from HEAD in the working tree, or that it lacks. */
  readonly uncommitted: ReadonlySet<string>;
  readonly run: RunCommit;
}

/** Facts of every other run (rules 2 to 6): an event started it, or a person at a terminal. */
export type HeadFacts = WorkflowHeadFacts | TerminalHeadFacts;

export interface WorkflowHeadFacts extends CommonHeadFacts {
  readonly atTerminal: false;
  readonly event: string;
}

export interface TerminalHeadFacts extends CommonHeadFacts {
  readonly atTerminal: true;
  readonly event?: undefined;
}

interface CommonHeadFacts {
  readonly kind: 'head';
  readonly head: string;
  readonly branch: BranchName | undefined;
  /** GITHUB_SHA and GITHUB_REF, or those of the run that this one follows. */
  readonly named: SeenRef & { readonly commit: string | undefined };
  /** HEAD's relation to that commit. `made here`: by commits of this job on top of it, unknown to GitHub. */
  readonly position: 'same' | 'earlier' | 'made here' | 'elsewhere';
  /** The stable ref of HEAD; only searched for when the named ref does not decide. */
  readonly found: { readonly ref: string; readonly line: Line } | 'none' | 'unknown' | 'not asked';
  /** Other commits that the run names, from its event; `unknown` when no payload names one. */
  readonly others: readonly NamedCommit[] | 'unknown';
  /** Selected documents that are not in the run's commit: changed, untracked, generated, removed. */
  readonly uncommitted: ReadonlySet<string>;
  readonly run: RunCommit;
}

export type TextFacts = PullRequestFacts | HeadFacts;

export type WhoseText =
  | {
      readonly kind: 'documents';
      readonly text: DocumentsText;
      readonly run: RunCommit;
      /** Selected documents that are not in the run's commit. */
      readonly uncommitted: ReadonlySet<string>;
      /** Why the text is not on the release line although HEAD is. */
      readonly because?: string | undefined;
    }
  | {
      readonly kind: 'preview';
      readonly key: PreviewKey;
      readonly run: RunCommit;
      /** All changes since the preview's base, or only text that is in no commit on GitHub. */
      readonly changes: 'since its base' | 'uncommitted';
      /** Selected documents that are not in the run's commit, including those that a job committed on top of it. */
      readonly uncommitted: ReadonlySet<string>;
      /** Why the text is no `documents`, unless the ref alone explains it. */
      readonly because: string | undefined;
    }
  | { readonly kind: 'superseded'; readonly run: RunCommit };

/**
 * Decides whether a run publishes the project's `documents` or a preview.
 * @param codex the project's folder beneath previews, whose texts were never merged; only a run at a terminal is
 * compared with it
 * @throws CodexSyncError `refused-by-guard` for any other text
 */
export function decideWhoseText(
  facts: TextFacts,
  selection: Selection & CheckoutState,
  codex: ReadonlyMap<string, CodexEntry>,
): WhoseText {
  return facts.kind === 'pull request' ? textOfPullRequest(facts) : textOfHead(facts, selection, codex);
}

function textOfPullRequest(facts: PullRequestFacts): WhoseText {
  const { event, head, isItsHead, pullRequest, run, uncommitted } = facts;
  if (pullRequest === 'unknown') {
    throw refused(
      `On event ${printable(event)} the run is for an unknown pull request: give ${tokenName('project-token')} the permission "pull-requests: read".`,
    );
  }
  if (pullRequest === 'none') return { kind: 'superseded', run };
  const key = pullRequestKey(pullRequest.number);
  if (isItsHead) return { kind: 'preview', key, run, changes: 'since its base', uncommitted, because: undefined };
  if (uncommitted.size > 0) {
    const because = `commit ${head} is checked out, which is not the pull request's head`;
    return { kind: 'preview', key, run, changes: 'uncommitted', uncommitted, because };
  }
  throw refused(
    `On event ${printable(event)} the run is for pull request #${pullRequest.number}, but commit ${head} is checked out, which is not its head (${pullRequest.headCommit}), ` +
      'and the working tree changes no document.',
    'Check out the head of the pull request, or publish it on the event pull_request.',
  );
}

function textOfHead(
  facts: HeadFacts,
  selection: Selection & CheckoutState,
  codex: ReadonlyMap<string, CodexEntry>,
): WhoseText {
  const { uncommitted, run } = facts;
  const { ref, line } = refOfHead(facts);
  if (line === undefined) return previewOfBranch(facts, ref, facts.atTerminal ? unpushedReason(facts) : undefined);
  const named = { ...run, ref };
  let offRelease: NamedCommit | undefined;
  if (facts.atTerminal) {
    const differing = [...uncommitted].filter((path) => differs(selection.documents.get(path), codex.get(path)));
    const because = `${nameSome(differing)} ${differing.length === 1 ? 'has' : 'have'} uncommitted changes`;
    if (differing.length > 0)
      return previewOfBranch(facts, facts.branch === undefined ? undefined : `refs/heads/${facts.branch}`, because);
  } else if (uncommitted.size > 0) {
    const { others } = facts;
    if (others === 'unknown') {
      throw refused(
        `On event ${printable(facts.event)} the commit of the run is unknown, so these documents of the working tree may come from a change that was never merged: ${nameSome([...uncommitted])}.`,
        'Publish them on push, pull_request or workflow_dispatch, or check out the commit that holds them.',
      );
    }
    const other = others.find((one) => one.line === 'none' || one.line === 'unknown');
    if (other) return previewOfOther(facts, facts.event, other);
    if (line === 'release') offRelease = others.find((one) => one.line === 'stable');
  }
  const recordsEqual = facts.position === 'same' || facts.position === 'earlier';
  // At a terminal, uncommitted documents equal the codex, which proves nothing about them, even if ignored.
  const offLine = facts.atTerminal ? uncommitted : new Set<string>();
  const checkout = { ...selection, uncommitted: new Set([...selection.uncommitted, ...offLine]) };
  const about = { line: offRelease ? 'stable' : line, recordsEqual, mayBePublished: true, offLine } as const;
  const text = new AllowedText(selection, checkout, about);
  const because = offRelease && offReleaseReason(facts, offRelease);
  return { kind: 'documents', text, run: named, uncommitted, because };
}

/** The ref of HEAD, and whether its texts are `documents` (rules 2 and 3). */
function refOfHead({ event, head, named, position, found, atTerminal }: HeadFacts): SeenRef {
  const isKnown = named.line !== undefined || found === 'not asked' || found === 'none' || atTerminal;
  const isOfNamed = position !== 'elsewhere' && isKnown;
  if (isOfNamed) return named;
  if (typeof found === 'object') return found;
  throw refused(
    `Commit ${head} is checked out${event === undefined ? '' : `, while event ${printable(event)} is for ${refPhrase(named.ref, 'no ref')} (commit ${named.commit ?? ''})`}, and ` +
      `${found === 'unknown' ? 'it is unknown whether a' : 'no'} stable ref of the project has it: changes that were never merged would be published as if they were.`,
    'Check out the default branch or a tag, run this on the branch itself, or publish a pull request on the event pull_request.',
  );
}

function refPhrase(ref: string | undefined, none: string): string {
  return ref === undefined ? none : printable(ref);
}

/** Why a person's commit is a preview (rule 4). */
function unpushedReason({ head, found }: HeadFacts): string {
  return found === 'unknown'
    ? `it is unknown whether a stable ref of the project has commit ${head}`
    : `commit ${head} is on no stable ref that GitHub has`;
}

function previewOfBranch(
  { branch, head, atTerminal, run, uncommitted }: HeadFacts,
  ref: string | undefined,
  because: string | undefined,
): WhoseText {
  const name = atTerminal ? branch : branchOfRef(ref);
  if (name) return { kind: 'preview', key: branchKey(name), run, changes: 'since its base', uncommitted, because };
  throw refused(
    `Commit ${head} is on no stable ref of the project${ref ? ` (${printable(ref)} is none)` : ''} and on no branch, so it is published neither as documents nor as a preview.`,
    `Check out a branch${because ? `; ${because}` : ''}.`,
  );
}

/** Why text of the working tree is not on the release line, although the checked-out commit is. */
function offReleaseReason({ uncommitted }: HeadFacts, { commit }: NamedCommit): string {
  const verb = uncommitted.size === 1 ? 'is' : 'are';
  return `${nameSome([...uncommitted])} ${verb} uncommitted, and this run is about commit ${commit} too, which is not on the release line`;
}

/** Texts of the working tree from a commit that is on no stable ref (rule 5). */
function previewOfOther({ uncommitted, run }: HeadFacts, event: string, { commit, preview }: NamedCommit): WhoseText {
  const because = `event ${printable(event)} is about commit ${commit}, which is on no stable ref`;
  if (preview !== undefined)
    return { kind: 'preview', key: preview, run: { ...run, commit }, changes: 'uncommitted', uncommitted, because };
  throw refused(
    `The working tree changes ${nameSome([...uncommitted])}, and ${because} that is known: changes that were never merged would be published as if they were.`,
    'Publish them on the event push or pull_request of that commit.',
  );
}

/**
 * Texts of an environment's `documents` for another environment (design section 4, "Promotion"): promotion only copies
 * texts that `decideWhoseText` accepted.
 * @param selection texts by path, each from the source's manifest or from an edit that `releasesEdits` allows
 */
export function promotedText(
  from: Pick<Manifest, 'documents' | 'source'>,
  selection: Selection,
  line: Line,
  options: { readonly recordsEqual: boolean; readonly releasesEdits: boolean },
): DocumentsText {
  if (!options.releasesEdits) {
    for (const [path, { id }] of selection.documents) {
      if (from.documents.get(path) !== id)
        throw new Error(`${path} is not what was published in the source environment`);
    }
  }
  return new AllowedText(selection, ALL_COMMITTED, { line, recordsEqual: options.recordsEqual, mayBePublished: true });
}

/** Texts of a commit that GitHub named as that of a stable ref, for a run without a checkout. */
export function textOfStableRef(selection: Selection, line: Line): DocumentsText {
  return new AllowedText(selection, ALL_COMMITTED, { line, recordsEqual: true, mayBePublished: true });
}

export function comparedText(selection: Selection & CheckoutState): DocumentsText {
  return new AllowedText(selection, selection, { line: 'stable', recordsEqual: false, mayBePublished: false });
}

/** Keeps the texts of `selection`; throws an Error when it has one that was not allowed. */
export function narrowText(text: DocumentsText, selection: Selection): DocumentsText {
  for (const [path, { id }] of selection.documents) {
    if (text.selection.documents.get(path)?.id !== id) throw new Error(`${path} was not decided on`);
  }
  return new AllowedText(selection, text.checkout, text);
}

/**
 * The manifest's record of its texts after a run. `line` is `release` only when this run selected each of them on the
 * release line, or it was there under `release` before; `otherRefs` counts those of another ref. So another stable
 * ref's text is never released.
 */
export function lineAfter(
  text: Pick<DocumentsText, 'line' | 'offLine' | 'selection'>,
  next: ReadonlyMap<string, BlobId>,
  before: Pick<Manifest, 'documents'> & { readonly line: Line | undefined; readonly source?: Source | undefined },
  ref: string | undefined,
): { readonly line: Line; readonly otherRefs: number } {
  const wasOfRef = ref !== undefined && before.source?.ref === ref && !before.source.otherRefs;
  let [unreleased, otherRefs] = [0, 0];
  for (const [path, id] of next) {
    if (text.selection.documents.get(path)?.id === id && !text.offLine.has(path)) continue;
    const wasThere = before.documents.get(path) === id;
    if (wasThere && before.line === 'release') continue;
    unreleased += 1;
    if (!(wasThere && wasOfRef)) otherRefs += 1;
  }
  return { line: text.line === 'release' && unreleased === 0 ? 'release' : 'stable', otherRefs };
}

/** Why production refuses the run's text; else `undefined`. */
export function productionProblem(decided: WhoseText): string | undefined {
  if (decided.kind === 'superseded') return undefined;
  if (decided.kind === 'documents' && decided.text.line === 'release') return undefined;
  return decided.because ?? `${refPhrase(decided.run.ref, 'the checked-out commit')} is not on the release line`;
}

/** @throws CodexSyncError `refused-by-guard`; only release-line `documents` pass (design section 4, "Guards") */
export function checkProduction(
  { name, branch, production }: Environment,
  decided: WhoseText | { readonly kind: 'compared' },
): void {
  if (!production || decided.kind === 'compared') return;
  const problem = productionProblem(decided);
  if (problem === undefined) return;
  // Another ref does not help an uncommitted or unmerged text.
  const isOfText = decided.kind !== 'superseded' && decided.because !== undefined;
  const hint = isOfText
    ? 'Commit it, push or merge it to the default branch, or tag that commit, and run this there.'
    : `Run this from the default branch or from a tag, or name the ref in ${inputName('production-refs')} (environments.production_refs of the default branch).`;
  throw new CodexSyncError(
    'refused-by-guard',
    `Production (environment ${name}, branch ${printable(branch)}) takes only documents of the release line, and ${problem}.`,
    hint,
  );
}

export function sourceOfDocuments(
  source: Source,
  { line, otherRefs }: ReturnType<typeof lineAfter>,
  uncommitted: number,
): Source {
  const { line: _, uncommitted: __, otherRefs: ___, ...about } = source;
  return { ...about, line, ...(uncommitted > 0 && { uncommitted }), ...(otherRefs > 0 && { otherRefs }) };
}

function differs(document: Document | undefined, entry: CodexEntry | undefined): boolean {
  return !sameDocument(document, entry?.document);
}

function refused(problem: string, hint?: string): CodexSyncError {
  return new CodexSyncError('refused-by-guard', problem, hint);
}
