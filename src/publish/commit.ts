import { type Change, differing, withChanges } from '../codex/changes.ts';
import { checkManifestSize, type Manifest, renderManifest, type Source } from '../codex/manifest.ts';
import type { OverlayPlan } from '../codex/plan-documents.ts';
import { countChanges, isEmptyManifest, renderCommitMessage } from '../codex/publication.ts';
import { CodexSyncError } from '../errors.ts';
import {
  type CommitBase,
  type CommitOnTip,
  type FolderTree,
  joinMade,
  makeCodexCommit,
  makeFolderTree,
  openCommitBase,
  openFolder,
  withoutHeld,
} from '../git/codex-commit.ts';
import { type CodexFolder, PROJECTS } from '../git/codex-folder.ts';
import { prepareSmartPush } from '../git/smart-push.ts';
import type { BranchTip } from '../github/codex-api.ts';
import type { WritingRequest } from '../inputs/request.ts';
import { nameSome } from '../text/phrases.ts';
import { type Session, together } from './session.ts';
import { fetchRoots, openSnapshot } from './snapshot.ts';

export interface Publication {
  /** At least one; each commit builds on the one before. */
  readonly projects: readonly ProjectPublication[];
  /** Tips of other branches that hold some of its documents, so that those need no fetch. */
  readonly tips?: readonly string[];
  /** Projects' folders at those tips: what they hold is not sent again. */
  readonly foldersOfTips?: readonly CodexFolder[];
  /** Blobs of the codex that no tip holds. */
  readonly blobs?: readonly string[];
}

export interface ProjectPublication {
  readonly project: string;
  readonly folder: CodexFolder;
  readonly subject: string;
  /** Each is a difference from the tip: one, or two if a preview hides the change. `manifest: undefined` deletes it. */
  readonly steps: readonly { readonly changes: readonly Change[]; readonly manifest: Manifest | undefined }[];
  readonly source: Source;
}

/** @throws CodexSyncError `too-many-documents`; returns `undefined` if documents and manifest do not change */
export function publicationOf(
  about: Pick<ProjectPublication, 'project' | 'folder' | 'subject' | 'source'>,
  before: Manifest,
  next: Manifest,
  { steps }: Pick<OverlayPlan, 'steps'>,
): ProjectPublication | undefined {
  const final = isEmptyManifest(next) ? undefined : next;
  if (steps.length === 0 && next === before) return undefined;
  const last = steps.length - 1;
  const written = steps.map(({ changes, overlay }, index) => ({
    changes,
    manifest: index === last ? final : { ...next, ...overlay },
  }));
  const made = steps.length === 0 ? [{ changes: [], manifest: final }] : written;
  checkManifestSize(
    about.project,
    made.map(({ manifest }) => manifest),
  );
  return { ...about, steps: made };
}

/** Whether all documents are new to the codex: none is moved, and none comes from another branch. */
export function isNew({ projects, tips = [] }: Publication): boolean {
  if (tips.length > 0) return false;
  return projects.every(({ folder, steps }) => {
    const held = new Set([...folder.entries.values()].map(({ document }) => document?.id));
    return steps.every(({ changes }) => changes.every(({ document }) => !document || !held.has(document.id)));
  });
}

/** A commit whose project folder is written, but not yet placed in the list of projects. */
interface WrittenStep extends FolderTree {
  readonly project: string;
  readonly message: string;
}

/** Each commit builds on the one before; returns the last. Writes folders while it fetches the list of projects. */
export async function writePublication(
  request: WritingRequest,
  session: Session,
  publication: Publication,
  tip: BranchTip,
): Promise<CommitOnTip> {
  const [opened, steps] = await together([
    openBase(session, publication, tip),
    prepareSteps(request, session, publication, tip),
  ]);
  let base = opened;
  const author = await session.author();
  for (const { message, ...folder } of steps) {
    base = makeCodexCommit(session.store, base, folder, { message, author, now: session.now() });
  }
  return base;
}

async function openBase(
  session: Session,
  { projects, tips = [], blobs = [] }: Publication,
  tip: BranchTip,
): Promise<CommitBase> {
  const { store, codex } = session;
  await fetchRoots([tip], session);
  const base = await openCommitBase(
    store,
    codex,
    tip,
    new Map(projects.map(({ project, folder }) => [project, folder.tree])),
  );
  await store.fetch(codex, tips, 'alone');
  await store.fetch(codex, blobs, 'blobs');
  return base;
}

