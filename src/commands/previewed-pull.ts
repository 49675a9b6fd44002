import { CodexSyncError } from '../errors.ts';
import type { Checkout, History } from '../git/checkout.ts';
import type { ProjectApi } from '../github/project-api.ts';
import { printable } from '../request/printable.ts';
import { type PullRequest, runsBesidePullRequest, runsOnPullRequest, type Trigger } from '../request/trigger.ts';

/** Whether what is checked out is what the event is about, or comes before it, as far as the checkout tells. */
export async function isInBranch({ commit }: Trigger, { head, contains }: History): Promise<boolean> {
  return head.id === commit || (await contains(commit, head.id)) === true;
}

/**
 * The pull request whose preview a run publishes; `undefined` for a run that publishes a branch or a tag.
 *
 * Some events of pull requests run on a branch, with whatever the workflow checks out. What was never merged must not be
 * published as if it were, so there the commit has to be the pull request's head, or the merge that GitHub made of it, or
 * one that the branch has.
 * @throws CodexSyncError `refused-by-guard`
 */
export async function findPreviewedPull(
  trigger: Trigger,
  checkout: Checkout,
  projectApi: ProjectApi,
): Promise<PullRequest | undefined> {
  const { defaultBranch, event, pullRequest, ref } = trigger;
  const { head } = checkout;
  if (runsOnPullRequest(event)) return pullRequest;
  if (!runsBesidePullRequest(trigger)) return undefined;
  if (ref !== '' && (await isInBranch(trigger, checkout))) return undefined;
  if (pullRequest && [head.id, head.parents[1]].includes(pullRequest.headCommit)) return pullRequest;
  // A deployment of a commit that no branch names may be one of anything.
  const branch = ref === '' ? defaultBranch : ref.replace(/^refs\/heads\//, '');
  const relation = branch === undefined ? undefined : await projectApi.tryRelation(branch, head.id);
  if (relation === 'same' || relation === 'contained') return undefined;
  throw new CodexSyncError(
    'refused-by-guard',
    `On event ${printable(event)}, commit ${head.id} is checked out, and nothing tells that ${branch === undefined ? 'a branch' : `branch ${printable(branch)}`} has it: ` +
      'what was never merged would be published as if it were. Check out the branch, or publish the pull request on the event pull_request.',
  );
}
