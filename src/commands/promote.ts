import type { ReleaseResult } from '../report/release.ts';
import type { PromoteRequest } from '../request/release.ts';
import { checkWritable } from './check-codex.ts';
import { createPromoter } from './draft-promotion.ts';
import { publishDraft } from './publish.ts';
import { readCodex } from './read-tip.ts';
import type { PublishingWorld } from './world.ts';

/**
 * Publishes what stands in one environment into another, for as many projects as the request names, in one push. Neither
 * their repositories nor a checkout are needed, and documents that a tip of the codex holds are not transferred.
 *
 * A project that cannot be promoted stands in the result with the reason, and stops no other.
 * @throws CodexSyncError when a guard refuses, the remote refuses, or the source is not there; then nothing was published
 */
export async function promote(request: PromoteRequest, world: PublishingWorld): Promise<ReleaseResult> {
  const opened = await readCodex(request.environment.branch, world.codexApi);
  const { codex } = opened;
  checkWritable(request, codex);
  const draftOn = createPromoter(request, codex, world);
  // A new branch begins as a copy of production: where production is the source, creating it is what was asked for.
  const isReset = request.from.environment.branch === request.environment.productionBranch;
  const { draft, ...ended } = await publishDraft(
    request,
    opened,
    world,
    draftOn,
    ({ projects, publication }) =>
      publication !== undefined || (isReset && projects.some(({ error }) => error === undefined)),
  );
  return { request, codex: codex.fullName, from: draft.from, projects: draft.projects, ...ended, warnings: [] };
}
