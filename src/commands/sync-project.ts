import { readSelection } from '../git/selection.ts';
import type { BranchTip } from '../github/codex-api.ts';
import { checkSelected } from '../plan/publication.ts';
import type { SyncProjectResult } from '../report/sync-project.ts';
import { publishes } from '../request/direction.ts';
import type { SyncProjectRequest } from '../request/sync-project.ts';
import { bringBack } from './bring-back.ts';
import { checkCodex } from './check-codex.ts';
import { createDrafter } from './draft.ts';
import { together } from './in-parallel.ts';
import { findPreviewedPull } from './previewed-pull.ts';
import { publishDraft } from './publish.ts';
import { readPublished } from './read-published.ts';
import { readRunCommit } from './read-run.ts';
import { expectTip, readCodex } from './read-tip.ts';
import type { SyncProjectWorld } from './world.ts';

/**
 * Moves a project's documents between its checkout and its folder on the environment's branch of the codex: publishes what
 * the project changed, and brings back what was changed in the codex, as the direction says.
 *
 * The remote's branch is the only shared state: every attempt plans on the tip it read, and the push lands only if the
 * branch still stands there. A lost race plans again on the new tip, so no run ever loses another's commit. The checkout
 * is written only after that.
 * @throws CodexSyncError when a guard refuses, the remote refuses, or the plan cannot be carried out; then nothing was
 * published, unless the message says so
 */
export async function syncProject(request: SyncProjectRequest, world: SyncProjectWorld): Promise<SyncProjectResult> {
  const [{ run, pull, selection }, opened] = await together([
    readProject(request, world),
    readCodex(request.environment.branch, world.codexApi),
  ]);
  const { codex } = opened;
  await checkCodex(request, codex, world);
  const draft = createDrafter(request, { ...world, history: world.checkout }, run, pull, selection);
  const draftOn = async (tip: BranchTip | undefined) => draft(await readPublished(tip, request.project, world));
  const common = { request, codex: codex.fullName, run, pull, cameBack: undefined };
  return bringBack(await (publishes(request.direction) ? publish() : look()), world);

  async function look(): Promise<SyncProjectResult> {
    const tip = expectTip(request.environment, codex, opened.tip, 'name another environment');
    return { ...common, branch: 'found', ...(await draftOn(tip)), parent: tip.commit, commit: undefined, attempts: 0 };
  }

  async function publish(): Promise<SyncProjectResult> {
    const { draft, ...ended } = await publishDraft(request, opened, world, draftOn, ({ plan }) => plan !== undefined);
    return { ...common, ...draft, ...ended };
  }
}

/** The project's side: which commit is published, for which pull request, and the documents of the checkout. */
async function readProject(request: SyncProjectRequest, { checkout, store, project, projectApi }: SyncProjectWorld) {
  // What a pull request brings, a run that only reads the codex does not publish.
  const pull = publishes(request.direction)
    ? await findPreviewedPull(request.trigger, checkout, projectApi)
    : undefined;
  const run = await readRunCommit(request.trigger, checkout, pull);
  const selection = await readSelection(checkout, store, project, request.patterns);
  checkSelected(request, selection);
  return { run, pull, selection };
}
