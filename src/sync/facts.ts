import { planOlderRun, type RunCommit, type RunOrder, relationByDates } from '../codex/commit-order.ts';
import { isRollBack } from '../codex/hold.ts';
import type { Manifest, Source } from '../codex/manifest.ts';
import { branchOf, type PreviewKey, pullRequestOf } from '../codex/overlay.ts';
import { LFS_POINTER_REASON } from '../documents/never-published.ts';
import { pointerReason } from '../documents/select.ts';
import { findMissingGenerated } from '../documents/unmatched-patterns.ts';
import type { History } from '../git/checkout.ts';
import type { ProjectApi } from '../github/project-api.ts';
import { publishes } from '../inputs/definitions.ts';
import { createPreviewReader } from '../previews/facts.ts';
import { createPullReader, findClosed, type PullReader } from '../previews/find-closed.ts';
import { createCommitComparer, createHoldReader, createRelationReader } from '../publish/relations.ts';
import type { ProjectSession, Session } from '../publish/session.ts';
import type { ProjectSnapshot } from '../publish/snapshot.ts';
import { askOnce, type BlobId, type BranchName } from '../text/ids.ts';
import { sameRepository } from '../text/names.ts';
import { createAdoptionCheck } from './check-codex.ts';
import {
  type Decided,
  decideRun,
  isHoldable,
  publishedPaths,
  pullRequestPreviews,
  type SyncFacts,
  selectTexts,
} from './plan.ts';
import type { Project } from './project.ts';
import type { SyncProjectRequest } from './request.ts';

export type FactSession = Pick<Session, 'codexApi' | 'projectApi' | 'projectApiOf' | 'now' | 'random'> & {
  readonly history: History;
};

/**
 * Asks about unchanging facts once, however many races the run loses, and nothing after a guard refuses.
 * @param findUnpublishable takes blob id -> path, returns blob id -> reason, by content
 */
export function createFactReader(
  request: SyncProjectRequest,
  project: Project,
  session: FactSession,
  findUnpublishable: (paths: ReadonlyMap<BlobId, string>) => Promise<ReadonlyMap<BlobId, string>>,
): (snapshot: ProjectSnapshot, listProjects: () => Promise<readonly string[]>) => Promise<SyncFacts> {
  const { directory, direction, environment, patterns, releaseHold, trigger } = request;
  const { selected, stableRefs, pull } = project;
  const { history, projectApi, random, now } = session;
  const findUnpublishableOnce = createUnpublishableFinder(request, project, findUnpublishable);
  const readOrder = createOrderReaders(request, session);
  const readPreview = createPreviewReader({ directory, isAtTerminal: trigger.kind === 'terminal' }, session, project);
  const checkAdoption = createAdoptionCheck(request, session);
  const holds = createHoldReader(createCommitComparer(history, projectApi));

  return async (snapshot, listProjects) => {
    const { folder, manifest } = snapshot;
    const decision = decideRun(request, project, snapshot);
    const { decided, source, takesOver } = decision;
    if (decided.kind === 'superseded') return { kind: 'superseded', published: undefined, decision };
    if (takesOver && !request.isListed) await checkAdoption(manifest.source);
    // Asked again on each tip, because a pull request may close while other runs push first.
    const pulls = createPullReader(projectApi);
    const key = decided.kind === 'preview' ? decided.key : undefined;
    const order = await readOrder(decided.run, key)(manifest, source, pulls);
    const { published } = order;
    if (order.order === 'superseded') return { kind: 'superseded', published, decision };

    const unpublishable = await findUnpublishableOnce(snapshot);
    const texts = selectTexts(request, project, snapshot, decision, published, unpublishable);
    const ordered = { decision: { ...decision, decided }, order, texts };
    const { documents, skipped } = texts.selection;
    const holdable = { ours: decided.run, texts: documents, skipped, isByName: false, releases: releaseHold };
    const hold = isHoldable(request, decided)
      ? await holds.decide(manifest, environment.production, holdable)
      : ({ kind: 'stays' } as const);
    if (hold.kind === 'held') return { kind: 'held', hold, ...ordered };
    const makesHold = order.rollsBack && environment.production && !releaseHold;
    return {
      ...{ kind: 'current', hold, ...ordered },
      // A run that publishes nothing plans beneath the existing previews.
      missingGenerated: await readMissingGenerated(manifest),
      closed: publishes(direction) ? await findClosedPreviews(manifest, decided, takesOver, pulls) : [],
      preview: decided.kind === 'preview' ? await readPreview(decided) : undefined,
      heldRelation: makesHold ? await holds.relationToPublished(manifest) : 'unknown',
      projects: folder.tree === undefined && publishes(direction) ? await listProjects() : [],
      answersPulls: !asksForPulls(manifest, decided) || (await pulls.answers()),
      now: now(),
    };
  };

  async function readMissingGenerated(manifest: Manifest): Promise<ReadonlyMap<string, string>> {
    const paths = publishedPaths(manifest);
    const { certain, ifIgnored } = findMissingGenerated(selected.unmatched, paths, selected, patterns);
    const ignored = ifIgnored.size > 0 ? await project.listIgnored([...ifIgnored.keys()]) : [];
    return new Map([...certain, ...ignored.map((path) => [path, ifIgnored.get(path) ?? ''] as const)]);
  }

  function findClosedPreviews(
    manifest: Manifest,
    decided: Decided,
    takesOver: boolean,
    pulls: PullReader,
  ): Promise<PreviewKey[]> {
    const own = decided.kind === 'preview' ? decided.key : undefined;
    return findClosed(manifest, {
      ...{ run: decided.run, own, takesOver, pulls, history, projectApi, random, now },
      stableRefs: decided.kind === 'documents' ? stableRefs : undefined,
      ownBranch: own === undefined ? undefined : pull?.headBranch,
      deletedBranch: trigger.deletedBranch,
    });
  }
}

