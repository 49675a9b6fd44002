import { CodexSyncError } from '../errors.ts';
import type { BranchTip, CodexRepository } from '../github/codex-api.ts';
import type { WritingRequest } from '../inputs/request.ts';
import type { BranchState, CreatedBranch } from '../report/changes.ts';
import { commitValues } from '../report/outputs.ts';
import type { BranchName } from '../text/ids.ts';
import { checkNameIsFree, createBranch, type FoundBranch } from './branch.ts';
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

/** A plan on the branch as it was found, before anything is written. */
interface PlannedRun<Plan extends Planned> {
  readonly found: FoundBranch;
  readonly planned: Plan;
  /** Whether the plan is a reason to create a missing branch. */
  readonly needsBranch: boolean;
  /** Plans again on another tip, after another run was faster. */
  readonly planAgain: (tip: BranchTip) => Promise<Plan>;
}

/** Creates a missing branch only after planning, so that a run that fails changes nothing. */
export async function publishPlan<Plan extends Planned>(
  request: WritingRequest,
  codex: CodexRepository,
  session: Session,
  { found, planned, needsBranch, planAgain }: PlannedRun<Plan>,
): Promise<PublishOutcome<Plan> & { readonly branch: BranchState; readonly created?: CreatedBranch }> {
  if (request.dryRun && !found.exists && found.tip && needsBranch) await checkNameIsFree(request, codex, session);
  if (request.dryRun || (!found.exists && !needsBranch)) {
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
  const first = branch.tip === found.tip ? planned : await planAgain(branch.tip);
  const outcome = await publishUntilAccepted(request, codex, session, branch.tip, first, planAgain);
  const created = isNewBranch ? { base: branch.tip.commit, deletion: await deletion } : undefined;
  return { ...outcome, branch: branch.how, ...(created && { created }) };
}

/** Ends on an accepted push, nothing left to publish, or after five minutes. */
async function publishUntilAccepted<Plan extends Planned>(
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

async function readTipAgain(session: Session, branch: BranchName, codex: string): Promise<BranchTip> {
  const tip = await session.codexApi.readBranch(branch);
  if (tip) return tip;
  throw new CodexSyncError('not-found', `Branch ${branch} of ${codex} disappeared during the run.`, `Run it again.`);
}
