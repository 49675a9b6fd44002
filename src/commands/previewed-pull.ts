import { CodexSyncError } from '../errors.ts';
import type { Checkout } from '../git/checkout.ts';
import type { ProjectApi } from '../github/project-api.ts';
import { printable } from '../request/printable.ts';
import { type PullRequest, runsBesidePullRequest, runsOnPullRequest, type Trigger } from '../request/trigger.ts';

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
  { head, contains }: Checkout,
  projectApi: ProjectApi,
): Promise<PullRequest | undefined> {
  const { commit, event, pullRequest, ref } = trigger;
  const isHead = pullRequest && [head.id, head.parents[1]].includes(pullRequest.headCommit);
  if (isHead || runsOnPullRequest(event)) return pullRequest;
  if (!runsBesidePullRequest(trigger) || head.id === commit || (await contains(commit, head.id))) return undefined;
  const branch = ref.replace(/^refs\/heads\//, '');
  const relation = await projectApi.tryRelation(branch, head.id);
  if (relation === 'same' || relation === 'contained') return undefined;
  throw new CodexSyncError(
    'refused-by-guard',
    `Event ${printable(event)} runs on branch ${printable(branch)}, but commit ${head.id} is checked out, and nothing tells that the branch has it: ` +
      'what was never merged would be published as if it were. Check out the branch, or publish the pull request on the event pull_request.',
  );
}
