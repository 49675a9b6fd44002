import { orderVersions, relationByDates } from '../codex/commit-order.ts';
import type { EnvironmentState } from '../codex/effective-tree.ts';
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
import type { SeenRepository } from '../github/codex-api.ts';
import { planPromotion } from '../promote/plan.ts';
import { isRepository, sameRepository } from '../text/names.ts';

/**
 * How a project in one environment (`from`) stands to the same project in another (`env`), in the order in which people
 * want to see them: what waits for a release comes first.
 */
export const PROJECT_STATES = [
  /** A release would move documents. */
  'waiting',
  'only-in-from',
  /** Documents differ, and those of `env` are of a newer commit. */
  'older',
  /** It cannot be compared: an unreadable manifest, a file where a folder should be, another owner. */
  'problem',
  'only-in-env',
  /** A release would move nothing, but somebody edited documents in `env`. */
  'edited',
  /** There is a folder, and nothing in it was published but perhaps previews. */
  'unpublished',
  'in-step',
] as const;
export type ProjectState = (typeof PROJECT_STATES)[number];

export interface ProjectStatus {
  readonly project: string;
  readonly state: ProjectState;
  /** What a release would add, modify and delete. */
  readonly counts: Counts;
  /** Documents that somebody edited or removed in `env`, and those among them that `from` changed too. */
  readonly drifted: number;
  readonly conflicts: number;
  /** Owned paths that a release leaves alone: a link or a submodule on either side, an edit that nobody owns. */
  readonly skipped: number;
  /** Documents that somebody edited in `from`, which a release leaves. */
  readonly editsLeft: number;
  /** Where the documents of `from` were published from, and those of `env`. */
  readonly source: Source | undefined;
  readonly envSource: Source | undefined;
  /** Of which line the documents of `from` are. */
  readonly line: Line | undefined;
  /** What a roll-back of `env` holds back. */
  readonly held: Hold | undefined;
  /** Pull requests and branches with previews in either of the two. */
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

/** A project whose two folders are one: nothing has to be read to know that. */
export function inStep(project: string): ProjectStatus {
  return { ...EMPTY_PLAN, project, state: 'in-step' };
}

/**
 * What a release of the project from one environment to the other would move, by the same plan that a release makes.
 * Unmerged previews never count.
 */
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

/** Those that wait first, then by name. */
export function sortStatuses(statuses: readonly ProjectStatus[]): ProjectStatus[] {
  const rank = ({ state }: ProjectStatus) => PROJECT_STATES.indexOf(state);
  return [...statuses].sort((one, other) => rank(one) - rank(other) || (one.project < other.project ? -1 : 1));
}

// Status counts what differs; whether a release may delete that many, or all, is for the release to say.
const NO_THRESHOLD = { count: Number.POSITIVE_INFINITY, percent: 100 };

/** By their versions, else by the commits' dates: the source repository is not asked. */
function isOlder(ours: Source | undefined, theirs: Source | undefined, now: Date): boolean {
  if (!ours?.commit || !theirs?.commit || ours.commit === theirs.commit) return false;
  const versions = orderVersions(ours.ref ?? '', theirs.ref ?? '');
  if (versions === 'higher' || versions === 'lower') return versions === 'lower';
  return relationByDates(theirs, { commit: ours.commit, date: ours.date, ref: ours.ref ?? '' }, now) === 'newer';
}

/** The plan, or in one sentence why there is none. */
function tryPlan<T extends object>(plan: () => T): T | string {
  try {
    return plan();
  } catch (error) {
    if (error instanceof CodexSyncError) return error.message;
    throw error;
  }
}

/**
 * How the repository is that a project is published from; `not-found` is one that was deleted, or that the token may not
 * see, and GitHub does not tell which. `unknown` is one that GitHub was not asked for, or did not tell of.
 */
export const SOURCE_STATES = ['there', 'archived', 'renamed', 'not-found', 'unknown'] as const;
export type SourceState = (typeof SOURCE_STATES)[number];

/** GitHub is asked for so many source repositories at most: a workflow's token has a thousand questions an hour. */
export const MAX_ASKED = 50;

/** The repository that a project is published from; `undefined` where its manifest names none that GitHub could have. */
export function sourceRepository({ source, envSource }: ProjectStatus): string | undefined {
  const named = (source ?? envSource)?.repository;
  return named !== undefined && isRepository(named) ? named : undefined;
}

/** @param seen GitHub's answer to the question for `asked`; `undefined` where it gave none */
export function sourceState(asked: string, seen: SeenRepository | 'not-found' | undefined): SourceState {
  if (seen === undefined) return 'unknown';
  if (seen === 'not-found') return 'not-found';
  if (!sameRepository(seen.fullName, asked)) return 'renamed';
  return seen.archived ? 'archived' : 'there';
}

/** A project in one environment: its folder and what its manifest says, or why that cannot be read. */
export type ProjectSide =
  | (Omit<EnvironmentState, 'manifest'> & {
      /** `undefined` where there is none. */
      readonly manifest: Manifest | undefined;
    })
  | { readonly problem: string };
