import type { Selection } from '../documents/select.ts';
import { printable } from '../text/printable.ts';
import { clashFinder } from './path-clashes.ts';
import { type Pull, textsAfter } from './pull-plan.ts';

/**
 * Refuses what depends on something that is refused, until nothing more falls: a document that moved stays where it is
 * until its text stands somewhere else, and nothing comes where a file or a folder is that stays.
 * @param refused path -> why
 * @returns all that is refused
 */
export function withDependents(
  pulls: readonly Pull[],
  refused: ReadonlyMap<string, string>,
  selection: Pick<Selection, 'documents'>,
): Map<string, string> {
  const all = new Map(refused);
  for (let before = -1; before !== all.size; ) {
    before = all.size;
    const going = pulls.filter(({ path }) => !all.has(path));
    const texts = textsAfter(going, selection);
    const kept = pulls.filter(({ path, action }) => action === 'delete' && all.has(path)).map(({ path }) => path);
    const findClash = clashFinder(kept);
    for (const { path, action, because, replaces } of going) {
      const inTheWay = action === 'add' ? findClash(path) : undefined;
      if (inTheWay !== undefined) all.set(path, `${printable(inTheWay)} stands in its way, and stays`);
      else if (because === 'moved' && !texts.has(replaces)) all.set(path, 'moved in the codex, and not there yet here');
    }
  }
  return all;
}

/** In two turns: removals, with what is written where they make room, and the moves whose text has to come first. */
export function inTurns(pulls: readonly Pull[]): [first: Pull[], then: Pull[]] {
  const findClash = clashFinder(pulls.filter(({ action }) => action === 'add').map(({ path }) => path));
  const waits = ({ path, because }: Pull) => because === 'moved' && findClash(path) === undefined;
  const now = pulls.filter((pull) => !waits(pull));
  const [removals, written] = [now.filter(({ document }) => !document), now.filter(({ document }) => document)];
  return [[...removals, ...written], pulls.filter(waits)];
}
