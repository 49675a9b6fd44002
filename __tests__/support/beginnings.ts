import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { gitText } from './git.ts';
import type { LocalGitHub } from './github.ts';
import type { ActionRun } from './runner.ts';

/** What a run made of the codex that it found, to be put into another one that stands as that did. */
interface Beginning {
  readonly run: ActionRun;
  readonly refs: string;
  /** A copy of the objects that the codex had then. */
  readonly objects: string;
}

/**
 * Lets stories begin alike for the price of one run: whoever asks first runs the action; who asks the same of a codex that
 * stands alike is given what that run made of it, and what it said.
 */
export function keepBeginnings() {
  const known = new Map<string, Promise<Beginning>>();
  return async (
    github: LocalGitHub,
    codex: string,
    asked: unknown,
    run: () => Promise<ActionRun>,
  ): Promise<ActionRun> => {
    const directory = github.directory(codex);
    const readRefs = () => gitText(directory, ['for-each-ref', '--format=%(refname) %(objectname)']);
    const question = JSON.stringify([asked, await readRefs()]);
    const first = known.get(question);
    if (first === undefined) {
      const began = async () => {
        const objects = await github.scratch('beginning');
        const made = { run: await run(), refs: await readRefs(), objects };
        await cp(join(directory, 'objects'), objects, { recursive: true });
        return made;
      };
      const beginning = began();
      known.set(question, beginning);
      return (await beginning).run;
    }
    const { refs, objects, ...rest } = await first;
    await cp(objects, join(directory, 'objects'), { recursive: true, force: false });
    const input = refs.split('\n').map((line) => `update ${line}\n`);
    await gitText(directory, ['update-ref', '--stdin'], { input: input.join('') });
    return rest.run;
  };
}
