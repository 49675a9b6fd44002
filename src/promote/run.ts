import { placeEnvironment } from '../codex/codex-config.ts';
import { checkWritable, tellPlace } from '../publish/check-codex.ts';
import { publishDraft } from '../publish/publish.ts';
import { type FoundCodex, readCodex } from '../publish/read-tip.ts';
import type { PublishingWorld } from '../publish/session.ts';
import { createdWarnings } from '../report/change-words.ts';
import { createPromoter } from './draft.ts';
import type { ReleaseResult } from './report.ts';
import { checkTwoBranches, type PromoteRequest } from './request.ts';

/**
 * Publishes what stands in one environment into another, for as many projects as the request names, in one push. Neither
 * their repositories nor a checkout are needed, and documents that a tip of the codex holds are not transferred.
 *
 * A project that cannot be promoted stands in the result with the reason, and stops no other.
 * @throws CodexSyncError when a guard refuses, the remote refuses, or the source is not there; then nothing was published
 */
export async function promote(given: PromoteRequest, world: PublishingWorld): Promise<ReleaseResult> {
  const opened = await readCodex(given.environment, world.codexApi);
  const { codex } = opened;
  const request = placePromotion(given, opened, world);
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
  const warnings = createdWarnings(request.environment, ended.created);
  return { request, codex: codex.fullName, from: draft.from, projects: draft.projects, ...ended, warnings };
}

/** The request on the branches that the codex says. */
function placePromotion(
  request: PromoteRequest,
  { codex, environment }: FoundCodex,
  world: PublishingWorld,
): PromoteRequest {
  const from = { ...request.from, environment: placeEnvironment(request.from.environment, codex.config, codex) };
  tellPlace(request.environment, environment, codex, world);
  tellPlace(request.from.environment, from.environment, codex, world);
  checkTwoBranches(from, environment);
  return { ...request, environment, from };
}
