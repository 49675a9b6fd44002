import { editCodex, readText } from '../__tests__/support/codex.ts';
import type { LocalGitHub } from '../__tests__/support/github.ts';
import type { Project } from '../__tests__/support/project.ts';
import { mergePullRequest, openPullRequest } from '../__tests__/support/pull-request.ts';
import { CODEX, type Demo, runStep, say, title } from './demo-step.ts';

const WIDGETS = 'acme/widgets';
const GUIDE = 'docs/guide.md';
const IN_CODEX = `projects/widgets/${GUIDE}`;
const EDITS = { number: 9, branch: 'codex-edits' };

/** Documents are edited where they are read: an edit in the codex is pulled, and nothing is lost over it. */
export async function tellBothWays(demo: Demo, widgets: Project): Promise<void> {
  const { github } = demo;
  const workspace = widgets.directory;
  await widgets.checkout('main');

  title('13. A person edits the guide in the codex, and a push runs "direction: bidirectional": the edit is pulled');
  await edit(github, 'How to use widgets 1.1, as a reader put it better in the codex.');
  await runStep(demo, { workspace, event: 'push', inputs: { direction: 'bidirectional' } });
  await lookAtCheckout(widgets);

  title('14. It was not committed, and the next job has a fresh checkout: the edit is pulled again');
  await widgets.git('reset', '--quiet', '--hard');
  await runStep(demo, { workspace, event: 'push', inputs: { direction: 'bidirectional' } });

  title('15. The next step, peter-evans/create-pull-request, opens a pull request; after the merge both sides agree');
  await widgets.git('checkout', '--quiet', '-b', EDITS.branch);
  await widgets.commit('docs: Take over what was edited in the codex');
  await widgets.push(EDITS.branch);
  await openPullRequest(github, WIDGETS, { number: EDITS.number, head: EDITS.branch });
  await mergePullRequest(github, WIDGETS, EDITS.number, 'squash');
  await widgets.checkout('main');
  await runStep(demo, { workspace, event: 'push', inputs: { direction: 'bidirectional' } });

  title('16. Both sides change the guide: a dry run shows the conflict, and "on-conflict: codex" lets the codex win');
  await edit(github, 'How to use widgets 1.1, corrected once more in the codex.');
  await widgets.write(GUIDE, '# Guide\n\nHow to use widgets 1.1, changed in the project.\n');
  await widgets.commit('Change the guide');
  await widgets.push('main');
  const both = { direction: 'bidirectional' } as const;
  await runStep(demo, { workspace, event: 'push', inputs: { ...both, 'dry-run': true } });
  await runStep(demo, { workspace, event: 'push', inputs: { ...both, 'on-conflict': 'codex' } });
  await lookAtCheckout(widgets);
  await widgets.commit('docs: Take over what the codex says');
  await widgets.push('main');
}

async function edit(github: LocalGitHub, text: string): Promise<void> {
  await editCodex(github, CODEX, 'test', { [IN_CODEX]: `# Guide\n\n${text}\n` }, 'Correct the guide by hand');
  say(`Branch test of ${CODEX} now has in ${IN_CODEX}`);
  for (const line of ((await readText(github, CODEX, 'test', IN_CODEX)) ?? '').trimEnd().split('\n'))
    say(`    > ${line}`);
  say('');
}

async function lookAtCheckout(widgets: Project): Promise<void> {
  say('\nWhat git says in the checkout (git diff):');
  for (const line of (await widgets.git('diff', '--unified=0', '--no-color')).split('\n')) say(`    ${line}`);
}
