import type { Trigger } from '../inputs/trigger.ts';
import type { BlobId } from '../text/ids.ts';
import { isTag } from '../text/names.ts';
import { printable } from '../text/phrases.ts';
import { setInput } from '../text/spell-inputs.ts';
import { orderVersions, type Relation, type RunCommit } from './commit-order.ts';
import { type Hold, type Manifest, type Source, utcSeconds } from './manifest.ts';

/**
 * A roll-back holds (design section 4): documents that it took back do not return by themselves. Only these functions
 * make, keep and remove a manifest's `held`; all facts are parameters.
 */

/** Facts of a run that publishes `documents` under a hold. */
export interface HoldQuestion {
  readonly held: Hold;
  readonly ours: Pick<RunCommit, 'commit' | 'ref'>;
  /** The source commit of the environment's documents. */
  readonly published: string | undefined;
  /** The environment's documents. */
  readonly documents: ReadonlyMap<string, BlobId>;
  /** The relation of the held commit to ours; counts only if `asksForHeld`. */
  readonly relation: Relation;
  readonly texts: ReadonlyMap<string, { readonly id: BlobId }>;
  /** Paths that the run leaves as they are, such as a second spelling: it does not take such a document away again. */
  readonly skipped: ReadonlyMap<string, unknown>;
  /** Whether a person promotes the project by its name. */
  readonly isByName: boolean;
  /** `release-hold: true` */
  readonly releases: boolean;
}

export type HoldDecision =
  | { readonly kind: 'held'; readonly because: HeldBecause; readonly path?: string }
  | { readonly kind: 'stays' }
  | { readonly kind: 'lifted' };
type HeldBecause = 'that commit' | 'an ancestor' | 'no order' | 'its text' | 'its removal';

export type HoldOutcome =
  /** A roll-back holds the run back, so it changed nothing. */
  | { readonly kind: 'held'; readonly hold: Hold; readonly sentence: string }
  /** The run is a roll-back, and leaves this hold. */
  | { readonly kind: 'made'; readonly hold: Hold }
  | { readonly kind: 'lifted'; readonly hold: Hold };

export function holdOutcome(before: Hold | undefined, left: Hold | undefined): HoldOutcome | undefined {
  if (left !== undefined) return left === before ? undefined : { kind: 'made', hold: left };
  return before && { kind: 'lifted', hold: before };
}

export function asksForHeld({
  held,
  ours,
  published,
  isByName,
  releases,
}: Omit<HoldQuestion, 'relation' | 'documents' | 'texts' | 'skipped'>) {
  return !releases && !isByName && ours.commit !== published && ours.commit !== held.commit;
}

export function decideHold(question: HoldQuestion): HoldDecision {
  const { held, ours, published, documents, relation, isByName, releases } = question;
  if (releases) return { kind: 'lifted' };
  const texts = listHeldTexts(question);
  if (ours.commit === published) {
    // A run of the published commit moves nothing, so the next one must still find the hold; but what a step generates may be
    // the text that was taken back.
    const returns = texts.find(({ path, id }) => (documents.get(path) ?? null) !== id);
    if (!returns) return { kind: 'stays' };
    return isByName ? { kind: 'lifted' } : heldByText(returns);
  }
  if (isByName) return { kind: 'lifted' };
  if (ours.commit === held.commit || relation === 'same') return { kind: 'held', because: 'that commit' };
  if (relation === 'newer') return { kind: 'held', because: 'an ancestor' };
  if (relation === 'unknown') return { kind: 'held', because: 'no order' };
  if (isTag(ours.ref) && ours.ref !== held.ref) return { kind: 'lifted' };
  const [first] = texts;
  return first ? heldByText(first) : { kind: 'lifted' };
}

interface HeldText {
  readonly path: string;
  /** `null` where there was no such document. */
  readonly id: BlobId | null;
}

/** Of what was taken back, what the run has again. */
function listHeldTexts({ held, texts, skipped }: HoldQuestion): HeldText[] {
  const all = Array.from(held.documents, ([path, id]) => ({ path, id }));
  return all.filter(({ path, id }) => !skipped.has(path) && (texts.get(path)?.id ?? null) === id);
}

function heldByText({ path, id }: HeldText): HoldDecision {
  return { kind: 'held', because: id === null ? 'its removal' : 'its text', path };
}

/** Whether a held run is an error: a run by hand, or for a release, must not look successful. */
export function failsWhenHeld(trigger: Trigger, { ref }: Pick<RunCommit, 'ref'>): boolean {
  if (trigger.kind !== 'workflow') return trigger.kind === 'terminal';
  return trigger.event.endsWith('_dispatch') || isTag(ref);
}

