import { expect, test } from '@jest/globals';
import { createProject } from '../support/project.ts';
import { at, type Payload, recorded, withPart } from '../support/recorded-events.ts';
import { expectRefused, useStory } from '../support/story.ts';

const { github, publish } = await useStory();
const project = await createProject(github, 'Codertocat/Hello-World', { 'docs/a.md': 'A\n' });
const fork = at(recorded('fork'), 'forkee');

/** A run with what GitHub sent, and nothing of what the local GitHub would have sent instead. */
function run(event: string, payload: Payload, env: string) {
  return publish(project, { env, 'allow-public': true }, { event, payload, ref: 'refs/heads/main' });
}

test("a fork's pull request, as GitHub tells of it, ends green in every environment without any request", async () => {
  const payload = withPart(recorded('pull_request', 'action', 'opened'), 'pull_request.head.repo', fork);
  for (const env of ['test', 'prod']) {
    const skipped = await run('pull_request', payload, env);
    expect(skipped).toMatchObject({ exitCode: 0, requests: [], outputs: { conclusion: 'skipped', changed: 'false' } });
    const message = expect.stringMatching(/^Skipped: pull request #2 comes from Octocoders\/Hello-World/);
    expect(skipped.annotations).toEqual([{ level: 'notice', message }]);
  }
});

test('a comment on a pull request that GitHub does not tell of publishes nothing, neither to production nor to test', async () => {
  const issue = at(recorded('issues', 'issue.pull_request'), 'issue');
  const payload = withPart(recorded('issue_comment'), 'issue', issue);
  const refused = await run('issue_comment', payload, 'prod');
  expectRefused(refused, 'Production (branch main) is never published on issue_comment');
  expect(refused.requests).toEqual([]);
  const unavailable = await run('issue_comment', payload, 'test');
  expectRefused(unavailable, 'is for an unknown pull request', '"pull-requests: read"');
});

test("the run after a fork's, as GitHub tells of it, is refused without any request", async () => {
  const followed = withPart(recorded('deployment_review'), 'workflow_run.pull_requests', []);
  const payload = withPart(followed, 'workflow_run.head_repository', fork);
  const refused = await run('workflow_run', payload, 'test');
  expectRefused(refused, 'Event workflow_run comes from the fork Octocoders/Hello-World but has access to');
  expect(refused.requests).toEqual([]);
});
