import { editCodex } from '../__tests__/support/codex.ts';
import type { LocalGitHub } from '../__tests__/support/github.ts';
import type { Project } from '../__tests__/support/project.ts';
import { CODEX, runStep, say, TOKEN, title } from './demo-step.ts';

const CONFIG = '.fractary/codex.yaml';
const NEW = {
  'acme/gadgets': { 'docs/guide.md': '# Gadgets\n', 'docs/sizes.md': '# Sizes of gadgets\n' },
  'acme/gears': { 'manual/gears.md': '# Gears\n', [CONFIG]: 'sync_patterns: ["manual/**"]\n' },
  'acme/gizmos': { 'README.md': '# Gizmos\n' },
  'acme/tools': { 'docs/tools.md': '# Tools\n', [CONFIG]: 'sync_patterns: docs/**\n' },
};

/** All projects of Acme in one run: one of them is broken and stops no other, is mended, and the next run goes on. */
export async function tellOrganization(github: LocalGitHub, widgets: Project): Promise<void> {
  github.repository(widgets.fullName).archived = true;
  for (const [name, files] of Object.entries(NEW)) await github.createRepository(name, { files });
  const read = [...Object.keys(NEW), widgets.fullName, 'acme/shop'].map((name) => [name, 'read'] as const);
  github.addToken(TOKEN, { ...Object.fromEntries(read), [CODEX]: 'write' });
  const workspace = await github.scratch('no-checkout');
  const nightly = { workspace, repository: CODEX, event: 'schedule' } as const;
  const inputs = { mode: 'sync-org', 'codex-repository': CODEX };

  title(
    '21. Every repository of Acme, at night: "mode: sync-org". The configuration of tools is broken, and all others land',
  );
  await runStep(github, { ...nightly, inputs }, 1);

  title('22. Tools is mended; the next run publishes it, and does nothing twice');
  await editCodex(github, 'acme/tools', 'main', { [CONFIG]: 'sync_patterns: ["docs/**"]\n' }, 'Mend the configuration');
  say(`${CONFIG} of acme/tools says now\n    > sync_patterns: ["docs/**"]\n`);
  await runStep(github, { ...nightly, inputs });
}