/** Why a run is held, and how to lift the hold. */
export function heldSentence(
  decision: Extract<HoldDecision, { kind: 'held' }>,
  { held, ours }: Pick<HoldQuestion, 'held' | 'ours'>,
  place: { readonly project: string; readonly environment: string },
): string {
  const { because, path = '' } = decision;
  const commit = `commit ${ours.commit}${ours.ref === undefined ? '' : ` (${printable(ours.ref)})`}`;
  const reasons: Record<HeldBecause, string> = {
    'that commit': `${commit} is that commit`,
    'an ancestor': `${commit} is older than that`,
    'no order': `it is unknown whether ${commit} is older than that`,
    'its text': `${commit} still has its text of ${printable(path)}`,
    'its removal': `${commit} still lacks ${printable(path)}, as that did`,
  };
  return (
    `projects/${place.project} stays as it is in ${place.environment}: ${holdPhrase(held)}, and ${reasons[because]}. ` +
    `To publish it, release it under another tag, promote the project by its name, or ${setInput('release-hold', 'true')}.`
  );
}

/** `a roll-back of 2026-11-22T10:00:00Z holds back commit … (refs/tags/v2.0.0), for the reason "…"`. */
export function holdPhrase({ commit, ref, since, reason }: Hold): string {
  const of = ref === undefined ? '' : ` (${printable(ref)})`;
  const why = reason === undefined ? '' : `, for the reason "${printable(reason)}"`;
  return `a roll-back of ${printable(since)} holds back commit ${commit}${of}${why}`;
}

/**
 * Whether a run takes back published documents: its commit is an ancestor, a lower version, or an earlier state of
 * production. Without information it does, because `allow-older` makes no sense for a newer commit.
 * @param relation of the published commit to ours
 * @param restores whether the texts are earlier ones of the same codex branch
 */
export function isRollBack(
  relation: Relation,
  published: Source | undefined,
  ours: Pick<RunCommit, 'commit' | 'ref'>,
  restores: boolean,
): boolean {
  if (!published?.commit || published.commit === ours.commit) return false;
  const versions = orderVersions(ours.ref, published.ref);
  if (versions === 'higher' || versions === 'lower') return versions === 'lower';
  return relation === 'newer' || relation === 'unknown' || (restores && relation === 'diverged');
}

/**
 * The hold that a roll-back leaves. Of the old and the new commit it keeps the one that contains the other, with the
 * documents of both, because both were taken back.
 * @param after `documents` of the roll-back's manifest
 * @param relation of the old hold's commit to the published one, which this run takes back
 */
export function planHold(
  before: Pick<Manifest, 'documents' | 'source' | 'held'>,
  after: ReadonlyMap<string, BlobId>,
  about: Pick<Hold, 'since' | 'run' | 'reason'>,
  relation: Relation,
): Hold | undefined {
  const { source, held } = before;
  const documents = new Map<string, BlobId | null>();
  for (const path of new Set([...before.documents.keys(), ...after.keys()])) {
    const id = before.documents.get(path);
    if (id !== after.get(path)) documents.set(path, id ?? null);
  }
  if (source?.commit === undefined || documents.size === 0) return held;
  const { since, run, reason } = about;
  const made: Hold = {
    commit: source.commit,
    ...(source.ref !== undefined && { ref: source.ref }),
    documents,
    since,
    ...(run !== undefined && { run }),
    ...(reason !== undefined && { reason }),
  };
  if (held === undefined) return made;
  const isKept = relation === 'newer' || relation === 'same';
  const [kept, other] = isKept ? [held, made] : [made, held];
  return { ...kept, documents: new Map([...other.documents, ...kept.documents]) };
}

/**
 * The hold that a run leaves, if it passes. A branch that began at production has production's hold, which counts for
 * nothing there and goes with the first change.
 * @param run `makes`: the run is a roll-back of production
 */
export function holdAfter(
  decision: HoldDecision,
  before: Manifest,
  after: Pick<Manifest, 'documents'>,
  run: {
    readonly production: boolean;
    readonly makes: boolean;
    readonly releaseHold: boolean;
    readonly relation: Relation;
    readonly about: { readonly now: Date; readonly runUrl: string | undefined; readonly reason: string | undefined };
  },
): Hold | undefined {
  if (!run.production) return after === before ? before.held : undefined;
  if (!run.makes || run.releaseHold) return decision.kind === 'lifted' ? undefined : before.held;
  const { now, runUrl, reason } = run.about;
  const about = {
    since: utcSeconds(now),
    ...(runUrl !== undefined && { run: runUrl }),
    ...(reason !== undefined && { reason }),
  };
  return planHold(before, after.documents, about, run.relation);
}

/** Sets or removes the hold; returns the same object without a change. */
export function withHold(manifest: Manifest, held: Hold | undefined): Manifest {
  if (manifest.held === held) return manifest;
  const { held: _, ...others } = manifest;
  return held === undefined ? others : { ...others, held };
}
