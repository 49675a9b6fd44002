import { readText, readTree } from '../__tests__/support/codex.ts';
import type { LocalGitHub } from '../__tests__/support/github.ts';
import { createProject, type Project } from '../__tests__/support/project.ts';
import {
  closePullRequest,
  mergePullRequest,
  openPullRequest,
  type PullRequest,
} from '../__tests__/support/pull-request.ts';
import { readable } from '../__tests__/support/summary.ts';
import { tellBothWays } from './demo-both-ways.ts';
import { type Consumer, openShop } from './demo-consumer.ts';
import { tellOrganization } from './demo-organization.ts';
import { tellRelease } from './demo-release.ts';
import { CODEX, runStep, say, title } from './demo-step.ts';

const WIDGETS = 'acme/widgets';
const CONFIG = '.fractary/plugins/codex/config.json';
const CONFIG_TEXT = `${JSON.stringify({ organization: 'acme', codex_repo: 'codex.acme.com' }, null, 2)}\n`;
const GUIDE = 'docs/guide.md';

/** The story of the specification: two releases, a pull request between them, who reads what, and two mistakes. */
export async function tellStory(github: LocalGitHub): Promise<void> {
  const shop = await openShop(github);
  try {
    await tellOf(github, shop);
  } finally {
    await shop.close();
  }
}

async function tellOf(github: LocalGitHub, shop: Consumer): Promise<void> {
  const widgets = await setTheScene(github);
  const workspace = widgets.directory;

  title('1. Widgets 1.0 is released: the release workflow says "env: prod", and "env: test"');
  const first = await release(github, widgets, 'v1.0.0');
  await runStep(github, { workspace, event: 'release', ref: first, inputs: { env: 'prod' } });
  await runStep(github, { workspace, event: 'release', ref: first, inputs: { env: 'test' } });

  title('2. A pull request documents a new feature: no env is said, so its preview goes to test');
  const pull = await proposeColours(github, widgets);
  await runStep(github, {
    workspace,
    event: 'pull_request',
    ref: pull.ref,
    pullRequest: pull.number,
    inputs: { comment: true },
  });
  await lookAtBranches(github);
  say('\nThe comment on the pull request:');
  quote(readable(github.repository(WIDGETS).comments.at(-1)?.body ?? ''));

  title('3. A system under test reads the new documents: "mode: fetch", from the codex the first time');
  await shop.fetch('test');
  title('4. The same job again: from the Actions cache, and no document from git');
  await shop.fetch('test');
  title('5. Its production job says "env: prod", and gets what is released');
  await shop.fetch('prod');

  title('6. Another pull request documents shapes, and is closed without a merge: its preview goes');
  const other = await proposeShapes(github, widgets);
  await runStep(github, { workspace, event: 'pull_request', ref: other.ref, pullRequest: other.number });
  await closePullRequest(github, WIDGETS, other.number);
  const nothing = await github.scratch('no-checkout');
  const closed = { workspace: nothing, event: 'pull_request', action: 'closed', pullRequest: other.number } as const;
  await runStep(github, { ...closed, inputs: { 'codex-repository': CODEX } });
  await lookAtBranches(github);

  title('7. What would production get? A dry run from the default branch, after the merge');
  await mergePullRequest(github, WIDGETS, pull.number, 'merge');
  await widgets.checkout('main');
  const asked = { env: 'production', 'dry-run': true };
  await runStep(github, { workspace, event: 'workflow_dispatch', inputs: asked });

  title('8. Widgets 1.1 is released: "env: prod" publishes it, and in test the preview goes with "env: test"');
  const second = await release(github, widgets, 'v1.1.0');
  await runStep(github, { workspace, event: 'release', ref: second, inputs: { env: 'prod' } });
  await runStep(github, { workspace, event: 'release', ref: second, inputs: { env: 'test' } });
  await lookAtBranches(github);

  title('9. The production job again: what was released a moment ago, at once');
  await shop.fetch('prod');

  title('10. Somebody says "env: staging", which nobody configured: nothing happens');
  await runStep(github, { workspace, event: 'push', inputs: { env: 'staging' } }, 1);

  title('11. A pull request asks for production: refused before any request');
  const third = await proposeShapes(github, widgets);
  const asking = { workspace, event: 'pull_request', ref: third.ref, pullRequest: third.number } as const;
  await runStep(github, { ...asking, inputs: { env: 'prod' } }, 1);

  await tellBothWays(github, widgets);
  await tellRelease(github, widgets);
  await tellOrganization(github, widgets);
}

/** The codex, and a project whose configuration names it: that is why no step of the story has to. */
async function setTheScene(github: LocalGitHub): Promise<Project> {
  await github.createRepository(CODEX, { files: { 'README.md': '# The codex of Acme\n' } });
  say(`Acme keeps the documents of all its projects in one repository, its codex: ${CODEX}.`);
  say(`The project ${WIDGETS} says so in ${CONFIG}, so its workflows need not:\n`);
  quote(CONFIG_TEXT);
  return createProject(github, WIDGETS, {
    'README.md': '# Widgets\n',
    [GUIDE]: '# Guide\n\nHow to use widgets 1.0.\n',
    'src/index.js': 'export {};\n',
    [CONFIG]: CONFIG_TEXT,
  });
}

/** Tags the default branch on GitHub and checks the tag out, as the workflow of a release does; returns the tag's ref. */
async function release(github: LocalGitHub, widgets: Project, tag: string): Promise<string> {
  await github.git(WIDGETS, 'tag', tag, 'main');
  await widgets.checkout(`refs/tags/${tag}`);
  return `refs/tags/${tag}`;
}

/** Opens a pull request with one new and one changed document, and checks out its merge commit. */
async function proposeColours(github: LocalGitHub, widgets: Project): Promise<PullRequest> {
  await widgets.git('checkout', '--quiet', '-b', 'colours');
  await widgets.write('docs/colours.md', '# Colours\n\nWidgets 1.1 come in colours.\n');
  await widgets.write(GUIDE, '# Guide\n\nHow to use widgets 1.1.\n');
  await widgets.commit('Document colours');
  await widgets.push('colours');
  const pull = await openPullRequest(github, WIDGETS, { number: 7, head: 'colours' });
  await widgets.checkout(pull.ref, { depth: 2 });
  return pull;
}

/** Opens, or opens again, a pull request that documents shapes, and checks out its merge commit. */
async function proposeShapes(github: LocalGitHub, widgets: Project): Promise<PullRequest> {
  await widgets.checkout('main');
  await widgets.git('checkout', '--quiet', '-B', 'shapes');
  await widgets.write('docs/shapes.md', '# Shapes\n\nWidgets come in shapes.\n');
  await widgets.commit('Document shapes');
  await widgets.git('push', '--quiet', '--force', 'origin', 'HEAD:refs/heads/shapes');
  const pull = await openPullRequest(github, WIDGETS, { number: 8, head: 'shapes' });
  await widgets.checkout(pull.ref, { depth: 2 });
  return pull;
}

async function lookAtBranches(github: LocalGitHub): Promise<void> {
  for (const branch of ['test', 'main']) {
    say(`\nBranch ${branch} of ${CODEX} holds`);
    for (const path of Object.keys(await readTree(github, CODEX, branch))) say(`    ${path}`);
    say(`and its projects/widgets/${GUIDE} says`);
    quote((await readText(github, CODEX, branch, `projects/widgets/${GUIDE}`)) ?? '');
  }
}

function quote(text: string): void {
  for (const line of text.trimEnd().split('\n')) say(`    > ${line}`.trimEnd());
}
