import type { LocalGitHub } from '../__tests__/support/github.ts';
import type { Project } from '../__tests__/support/project.ts';
import { CODEX, type Demo, runStep, title } from './demo-step.ts';

/** What was tested is what gets released, by hand and without the project: what waits, a look, the step, the way back. */
export async function tellRelease(demo: Demo, widgets: Project): Promise<void> {
  const { github } = demo;
  await widgets.checkout('main');
  await widgets.write('docs/sizes.md', '# Sizes\n\nWidgets 1.2 come in sizes.\n');
  await widgets.commit('Document sizes');
  await widgets.push('main');
  // The workflow lives in the codex, and checks nothing out.
  const workspace = await github.scratch('no-checkout');
  const inCodex = { workspace, repository: CODEX, event: 'workflow_dispatch' } as const;
  const common = { 'codex-repository': CODEX };
  const promotion = { mode: 'promote', project: 'widgets', env: 'prod', ...common };

  title('17. A push documents sizes, in test; "mode: status" lists what waits for a release');
  await runStep(demo, { workspace: widgets.directory, event: 'push' });
  await runStep(demo, { ...inCodex, inputs: { mode: 'status', ...common } });

  title('18. What would be released? "mode: promote" with "dry-run"');
  await runStep(demo, { ...inCodex, inputs: { ...promotion, 'dry-run': true } });

  title('19. It is released: without a checkout, and no document is transferred');
  const before = await github.git(CODEX, 'rev-parse', 'main');
  await runStep(demo, { ...inCodex, inputs: promotion });

  title('20. It was a mistake: production goes back to what it had, by the inputs that the report gives');
  await runStep(demo, { ...inCodex, inputs: { ...promotion, from: `prod@${before}`, 'allow-older': true } });
  await runStep(demo, { ...inCodex, inputs: { mode: 'status', ...common } });

  github.repository(widgets.fullName).archived = true;
  title('21. The project is archived: "mode: retire" takes it out of test, and production keeps what it has');
  await runStep(demo, { ...inCodex, inputs: { mode: 'retire', project: 'widgets', env: 'test', ...common } });
}

/** Tags the default branch on GitHub and checks the tag out, as the workflow of a release does; returns the tag's ref. */
export async function release(github: LocalGitHub, widgets: Project, tag: string): Promise<string> {
  await github.git(widgets.fullName, 'tag', tag, 'main');
  await widgets.checkout(`refs/tags/${tag}`);
  return `refs/tags/${tag}`;
}
