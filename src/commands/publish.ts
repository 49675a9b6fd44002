import { CodexSyncError } from '../errors.ts';
import { writeCodexCommit } from '../git/codex-commit.ts';
import type { CodexFolder } from '../git/codex-folder.ts';
import type { BranchTip } from '../github/codex-api.ts';
import { renderManifest } from '../plan/manifest.ts';
import { countChanges, renderCommitMessage } from '../plan/publication.ts';
import type { SyncProjectResult } from '../report/sync-project.ts';
import type { SyncProjectRequest } from '../request/sync-project.ts';
import type { Draft, Publication } from './draft.ts';
import { createPatience, pushOnce } from './push.ts';
import { readReturning } from './returning.ts';
import type { PublishingWorld } from './world.ts';

/** Commits, pushes and drafts again until a push lands, five minutes have passed, or there is nothing left to say. */
export async function publishUntilLanded(
  request: SyncProjectRequest,
  world: PublishingWorld,
  start: BranchTip,
  first: Draft,
  draftOn: (tip: BranchTip) => Promise<Draft>,
  common: Pick<SyncProjectResult, 'request' | 'codex' | 'run' | 'pull' | 'branch' | 'cameBack'>,
): Promise<SyncProjectResult> {
  const { branch } = request.environment;
  const wait = createPatience(world, `branch ${branch} of ${common.codex}`);
  let written: (SyncProjectResult & { readonly commit: string }) | undefined;
  let doubtful = false;
  try {
    for (let tip = start, draft = first, attempts = 1; ; attempts++) {
      if (!draft.publication) {
        // A push may have landed although its answer said, or was, something else.
        const landed =
          written && (tip.commit === written.commit || (await world.codexApi.contains(tip.commit, written.commit)));
        if (written && landed) return written;
        return { ...common, ...draft, parent: tip.commit, commit: undefined, attempts: attempts - 1 };
      }
      const commit = await writePublication(request, world, draft.folder, draft.publication, tip);
      written = { ...common, ...draft, parent: tip.commit, commit, attempts };
      world.tell({ attempts });
      const pushed = await pushOnce(world, commit, branch);
      if (pushed.kind === 'landed') return written;
      doubtful = pushed.kind === 'unanswered';
      await wait(attempts, pushed);
      tip = await readTip(world, branch, common.codex);
      draft = await draftOn(tip);
      doubtful = false;
    }
  } catch (error) {
    if (!doubtful || !(error instanceof CodexSyncError)) throw error;
    const doubt = `Whether commit ${written?.commit} landed on branch ${branch} is not known: look there.`;
    throw new CodexSyncError(error.code, `${error.message} ${doubt}`, { cause: error });
  }
}

async function readTip(world: PublishingWorld, branch: string, codex: string): Promise<BranchTip> {
  const tip = await world.codexApi.readBranch(branch);
  if (tip) return tip;
  throw new CodexSyncError('not-found', `Branch ${branch} of ${codex} disappeared during the run. Run it again.`);
}

async function writePublication(
  request: SyncProjectRequest,
  world: PublishingWorld,
  folder: CodexFolder,
  { steps, source }: Publication,
  tip: BranchTip,
): Promise<string> {
  const { environment, project, subject, author, trigger } = request;
  await world.store.fetch(world.codex, [tip.commit], 'alone');
  const all = steps.flatMap(({ changes }) => changes);
  const returning = await readReturning(all, tip, request, world);
  let parent = tip.commit;
  for (const { changes: planned, manifest } of steps) {
    const changes = planned.map((change) => (change.because === 'uncovered' && returning.get(change.path)) || change);
    const counts = countChanges(changes);
    const message = renderCommitMessage({ subject, environment, counts, source, runUrl: trigger.runUrl });
    const words = { parent, message, author, now: world.now() };
    parent = await writeCodexCommit(world.store, folder, project, changes, renderManifest(manifest), words);
  }
  return parent;
}
