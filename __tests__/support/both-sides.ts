import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { FileChange } from './commit-files.ts';
import type { ActionRun } from './runner.ts';
import type { Story } from './story.ts';

export const both = { direction: 'bidirectional' };
export const back = { direction: 'from-codex' };
export const three = { 'docs/a.md': 'a\n', 'docs/b.md': 'b\n', 'docs/c.md': 'c\n' };

/** A project that was published to `test`; paths in the codex are those of the project's folder there. */
export async function organize(story: Story, files: Record<string, FileChange> = three, published = true) {
  const project = await story.host('widgets', files);
  const inFolder = (path: string) => `projects/widgets/${path}`;
  const file = (path: string) => join(project.directory, path);
  if (published) expect((await story.begin(project)).outputs.conclusion).toBe('published');
  return {
    ...story,
    ...project,
    file,
    here: (path: string) => readFile(file(path), 'utf8').catch(() => undefined),
    edit: (changes: Record<string, FileChange>, branch?: string) =>
      story.edit(Object.fromEntries(Object.entries(changes).map(([path, one]) => [inFolder(path), one])), branch),
    read: (path: string, branch?: string) => story.read(inFolder(path), branch),
    /** Another job: what the last one did not commit is gone. */
    async throwAway() {
      await project.git('reset', '--quiet', '--hard');
      await project.git('clean', '--quiet', '-d', '--force', '-x');
    },
    /** What the working tree holds otherwise than the commit: ` M docs/a.md`, by path. */
    status: async () => {
      const output = await project.git('status', '--porcelain', '-uall', '-z');
      return output.split('\0').filter(Boolean);
    },
  };
}

type List = { path: string; action?: string; reason?: string; replaced?: string; because?: string }[];
export const listOf = ({ outputs }: ActionRun, name: string): List => JSON.parse(outputs.result ?? '{}')[name];
export const reasons = (run: ActionRun) =>
  Object.fromEntries(listOf(run, 'not-pulled').map((one) => [one.path, one.reason]));
