import { editCodex } from '../__tests__/support/codex.ts';
import type { LocalGitHub } from '../__tests__/support/github.ts';
import type { Project } from '../__tests__/support/project.ts';
import { STEPS } from './demo-scenes.ts';
import { CODEX, type Demo, runStep, say, TOKEN, title } from './demo-step.ts';

const CONFIG = '.fractary/codex.yaml';
const NEW = {
  'acme/gadgets': { 'docs/guide.md': '# Gadgets\n', 'docs/sizes.md': '# Sizes of gadgets\n' },
  'acme/gears': { 'manual/gears.md': '# Gears\n', [CONFIG]: 'sync_patterns: ["manual/**"]\n' },
  'acme/gizmos': { 'README.md': '# Gizmos\n' },
  'acme/tools': { 'docs/tools.md': '# Tools\n', [CONFIG]: 'sync_patterns: docs/**\n' },
};

/** Hosts more projects, one of which has a broken configuration; whoever publishes them may read all. */
export async function hostOrganization(github: LocalGitHub, widgets: Project): Promise<void> {
  for (const [name, files] of Object.entries(NEW)) await github.createRepository(name, { files });
  const read = [...Object.keys(NEW), widgets.fullName, 'acme/shop'].map((name) => [name, 'read'] as const);
  github.addToken(TOKEN, { ...Object.fromEntries(read), [CODEX]: 'write' });
}

/** The broken configuration is corrected, and the next run goes on. */
export async function tellOrganization(demo: Demo): Promise<void> {
  const { github } = demo;
  title('22. The configuration of tools is corrected; the next run publishes it, and does nothing twice');
  await editCodex(
    github,
    'acme/tools',
    'main',
    { [CONFIG]: 'sync_patterns: ["docs/**"]\n' },
    'Correct the configuration',
  );
  say(`${CONFIG} of acme/tools is now\n    > sync_patterns: ["docs/**"]\n`);
  await runStep(demo, { workspace: await github.scratch('no-checkout'), repository: CODEX, ...STEPS.organization });
}
