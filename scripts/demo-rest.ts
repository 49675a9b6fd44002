import { readTree } from '../__tests__/support/codex.ts';
import type { LocalGitHub } from '../__tests__/support/github.ts';
import type { Project } from '../__tests__/support/project.ts';
import { closePullRequest, openPullRequest, type PullRequest } from '../__tests__/support/pull-request.ts';
import { tellBothWays } from './demo-both-ways.ts';
import type { Consumer } from './demo-consumer.ts';
import { tellOrganization } from './demo-organization.ts';
import { release, tellRelease } from './demo-release.ts';
import { STEPS } from './demo-scenes.ts';
import { CODEX, type Demo, runStep, say, title } from './demo-step.ts';

/** What follows the six scenes: caches, previews that end, a second release, mistakes, both ways, going back, retiring. */
export async function tellRest(demo: Demo, widgets: Project, shop: Consumer): Promise<void> {
  const { github } = demo;
  const workspace = widgets.directory;

  title('7. The production job again: what was promoted, at once');
  await shop.fetch(STEPS.readProduction);
  title('8. The same job again: from the Actions cache, and no document from git');
  await shop.fetch(STEPS.readProduction);

  title('9. Another pull request documents shapes, and is closed without a merge: its preview goes');
  const other = await proposeShapes(github, widgets);
  await runStep(demo, { workspace, event: 'pull_request', ref: other.ref, pullRequest: other.number });
  await lookAtTest(github);
  await closePullRequest(github, widgets.fullName, other.number);
  const nothing = await github.scratch('no-checkout');
  const closed = { workspace: nothing, event: 'pull_request', action: 'closed', pullRequest: other.number } as const;
  say('\nThe run of the closed pull request has no checkout, and so no configuration: an input names the codex.\n');
  await runStep(demo, { ...closed, inputs: { 'codex-repository': CODEX } });
  await lookAtTest(github);

  title('10. What would production get? A dry run from the default branch');
  await widgets.checkout('main');
  await widgets.write('docs/weights.md', '# Weights\n\nWidgets 1.1 have weights.\n');
  await widgets.commit('Document weights');
  await widgets.push('main');
  const asked = { env: 'production', 'dry-run': true };
  await runStep(demo, { workspace, event: 'workflow_dispatch', inputs: asked });

  title('11. Widgets 1.1 is released: "env: prod" publishes it, and "env: test" brings it to test');
  const second = await release(github, widgets, 'v1.1.0');
  await runStep(demo, { workspace, event: 'release', ref: second, inputs: { env: 'prod' } });
  await runStep(demo, { workspace, event: 'release', ref: second, inputs: { env: 'test' } });

  title('12. A workflow asks for "env: staging", which is not configured: nothing happens');
  await runStep(demo, { workspace, event: 'push', inputs: { env: 'staging' } }, 1);

  await tellBothWays(demo, widgets);
  await tellRelease(demo, widgets);
  await tellOrganization(demo);
}

/** Opens a pull request that documents shapes, and checks out its merge commit. */
async function proposeShapes(github: LocalGitHub, widgets: Project): Promise<PullRequest> {
  await widgets.checkout('main');
  await widgets.git('checkout', '--quiet', '-B', 'shapes');
  await widgets.write('docs/shapes.md', '# Shapes\n\nWidgets come in shapes.\n');
  await widgets.commit('Document shapes');
  await widgets.push('shapes');
  const pull = await openPullRequest(github, widgets.fullName, { number: 8, head: 'shapes' });
  await widgets.checkout(pull.ref, { depth: 2 });
  return pull;
}

async function lookAtTest(github: LocalGitHub): Promise<void> {
  say(`\nBranch test of ${CODEX} holds of widgets`);
  for (const path of Object.keys(await readTree(github, CODEX, 'test', 'projects/widgets'))) say(`    ${path}`);
}