async function prepareSteps(
  request: WritingRequest,
  session: Session,
  publication: Publication,
  tip: BranchTip,
): Promise<WrittenStep[]> {
  const { store, codex } = session;
  const held = new Set((publication.foldersOfTips ?? []).flatMap((folder) => openFolder(store, folder).held));
  const written = await writeSteps(request, session, publication, tip);
  const steps = written.map((step) => ({ ...step, ...withoutHeld(step, held) }));
  const made = joinMade(steps);
  if (made) prepareSmartPush(store, codex, made);
  return steps;
}

async function writeSteps(
  { environment, trigger, reason }: WritingRequest,
  session: Session,
  { projects }: Publication,
  tip: BranchTip,
): Promise<WrittenStep[]> {
  const written: WrittenStep[] = [];
  for (const { project, folder, subject, steps, source } of projects) {
    const all = steps.flatMap(({ changes }) => changes);
    const brought = new Map(all.filter((change) => !isRevealed(change)).map((change) => [change.path, change]));
    /** An earlier commit of this very push brings the text: the codex does not have it yet. */
    const isBrought = ({ path, document }: Change) => brought.get(path)?.document?.id === document?.id;
    const hiddenBefore = all.filter((change) => isRevealed(change) && !isBrought(change));
    const revealed = await readRevealed(hiddenBefore, tip.commit, project, session);
    const withBit = (change: Change): Change => {
      const own = isBrought(change) ? brought.get(change.path) : revealed.get(change.path);
      return { ...change, document: own?.document ?? change.document };
    };
    const opened = openFolder(session.store, folder);
    let last: readonly Change[] = [];
    for (const { changes: planned, manifest } of steps) {
      const changes = planned.map((change) => (isRevealed(change) ? withBit(change) : change));
      // A single step holds only differences, so counting them needs no copy of fifty thousand documents.
      const counts = countChanges(
        steps.length === 1
          ? changes
          : differing(withChanges(folder.entries, last), withChanges(folder.entries, changes)),
      );
      last = changes;
      const message = renderCommitMessage({ subject, environment, counts, source, runUrl: trigger.runUrl, reason });
      const update = { changes, manifest: manifest && renderManifest(manifest) };
      written.push({ project, ...(await makeFolderTree(session.store, opened, update)), message });
    }
  }
  return written;
}

function isRevealed({ because, document }: Change): boolean {
  return because === 'uncovered' && document !== undefined;
}

/** Beyond this limit, documents keep the executable bit of the document that covered them. */
const MAX_ASKED = 20;

/**
 * Finds documents that return when a preview ends. The manifest holds only their ids, so the executable bit comes from
 * the branch's history before `tip`. Fetches their blobs, because a push must have the blobs that it names.
 */
export async function readRevealed(
  revealed: readonly Change[],
  tip: string,
  project: string,
  session: Session,
): Promise<Map<string, Change>> {
  await session.store.fetch(session.codex, [...new Set(revealed.map(({ document }) => document?.id ?? ''))], 'blobs');
  const found = new Map<string, Change>();
  for (const change of revealed.slice(0, MAX_ASKED)) {
    for (const commit of await session.codexApi.listCommits(`${PROJECTS}/${project}/${change.path}`, tip)) {
      const folders = await openSnapshot(commit, session).folders([project]);
      const document = folders.get(project)?.entries.get(change.path)?.document;
      if (document?.id !== change.document?.id) continue;
      found.set(change.path, { ...change, document });
      break;
    }
  }
  return found;
}

/** @throws CodexSyncError `not-found` if documents that only the manifest names are unavailable; stops one project */
export async function fetchBeneath(covered: readonly Change[], environment: string, session: Session): Promise<void> {
  const ids = covered.flatMap(({ document }) => document?.id ?? []);
  await session.store.fetch(session.codex, ids, 'blobs').catch((error: unknown) => {
    if (!(error instanceof CodexSyncError)) throw error;
    throw new CodexSyncError(
      'not-found',
      `Documents that were published to ${environment} and are covered there by a preview or an edit cannot be fetched (${nameSome(ids)}): ${error.message}`,
      `If that does not help, publish the project's branch to ${environment} again.`,
      { cause: error },
    );
  });
}
