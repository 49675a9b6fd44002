import type { EnvironmentState } from '../codex/changes.ts';
import { orderVersions, relationByDates } from '../codex/commit-order.ts';
import {
  EMPTY_MANIFEST,
  type Hold,
  type Line,
  lineOf,
  type Manifest,
  type Source,
  wasPublished,
} from '../codex/manifest.ts';
import { comparePreviewKeys, type PreviewKey } from '../codex/overlay.ts';
import { type Counts, countChanges } from '../codex/publication.ts';
import { CodexSyncError } from '../errors.ts';
import type { RepositoryAnswer } from '../github/codex-api.ts';
import { planPromotion } from '../promote/plan.ts';
import { isRepository, sameRepository } from '../text/names.ts';

/** States of a project in `env` compared with `from`, sorted by urgency: pending releases come first. */
export const PROJECT_STATES = [
  /** A release would change documents. */
  'waiting',
  'only-in-from',
  /** Documents differ, and those of `env` are of a newer commit. */
  'older',
  /** Not comparable: an unreadable manifest, a file in place of the folder, or another owner. */
  'problem',
  'only-in-env',
  /** A release would change nothing, but documents in `env` are edited. */
  'edited',
  /** The folder exists, with no published documents except previews. */
  'unpublished',
  'in-step',
] as const;
export type ProjectState = (typeof PROJECT_STATES)[number];

export interface ProjectStatus {
  readonly project: string;
  readonly state: ProjectState;
  readonly counts: Counts;
  /** Documents edited or removed in `env`, and those of them that `from` changed as well. */
  readonly drifted: number;
  readonly conflicts: number;
  /** Owned paths that a release skips: a link or a submodule on either side, an unowned edit. */
  readonly skipped: number;
  /** Edited documents in `from` that a release does not include. */
  readonly editsLeft: number;
  readonly source: Source | undefined;
  readonly envSource: Source | undefined;
  readonly line: Line | undefined;
  /** The hold of a roll-back in `env`. */
  readonly held: Hold | undefined;
  /** Pull requests and branches with previews in either environment. */
  readonly previews: readonly PreviewKey[];
  readonly problem: string | undefined;
}

const EMPTY_PLAN = {
  counts: { added: 0, modified: 0, deleted: 0 },
  drifted: 0,
  conflicts: 0,
  skipped: 0,
  source: undefined,
  envSource: undefined,
  line: undefined,
  held: undefined,
  editsLeft: 0,
  previews: [],
  problem: undefined,
};

/** Equal folders need no reading. */
export function inStep(project: string): ProjectStatus {
  return { ...EMPTY_PLAN, project, state: 'in-step' };
}

/** Uses the plan of a release. Unmerged previews do not count. */
export function planStatus(
  project: string,
  from: ProjectSide,
  env: ProjectSide,
  { production, now }: { readonly production: boolean; readonly now: Date },
): ProjectStatus {
  if ('problem' in from || 'problem' in env) {
    const problems = [from, env].flatMap((side) => ('problem' in side ? [side.problem] : []));
    return { ...EMPTY_PLAN, project, state: 'problem', problem: [...new Set(problems)].join(' ') };
  }
  const [ours, theirs] = [from.manifest ?? EMPTY_MANIFEST, env.manifest ?? EMPTY_MANIFEST];
  const common = {
    ...EMPTY_PLAN,
    project,
    source: ours.source,
    envSource: theirs.source,
    line: lineOf(ours.source),
    held: theirs.held,
    previews: [...new Set([...ours.previews.keys(), ...theirs.previews.keys()])].sort((one, other) =>
      comparePreviewKeys(other, one),
    ),
  };
  if (!wasPublished(ours)) return { ...common, state: wasPublished(theirs) ? 'only-in-env' : 'unpublished' };

  const planned = tryPlan(() =>
    planPromotion({
      project,
      from: { ...from, manifest: ours },
      to: { ...env, manifest: theirs },
      production,
      releaseEdits: false,
      onConflict: 'project',
      threshold: NO_THRESHOLD,
      allowEmpty: true,
    }),
  );
  if (typeof planned === 'string') return { ...common, state: 'problem', problem: planned };
  const { changes, drifted, conflicts, skippedInCodex } = planned.overlayPlan.plan;
  const compared = {
    ...common,
    counts: countChanges(changes),
    drifted: drifted.length,
    conflicts: conflicts.length,
    skipped: planned.skippedDocuments.size + skippedInCodex.length,
    editsLeft: planned.editsLeft.size,
  };
  if (!wasPublished(theirs)) return { ...compared, state: 'only-in-from' };
  if (changes.length === 0) return { ...compared, state: drifted.length > 0 ? 'edited' : 'in-step' };
  return { ...compared, state: isOlder(ours.source, theirs.source, now) ? 'older' : 'waiting' };
}

export function sortStatuses(statuses: readonly ProjectStatus[]): ProjectStatus[] {
  const rank = ({ state }: ProjectStatus) => PROJECT_STATES.indexOf(state);
  return [...statuses].sort((one, other) => rank(one) - rank(other) || (one.project < other.project ? -1 : 1));
}

// Status counts differences; only a release applies deletion guards.
const NO_THRESHOLD = { count: Number.POSITIVE_INFINITY, percent: 100 };

/** By versions, else by commit dates, without a request to the source repository. */
function isOlder(ours: Source | undefined, theirs: Source | undefined, now: Date): boolean {
  if (!ours?.commit || !theirs?.commit || ours.commit === theirs.commit) return false;
  const versions = orderVersions(ours.ref, theirs.ref);
  if (versions === 'higher' || versions === 'lower') return versions === 'lower';
  return relationByDates(theirs, { commit: ours.commit, date: ours.date, ref: ours.ref }, now) === 'newer';
}

function tryPlan<T extends object>(plan: () => T): T | string {
  try {
    return plan();
  } catch (error) {
    if (error instanceof CodexSyncError) return error.message;
    throw error;
  }
}

/** `not-found`: deleted, or hidden from the token; GitHub does not distinguish. `unknown`: not asked, no answer. */
const SOURCE_STATES = ['there', 'archived', 'renamed', 'not-found', 'unknown'] as const;
export type SourceState = (typeof SOURCE_STATES)[number];

/** Maximum number of source repositories to ask about: a workflow's token has a thousand requests an hour. */
export const MAX_ASKED = 50;

/** `undefined` if the manifest names no possible GitHub repository. */
export function sourceRepository({ source, envSource }: ProjectStatus): string | undefined {
  const named = (source ?? envSource)?.repository;
  return named !== undefined && isRepository(named) ? named : undefined;
}

/** @param seen GitHub's answer to the question for `asked` */
export function sourceState(asked: string, seen: RepositoryAnswer): SourceState {
  if (seen.kind !== 'found') return seen.kind;
  if (!sameRepository(seen.fullName, asked)) return 'renamed';
  return seen.archived ? 'archived' : 'there';
}

export type ProjectSide =
  | (Omit<EnvironmentState, 'manifest'> & {
      readonly manifest: Manifest | undefined;
    })
  | { readonly problem: string };
