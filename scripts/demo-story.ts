import { readText } from '../__tests__/support/codex.ts';
import type { LocalGitHub } from '../__tests__/support/github.ts';
import { createProject, type Project } from '../__tests__/support/project.ts';
import { mergePullRequest, openPullRequest, type PullRequest } from '../__tests__/support/pull-request.ts';
import { type Consumer, keptDocument, openShop } from './demo-consumer.ts';
import { hostOrganization } from './demo-organization.ts';
import { release } from './demo-release.ts';
import { tellRest } from './demo-rest.ts';
import { STEPS } from './demo-scenes.ts';
import { CODEX, type Demo, firstDate, keep, look, runStep, say, TOKEN, title } from './demo-step.ts';

const WIDGETS = 'acme/widgets';
const CONFIG = '.fractary/plugins/codex/config.json';
const CONFIG_TEXT = '{ "organization": "acme", "codex_repo": "codex.acme.com" }\n';
const GUIDE = 'docs/guide.md';
const IN_CODEX = `projects/widgets/${GUIDE}`;

/** The story in six scenes: production, a preview, who reads what, a refusal, a promotion, everything at once; with the rest, if `all`. */
export async function tellStory(demo: Demo, all: boolean): Promise<void> {
  const shop = await openShop(demo);
  try {
    const widgets = await tellScenes(demo, shop);
    if (all) await tellRest(demo, widgets, shop);
  } finally {
    await shop.close();
  }
}

async function tellScenes(demo: Demo, shop: Consumer): Promise<Project> {
  const { github } = demo;
  const widgets = await setTheScene(github);
  const workspace = widgets.directory;

  title('1. Widgets 1.0 is released: "env: prod" publishes its documents to production');
  const tag = await release(github, widgets, 'v1.0.0');
  const released = await runStep(demo, { workspace, ...STEPS.release, ref: tag, summary: 'summaries/1-release.md' });
  look(demo, {
    files: ['summaries/1-release.md'],
    codex: [`show ${shortId(released.outputs['commit-sha'])}:${IN_CODEX}`],
  });

  title('2. A pull request documents a feature: its preview goes to test, which is the default, and not to production');
  const pull = await proposeColours(github, widgets);
  const about = { ref: pull.ref, pullRequest: pull.number };
  const shown = await runStep(demo, { workspace, ...STEPS.preview, ...about, summary: 'summaries/2-preview.md' });
  await compareGuides(github);
  await keep(demo, 'comment.md', github.repository(WIDGETS).comments.at(-1)?.body ?? '');
  // The comment on the pull request.
  look(demo, { files: ['comment.md'], codex: [`show ${shortId(shown.outputs['commit-sha'])}`] });

  title('3. Two jobs of a system read documents with "mode: fetch": each gets those of its own environment');
  await shop.fetch(STEPS.readTest);
  say('');
  await shop.fetch(STEPS.readProduction);
  look(demo, { files: [keptDocument('test', GUIDE), keptDocument('prod', GUIDE)] });

  title('4. A pull request asks for production: refused before any request');
  await runStep(demo, { workspace, ...STEPS.refused, ...about, summary: 'summaries/4-refused.md' }, 1);
  look(demo, { files: ['summaries/4-refused.md'], codex: ['log --oneline main'] });

  title('5. It is merged: the push publishes to test, and "mode: promote" brings to production what was tested');
  await mergePullRequest(github, WIDGETS, pull.number, 'merge');
  await widgets.checkout('main');
  await runStep(demo, { workspace, ...STEPS.publish });
  say('');
  // Promotion asks the project's repository which of two commits is newer.
  github.addToken(TOKEN, { [CODEX]: 'write', [WIDGETS]: 'read' });
  const inCodex = { workspace: await github.scratch('no-checkout'), repository: CODEX };
  const promoted = await runStep(demo, { ...inCodex, ...STEPS.promote, summary: 'summaries/5-promotion.md' });
  await compareGuides(github);
  look(demo, {
    files: ['summaries/5-promotion.md'],
    codex: [`show ${shortId(promoted.outputs['commit-sha'])}`],
  });

  title(
    '6. Every repository of Acme, at night, with "mode: sync-org": one has a broken configuration, and stops no other',
  );
  await hostOrganization(github, widgets);
  await runStep(demo, { ...inCodex, ...STEPS.organization, summary: 'summaries/6-organization.md' }, 1);
  look(demo, { files: ['summaries/6-organization.md'], codex: ['ls-tree -r --name-only test projects'] });
  return widgets;
}

function shortId(commit = ''): string {
  return commit.slice(0, 12);
}

/** The codex, and a project whose configuration names it: that is why no step of the story has to. */
async function setTheScene(github: LocalGitHub): Promise<Project> {
  await github.createRepository(CODEX, { files: { 'README.md': '# The codex of Acme\n' } });
  say(`Acme keeps the documents of all its projects in one repository, its codex: ${CODEX}.
The project ${WIDGETS} names it in ${CONFIG}, so its workflows need not:

    ${CONFIG_TEXT.trim()}`);
  return createProject(
    github,
    WIDGETS,
    {
      'README.md': '# Widgets\n',
      [GUIDE]: '# Guide\n\nHow to use widgets 1.0.\n',
      'src/index.js': 'export {};\n',
      [CONFIG]: CONFIG_TEXT,
    },
    { date: firstDate },
  );
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

/** What each environment has of the document that changes. */
async function compareGuides(github: LocalGitHub): Promise<void> {
  for (const [env, branch] of [
    ['test', 'test'],
    ['prod', 'main'],
  ] as const) {
    const text = (await readText(github, CODEX, branch, IN_CODEX)) ?? '';
    say(`    ${IN_CODEX} in ${env} (branch ${branch}): ${text.trimEnd().split('\n').at(-1)}`);
  }
}
