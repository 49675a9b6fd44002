import type { LocalGitHub } from '../__tests__/support/github.ts';
import type { Project } from '../__tests__/support/project.ts';
import { CODEX, runStep, TOKEN, title } from './demo-step.ts';

/** What was tested is what gets released, by hand and without the project: what waits, a look, the step, the way back. */
export async function tellRelease(github: LocalGitHub, widgets: Project): Promise<void> {
  await widgets.checkout('main');
  await widgets.write('docs/sizes.md', '# Sizes\n\nWidgets 1.2 come in sizes.\n');
  await widgets.commit('Document sizes');
  await widgets.push('main');
  // The token may see the project's repository too, so that status can tell whether that is still there.
  github.addToken(TOKEN, { [CODEX]: 'write', [widgets.fullName]: 'read' });
  // The workflow lives in the codex, and checks nothing out.
  const workspace = await github.scratch('no-checkout');
  const inCodex = { workspace, repository: CODEX, event: 'workflow_dispatch' } as const;
  const common = { 'codex-repository': CODEX };
  const promotion = { mode: 'promote', project: 'widgets', env: 'prod', ...common };

  title('16. A push documents sizes, in test; "mode: status" says what waits for a release');
  await runStep(github, { workspace: widgets.directory, event: 'push' });
  await runStep(github, { ...inCodex, inputs: { mode: 'status', ...common } });

  title('17. What would be released? "mode: promote" with "dry-run"');
  await runStep(github, { ...inCodex, inputs: { ...promotion, 'dry-run': true } });

  title('18. It is released: no checkout, no document on the wire');
  const before = await github.git(CODEX, 'rev-parse', 'main');
  await runStep(github, { ...inCodex, inputs: promotion });

  title('19. It was a mistake: production goes back to what stood there, in the words of the report');
  await runStep(github, { ...inCodex, inputs: { ...promotion, from: `prod@${before}`, 'allow-older': true } });
  await runStep(github, { ...inCodex, inputs: { mode: 'status', ...common } });

  title('20. The project is archived: "mode: retire" takes it out of test, and production keeps what it has');
  await runStep(github, { ...inCodex, inputs: { mode: 'retire', project: 'widgets', env: 'test', ...common } });
}