/** Only `documents` end previews of pull requests, so only they need GitHub's answer. */
function asksForPulls({ previews }: Manifest, { kind }: Decided): boolean {
  return kind === 'documents' && pullRequestPreviews(previews).length > 0;
}

/** Keeps one reader for each ref and preview, so that each asks its questions once. */
function createOrderReaders(request: SyncProjectRequest, session: FactSession) {
  return askOnce(
    ({ ref, commit }: RunCommit, key: PreviewKey | undefined) => `${key ?? ''} ${ref} ${commit}`,
    (run, key) => createOrderReader(request, session, run, key),
  );
}

/** Reads content once, and only of documents that were not published or are no longer in the codex. */
function createUnpublishableFinder(
  { includeLfs }: SyncProjectRequest,
  { selected, isOneOfMany }: Project,
  find: (paths: ReadonlyMap<BlobId, string>) => Promise<ReadonlyMap<BlobId, string>>,
) {
  const pointer = pointerReason(isOneOfMany ? 'sync-org' : 'sync-project', includeLfs);
  const seen = new Set<BlobId>();
  const unpublishable = new Map<BlobId, string>();
  return async ({ manifest, folder }: ProjectSnapshot): Promise<ReadonlyMap<BlobId, string>> => {
    const isPublished = (path: string, id: BlobId) =>
      manifest.documents.get(path) === id && folder.entries.get(path)?.document?.id === id;
    const pathOf = new Map<BlobId, string>();
    for (const [path, { id }] of selected.documents) if (!isPublished(path, id) && !seen.has(id)) pathOf.set(id, path);
    for (const [id, reason] of await find(pathOf))
      unpublishable.set(id, reason === LFS_POINTER_REASON ? pointer : reason);
    for (const id of pathOf.keys()) seen.add(id);
    return unpublishable;
  };
}

/**
 * Repeated on each tip (design section 4, "Older runs"). GitHub's heads and tips decide, else the commits.
 * @throws CodexSyncError `older-commit` as `planOlderRun` does
 */
function createOrderReader(
  { environment, direction, allowOlder }: SyncProjectRequest,
  { history, projectApi, now: clock }: Pick<ProjectSession, 'history' | 'projectApi' | 'now'>,
  run: RunCommit,
  key: PreviewKey | undefined,
) {
  // Production refuses older commits, but a run that publishes nothing cannot harm it.
  const production = environment.production && publishes(direction);
  const datesAt = environment.production ? undefined : clock;
  const readRelation = createRelationReader(history, projectApi, run, { production, datesAt });
  const number = key && pullRequestOf(key);
  const branch = key && branchOf(key);
  return async (manifest: Manifest, ours: Source, pulls: PullReader): Promise<RunOrder> => {
    const published = key ? previewSource(manifest, key, ours) : manifest.source;
    const now = number === undefined ? undefined : await pulls.any(number);
    if (now?.open && now.headCommit === run.commit) return { order: 'go', published, rollsBack: false };
    // GitHub has another head, which may not be published yet, or none.
    if (now) return superseded(now.headCommit === published?.commit ? published : undefined);
    // A pull request's preview shows this commit already.
    if (branch !== undefined && isPreviewed(manifest, run.commit)) return superseded(undefined);
    // Commits of another repository have no order; `adopt` has decided.
    const comparable = published && sameRepository(published.repository, ours.repository) ? published : undefined;
    const related = await readRelation(comparable);
    if (branch !== undefined && comparable && (related === 'diverged' || related === 'unknown')) {
      const isTip = await isTipOf(projectApi, branch, comparable.commit);
      if (isTip) return superseded(published);
    }
    // A forced push leaves the history of earlier heads.
    const isForced = key && comparable && related === 'diverged';
    const relation = isForced && branch === undefined ? relationByDates(comparable, run, clock()) : related;
    const rollsBack = production && key === undefined && isRollBack(relation, comparable, run, false);
    return { order: planOlderRun(relation, comparable, run, { production, allowOlder }), published, rollsBack };
  };
}

function superseded(published: Source | undefined): RunOrder {
  return { order: 'superseded', published, rollsBack: false };
}

function isPreviewed({ previews }: Manifest, commit: string): boolean {
  return [...previews].some(([key, preview]) => pullRequestOf(key) !== undefined && preview.commit === commit);
}

async function isTipOf(projectApi: ProjectApi, branch: BranchName, commit: string | undefined): Promise<boolean> {
  const found = await projectApi.findBranch(branch);
  return found.kind === 'found' && found.commit === commit;
}

function previewSource(manifest: Manifest, key: PreviewKey, ours: Source): Source | undefined {
  const preview = manifest.previews.get(key);
  if (!preview) return undefined;
  const { commit, date } = preview;
  const { repository, directory, ref } = ours;
  return { repository, directory, commit, ...(date !== undefined && { date }), ...(ref !== undefined && { ref }) };
}
