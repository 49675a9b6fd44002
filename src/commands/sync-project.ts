import { CodexSyncError } from '../errors.ts';
import { writeCodexCommit } from '../git/codex-commit.ts';
import type { CodexFolder } from '../git/codex-folder.ts';
import { readSelection } from '../git/selection.ts';
import type { BranchTip, CodexRepository } from '../github/codex-api.ts';
import { renderManifest } from '../plan/manifest.ts';
import { checkSelected, countChanges, renderCommitMessage } from '../plan/publication.ts';
import type { SyncProjectResult } from '../report/sync-project.ts';
import { checkDefaultBranch, checkVisibility } from '../request/guards.ts';
import type { SyncProjectRequest } from '../request/sync-project.ts';
import { createDrafter, type Draft, type Publication } from './draft.ts';
import { createBranch, findBranch } from './ensure-branch.ts';
import { createPatience, pushOnce } from './push.ts';
import { readRunCommit } from './read-run.ts';
import type { SyncProjectWorld } from './world.ts';

/**
 * Publishes a project's documents into its folder on the environment's branch of the codex.
 *
 * The remote's branch is the only shared state: every attempt plans on the tip it read, and the push lands only if the
 * branch still stands there. A lost race plans again on the new tip, so no run ever loses another's commit.
 * @throws CodexSyncError when a guard refuses, the remote refuses, or the plan cannot be carried out; then nothing was
 * published
 */
export async function syncProject(request: SyncProjectRequest, world: SyncProjectWorld): Promise<SyncProjectResult> {
  const run = await readRunCommit(request.trigger, world.checkout);
  const selection = await readSelection(world.checkout, world.store, world.project, request.patterns);
  checkSelected(request, selection);
  const codex = await world.codexApi.readRepository();
  await checkCodex(request, codex, world);
  const found = await findBranch(request, codex, world);
  const draftOn = createDrafter(request, world, run, selection);
  const drafted = await draftOn(found.tip);
  const common = { request, codex: codex.fullName, run };
  if (request.dryRun || (!found.exists && !drafted.plan)) {
    const branch = found.exists ? ('found' as const) : ('would be created' as const);
    return { ...common, branch, ...drafted, parent: found.tip?.commit, commit: undefined, attempts: 0 };
  }
  // Made only now that the run has something to say there: a run that fails changes nothing.
  const branch =
    found.tip && found.exists
      ? { tip: found.tip, how: 'found' as const }
      : await createBranch(request, codex, found.tip, world);
  world.tell({ 'branch-created': branch.how === 'created' });
  const first = branch.tip === found.tip ? drafted : await draftOn(branch.tip);
  return publishUntilLanded(request, world, branch.tip, first, draftOn, { ...common, branch: branch.how });
}

/** Commits, pushes and drafts again until a push lands, five minutes have passed, or there is nothing left to say. */
async function publishUntilLanded(
  request: SyncProjectRequest,
  world: SyncProjectWorld,
  start: BranchTip,
  first: Draft,
  draftOn: (tip: BranchTip) => Promise<Draft>,
  common: Pick<SyncProjectResult, 'request' | 'codex' | 'run' | 'branch'>,
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

async function readTip(world: SyncProjectWorld, branch: string, codex: string): Promise<BranchTip> {
  const tip = await world.codexApi.readBranch(branch);
  if (tip) return tip;
  throw new CodexSyncError('not-found', `Branch ${branch} of ${codex} disappeared during the run. Run it again.`);
}

/** The guards that need the codex's answer. */
async function checkCodex(request: SyncProjectRequest, codex: CodexRepository, world: SyncProjectWorld): Promise<void> {
  checkDefaultBranch(request.trigger, request.environment, codex.defaultBranch);
  if (codex.archived) {
    throw new CodexSyncError(
      'remote-refused',
      `The codex ${codex.fullName} is archived, so nobody can publish to it. Unarchive it, or name another one.`,
    );
  }
  if (codex.visibility === 'private') return;
  // What nobody tells counts as private: the guard must not open by a failed request.
  const visibility = request.trigger.visibility ?? (await world.projectApi.tryVisibility()) ?? 'private';
  checkVisibility(visibility, codex.visibility, request.allowPublic);
}

async function writePublication(
  { environment, project, subject, author, trigger }: SyncProjectRequest,
  world: SyncProjectWorld,
  folder: CodexFolder,
  { changes, manifest, source }: Publication,
  tip: BranchTip,
): Promise<string> {
  await world.store.fetch(world.codex, [tip.commit], 'alone');
  const counts = countChanges(changes);
  const message = renderCommitMessage({ subject, environment, counts, source, runUrl: trigger.runUrl });
  const words = { parent: tip.commit, message, author, now: world.now() };
  return writeCodexCommit(world.store, folder, project, changes, renderManifest(manifest), words);
}
