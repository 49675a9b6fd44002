import { CodexSyncError } from '../errors.ts';
import type { ConflictRule } from '../request/input-definitions.ts';
import { printable } from '../request/printable.ts';
import type { DeletionThreshold } from '../request/sync-project.ts';
import type { CodexEntry } from './changes.ts';
import { type LayeredPlan, planDocuments } from './layered.ts';
import { standing } from './layers.ts';
import { type Manifest, type Source, wasPublished } from './manifest.ts';
import { asksForRelation, planOlderRun, type Relation } from './older-run.ts';
import { isSameOwner, place } from './publication.ts';
import { releasedDocuments } from './released.ts';
import type { Document } from './selection.ts';
import { withoutTwins } from './twins.ts';

/** A project as it stands in an environment. */
export interface Standing {
  /** The environment's name, for messages. */
  readonly environment: string;
  readonly branch: string;
  readonly manifest: Manifest;
  readonly entries: ReadonlyMap<string, CodexEntry>;
}

export interface PromotionQuestion {
  readonly project: string;
  readonly from: Standing;
  readonly to: Standing;
  readonly onConflict: ConflictRule;
  readonly threshold: DeletionThreshold;
  readonly allowEmpty: boolean;
}

/** What a promotion does in the environment that it goes to. */
export interface PromotionPlan {
  readonly layered: LayeredPlan;
  /** Paths of what the source has to release. */
  readonly released: ReadonlySet<string>;
  /** Owned paths of the source -> why what stands there is not released. */
  readonly leftAlone: ReadonlyMap<string, string>;
  /** Paths where a preview covers what is released: path -> its number. */
  readonly beneath: ReadonlyMap<string, number>;
}

/**
 * Plans a promotion: the same planner, with what stands in the source as the project's side. What only the target has and
 * nobody owns is not looked at.
 * @throws CodexSyncError `not-owner`, `nothing-selected`, or `conflict` as `planChanges` does
 */
export function planPromotion(question: PromotionQuestion): PromotionPlan {
  const { project, from, to, onConflict, threshold } = question;
  checkOwners(project, from, to);
  const released = releasedDocuments(from.manifest, from.entries);
  checkReleased(question, released.documents.size + released.leftAlone.size);
  const beneath = new Map<string, number>();
  const stands = standing(from.manifest);
  for (const path of stands.paths) {
    const { preview } = stands.at(path);
    if (preview !== undefined && released.documents.has(path)) beneath.set(path, preview);
  }
  const documents = new Map(
    [...released.documents].map(([path, document]): [string, Document] => {
      const theirs = to.entries.get(path)?.document;
      // The bit of what is covered is not known: where the target has that very document, it is the target's.
      return beneath.has(path) && theirs?.id === document.id ? [path, theirs] : [path, document];
    }),
  );
  const leftAlone = new Map([...released.leftAlone, ...disowned(from, to)]);
  const selection = withoutTwins({ documents, leftAlone }, to.entries, to.manifest);
  const layered = planDocuments({
    selection,
    codex: to.entries,
    layers: to.manifest,
    firstRun: !wasPublished(to.manifest),
    ended: new Map(),
    selects: (path) => to.manifest.documents.has(path),
    onConflict: onConflict === 'fail' ? 'codex' : onConflict,
    threshold,
    // Found equal on one branch says nothing: an edit made there stood on it then, and was never agreed on.
    recordsEqual: from.branch !== to.branch,
  });
  const { conflicts } = layered.plan;
  if (onConflict === 'fail' && conflicts.length > 0) {
    const paths = conflicts.slice(0, 20).map(({ path }) => printable(path));
    const more = conflicts.length > paths.length ? ` and ${conflicts.length - paths.length} more` : '';
    throw new CodexSyncError(
      'conflict',
      `Changed both in ${from.environment} and in ${to.environment} since they last agreed: ${paths.join(', ')}${more}. Nothing of projects/${project} was ` +
        `written (on-conflict: fail). Choose "on-conflict: project" to release what ${from.environment} has, or "codex" to keep what ${to.environment} has.`,
    );
  }
  return { layered, released: new Set(documents.keys()), leftAlone: selection.leftAlone, beneath };
}

/**
 * What the target owns, and in the source stands without an owner: somebody edited it in a preview that ended, and no branch
 * was published there since. It is no deletion, and what was edited was never merged.
 */
function disowned(from: Standing, to: Standing): [string, string][] {
  const paths = [...to.manifest.documents.keys()].filter((path) => !from.manifest.documents.has(path));
  const why = `edited in ${from.environment} in a preview that ended, and owned by nobody there: publish its branch first`;
  return paths.filter((path) => from.entries.has(path)).map((path) => [path, why]);
}

/** Whether anybody has to be asked how the commits that the documents come from stand to each other. */
export function asksForOrder(published: Source | undefined, mine: Source, allowOlder: boolean): published is Source {
  if (allowOlder || !published?.commit || !mine.commit) return false;
  return isSameOwner(published, mine) && asksForRelation(published, runOf(mine), true);
}

/**
 * What is older than production is not promoted to it by accident. Not even the same ref makes a promotion `superseded`: it
 * was asked for by hand.
 * @throws CodexSyncError `older-commit`
 */
export function checkOrder(relation: Relation, published: Source, mine: Source): void {
  const options = { production: true, allowOlder: false };
  planOlderRun(relation === 'newer' ? 'diverged' : relation, published, runOf(mine), options);
}

function runOf({ commit = '', date, ref = 'of an unknown ref' }: Source) {
  return { commit, date, ref };
}

function checkOwners(project: string, from: Standing, to: Standing): void {
  const [mine, theirs] = [from.manifest.source, to.manifest.source];
  if (!mine || !theirs || isSameOwner(mine, theirs)) return;
  throw new CodexSyncError(
    'not-owner',
    `projects/${project} belongs to ${place(mine)} in ${from.environment}, and to ${place(theirs)} in ${to.environment}. ` +
      `If it has moved, publish it to ${to.environment} once from ${place(mine)} with "adopt: true", then promote it.`,
  );
}

function checkReleased({ project, from, to, allowEmpty }: PromotionQuestion, released: number): void {
  const owned = to.manifest.documents.size;
  if (released > 0 || owned === 0 || allowEmpty) return;
  throw new CodexSyncError(
    'nothing-selected',
    `projects/${project} has no document to release in ${from.environment}, and ${owned} published in ${to.environment}. ` +
      `Publish it to ${from.environment} first, or say "allow-empty: true" if ${to.environment} shall lose them.`,
  );
}
