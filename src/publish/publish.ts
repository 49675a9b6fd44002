import { CodexSyncError } from '../errors.ts';
import type { BranchTip, CodexRepository } from '../github/codex-api.ts';
import type { WritingRequest } from '../inputs/request.ts';
import type { BranchState, CreatedBranch } from '../report/changes.ts';
import { commitValues } from '../report/outputs.ts';
import { checkNameIsFree, createBranch, findBranch } from './branch.ts';
import { isNew, type Publication, writePublication } from './commit.ts';
import { createBackoff, pushOnce } from './push.ts';
import type { FoundCodex } from './read-folders.ts';
import type { Session } from './session.ts';

/** What a run would do on one tip of the codex; nothing to commit where there is nothing to say. */
interface Planned {
  readonly publication: Publication | undefined;
}

/** How a run ended. */
export interface PublishOutcome<Plan extends Planned> {
  readonly planned: Plan;
  /** Commit of the codex that was planned on. */
  readonly parent: string | undefined;
  /** The last commit that this run made in the codex. */
  readonly commit: string | undefined;
  readonly attempts: number;
}

/**
 * Drafts a run on the environment's branch and publishes it, unless it is a dry run. A missing branch is created only
 * once the run knows that it has something to say there: a run that fails changes nothing.
 * @param opened the codex, with that branch
 * @param needsBranch whether a draft is worth creating the branch for
 */
export async function publishPlan<Plan extends Planned>(
  request: WritingRequest,
  opened: FoundCodex,
  session: Session,
  planOn: (tip: BranchTip | undefined) => Promise<Plan>,
  needsBranch: (planned: Plan) => boolean,
): Promise<PublishOutcome<Plan> & { readonly branch: BranchState; readonly created?: CreatedBranch }> {
  const { codex } = opened;
  const found = await findBranch(request, opened, session);
  const planned = await planOn(found.tip);
  if (request.dryRun && !found.exists && found.tip && needsBranch(planned))
    await checkNameIsFree(request, codex, session);
  if (request.dryRun || (!found.exists && !needsBranch(planned))) {
    const branch = found.exists ? ('found' as const) : ('would be created' as const);
    return { branch, planned, parent: found.tip?.commit, commit: undefined, attempts: 0 };
  }
  const branch =
    found.tip && found.exists
      ? { tip: found.tip, how: 'found' as const }
      : await createBranch(request, codex, found.tip, session);
  session.record({ 'branch-created': branch.how === 'created' });
  const isNewBranch = branch.how === 'created' && !request.environment.production;
  const deletion = isNewBranch ? session.codexApi.tryDeletion(request.environment.branch) : undefined;
  const first = branch.tip === found.tip ? planned : await planOn(branch.tip);
  const outcome = await publishUntilAccepted(request, codex, session, branch.tip, first, planOn);
  const created = isNewBranch ? { base: branch.tip.commit, deletion: await deletion } : undefined;
  return { ...outcome, branch: branch.how, ...(created && { created }) };
}

/** Commits, pushes and drafts again until a push lands, five minutes have passed, or there is nothing left to say. */
export async function publishUntilAccepted<Plan extends Planned>(
  request: WritingRequest,
  codex: CodexRepository,
  session: Session,
  start: BranchTip,
  first: Plan,
  planOn: (tip: BranchTip) => Promise<Plan>,
): Promise<PublishOutcome<Plan>> {
  const { branch } = request.environment;
  const wait = createBackoff(session, `branch ${branch} of ${codex.fullName}`);
  const written: (PublishOutcome<Plan> & { readonly commit: string })[] = [];
  let doubtful = false;
  const accepted = <T extends { readonly commit: string }>(outcome: T): T => {
    session.record(commitValues(`${request.trigger.serverUrl}/${codex.fullName}`, outcome.commit));
    return outcome;
  };
  try {
    for (let tip = start, planned = first, attempts = 1; ; attempts++) {
      if (!planned.publication) {
        // A push may have landed although its answer said, or was, something else; and later than another one was tried.
        for (const outcome of written.toReversed()) {
          const isThere =
            tip.commit === outcome.commit || (await session.codexApi.contains(tip.commit, outcome.commit));
          if (isThere) return accepted(outcome);
        }
        return { planned, parent: tip.commit, commit: undefined, attempts: attempts - 1 };
      }
      const made = await writePublication(request, session, planned.publication, tip);
      const outcome = { planned, parent: tip.commit, commit: made.commit, attempts };
      written.push(outcome);
      session.record({ attempts });
      const pushed = await pushOnce(session, made, branch, isNew(planned.publication));
      if (pushed.kind === 'accepted') return accepted(outcome);
      doubtful = pushed.kind === 'unknown';
      await wait(attempts, pushed);
      tip = await readTipAgain(session, branch, codex.fullName);
      planned = await planOn(tip);
      doubtful = false;
    }
  } catch (error) {
    if (!doubtful || !(error instanceof CodexSyncError)) throw error;
    const doubt = `Whether commit ${written.at(-1)?.commit} landed on branch ${branch} is not known: look there.`;
    throw new CodexSyncError(error.code, `${error.message} ${doubt}`, { cause: error });
  }
}

async function readTipAgain(session: Session, branch: string, codex: string): Promise<BranchTip> {
  const tip = await session.codexApi.readBranch(branch);
  if (tip) return tip;
  throw new CodexSyncError('not-found', `Branch ${branch} of ${codex} disappeared during the run. Run it again.`);
}
