import { readText, readTree } from '../__tests__/support/codex.ts';
import type { LocalGitHub } from '../__tests__/support/github.ts';
import { createProject, type Project } from '../__tests__/support/project.ts';
import { openPullRequest, type PullRequest } from '../__tests__/support/pull-request.ts';
import { type Consumer, openShop } from './demo-consumer.ts';
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

  title('1. Widgets 1.0 is released: the release workflow says "env: prod"');
  const first = await release(github, widgets, 'v1.0.0');
  await runStep(github, { workspace, event: 'release', ref: first, inputs: { env: 'prod' } });

  title('2. A pull request documents a new feature: no env is said, so it goes to test');
  const pull = await proposeColours(github, widgets);
  await runStep(github, { workspace, event: 'pull_request', ref: pull.ref });
  await lookAtBranches(github);

  title('3. A system under test reads the new documents: "mode: fetch", from the codex the first time');
  await shop.fetch('test');
  title('4. The same job again: from the Actions cache, and no document from git');
  await shop.fetch('test');
  title('5. Its production job says "env: prod", and gets what is released');
  await shop.fetch('prod');

  title('6. What would production get? A dry run from the default branch, after the merge');
  await github.git(WIDGETS, 'update-ref', 'refs/heads/main', pull.merge);
  await widgets.checkout('main');
  const asked = { env: 'production', 'dry-run': true };
  await runStep(github, { workspace, event: 'workflow_dispatch', inputs: asked });

  title('7. Widgets 1.1 is released: "env: prod" publishes it');
  const second = await release(github, widgets, 'v1.1.0');
  await runStep(github, { workspace, event: 'release', ref: second, inputs: { env: 'prod' } });
  await lookAtBranches(github);

  title('8. The production job again: what was released a moment ago, at once');
  await shop.fetch('prod');

  title('9. Somebody says "env: staging", which nobody configured: nothing happens');
  await runStep(github, { workspace, event: 'push', inputs: { env: 'staging' } }, 1);

  title('10. A pull request asks for production: refused before any request');
  await widgets.checkout(pull.ref, { depth: 2 });
  await runStep(github, { workspace, event: 'pull_request', ref: pull.ref, inputs: { env: 'prod' } }, 1);
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
