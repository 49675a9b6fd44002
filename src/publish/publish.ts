import { CodexSyncError } from '../errors.ts';
import type { BranchTip, CodexRepository } from '../github/codex-api.ts';
import type { WritingRequest } from '../inputs/request.ts';
import type { BranchState, CreatedBranch } from '../report/changes.ts';
import { commitValues } from '../report/outputs.ts';
import { checkNameIsFree, createBranch, findBranch } from './branch.ts';
import type { FoundCodex } from './codex.ts';
import { isNew, type Publication, writePublication } from './commit.ts';
import { pushUntilAccepted } from './push.ts';
import type { Session } from './session.ts';

interface Planned {
  readonly publication: Publication | undefined;
}

export interface PublishOutcome<Plan extends Planned> {
  readonly planned: Plan;
  /** The commit of the codex that the plan was made on. */
  readonly parent: string | undefined;
  readonly commit: string | undefined;
  readonly attempts: number;
}

/** Creates a missing branch only after planning, if `needsBranch`, so that a run that fails changes nothing. */
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

/** Ends on an accepted push, nothing left to publish, or after five minutes. */
export async function publishUntilAccepted<Plan extends Planned>(
  request: WritingRequest,
  codex: CodexRepository,
  session: Session,
  start: BranchTip,
  first: Plan,
  planOn: (tip: BranchTip) => Promise<Plan>,
): Promise<PublishOutcome<Plan>> {
  const { branch } = request.environment;
  const written: (PublishOutcome<Plan> & { readonly commit: string })[] = [];
  const outcome = await pushUntilAccepted<PublishOutcome<Plan>>(
    session,
    { branch, codex: codex.fullName },
    async (attempts) => {
      const tip = attempts === 1 ? start : await readTipAgain(session, branch, codex.fullName);
      const planned = attempts === 1 ? first : await planOn(tip);
      if (!planned.publication) {
        // An earlier push may have been accepted although its answer was an error or missing, even after a later one.
        for (const outcome of written.toReversed()) {
          const isThere =
            tip.commit === outcome.commit || (await session.codexApi.contains(tip.commit, outcome.commit));
          if (isThere) return { kind: 'done', result: outcome };
        }
        return { kind: 'done', result: { planned, parent: tip.commit, commit: undefined, attempts: attempts - 1 } };
      }
      const made = await writePublication(request, session, planned.publication, tip);
      const result = { planned, parent: tip.commit, commit: made.commit, attempts };
      written.push(result);
      session.record({ attempts });
      return { kind: 'push', made, isNew: isNew(planned.publication), result };
    },
  );
  const { commit } = outcome;
  if (commit !== undefined) session.record(commitValues(`${request.trigger.serverUrl}/${codex.fullName}`, commit));
  return outcome;
}

async function readTipAgain(session: Session, branch: string, codex: string): Promise<BranchTip> {
  const tip = await session.codexApi.readBranch(branch);
  if (tip) return tip;
  throw new CodexSyncError('not-found', `Branch ${branch} of ${codex} disappeared during the run.`, `Run it again.`);
}
