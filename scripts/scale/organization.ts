import { editCodex } from '../../__tests__/support/codex.ts';
import type { LocalGitHub } from '../../__tests__/support/github.ts';
import { runAction } from '../../__tests__/support/runner.ts';
import { tokenOf } from './codexes.ts';
import { type Cost, measure } from './runs.ts';

/** Makes batches of 5, 10, 20 and 25, so that the last push is a full one. */
const REPOSITORIES = 60;

/** What `sync-org` costs where each of the repositories has one changed document, and where none has. */
export async function measureOrganization(
  github: LocalGitHub,
  codex: string,
): Promise<{ repositories: number; changed: Cost; same: Cost }> {
  const names = Array.from({ length: REPOSITORIES }, (_, index) => `acme/doc-${index + 1}`);
  for (const name of names) {
    await github.createRepository(name, { files: { 'docs/a.md': `a of ${name}\n`, 'docs/b.md': `b of ${name}\n` } });
  }
  const sources = Object.fromEntries(names.map((name) => [name, 'read' as const]));
  github.addToken(tokenOf(codex), { ...sources, [codex]: 'write' });
  const workspace = await github.scratch('nothing');
  const inputs = { mode: 'sync-org', token: tokenOf(codex), 'codex-repository': codex, repositories: 'doc-*' };
  const publish = () =>
    measure(github, codex, () =>
      runAction({ github, workspace, repository: codex, event: 'schedule', timeout: 600_000, inputs }),
    );
  await publish();
  for (const name of names) await editCodex(github, name, 'main', { 'docs/a.md': `a of ${name}, changed\n` });
  return { repositories: REPOSITORIES, changed: await publish(), same: await publish() };
}
