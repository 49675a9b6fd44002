import type { Change, CodexEntry } from './changes.ts';
import { withChanges } from './codex-view.ts';
import { type Layers, standing, withPreview } from './layers.ts';
import type { Document } from './selection.ts';
import { actionOf } from './verdict.ts';

/** How a preview ends: its pull request was merged, or closed without. */
export type Ending = 'merged' | 'dropped';

/** What becomes of the branch when a preview ends. */
export interface EndedPreview {
  readonly layers: Layers;
  /** What it covered returns. */
  readonly changes: readonly Change[];
  /** What someone edited in the codex in one of its documents: kept, and owned by nobody. */
  readonly kept: readonly string[];
}

/**
 * Takes a preview away. What lies beneath returns; of a merged one only other previews do, since what it changes is what
 * project and codex agree on from now on.
 */
export function endPreview(
  layers: Layers,
  number: number,
  codex: ReadonlyMap<string, CodexEntry>,
  ending: Ending,
): EndedPreview {
  const preview = layers.previews.get(number)?.documents ?? new Map<string, string | null>();
  const documents = new Map(layers.documents);
  if (ending === 'merged') {
    for (const [path, id] of preview) {
      if (id === null) documents.delete(path);
      else documents.set(path, id);
    }
  }
  const after = withPreview({ ...layers, documents }, number, undefined);
  const changes: Change[] = [];
  const kept: string[] = [];
  const [stood, stands] = [standing(layers), standing(after)];
  const isDecided = (path: string) => stood.at(path).preview === number || stood.at(path).id !== stands.at(path).id;
  for (const path of stood.paths.filter(isDecided).sort()) {
    const entry = codex.get(path);
    const [was, is] = [stood.at(path), stands.at(path)];
    if ((entry && !entry.document) || (ending === 'merged' && is.preview === undefined)) continue;
    const theirs = entry?.document;
    const mine = restored(is.id, theirs);
    if (theirs?.id === mine?.id) continue;
    // What it covered returns also where someone removed what it showed.
    if (theirs && theirs.id !== was.id) {
      kept.push(path);
      continue;
    }
    changes.push({ path, action: actionOf(mine, theirs), document: mine, because: mine ? 'uncovered' : 'covered' });
  }
  for (const path of kept) documents.delete(path);
  return { layers: { ...after, documents }, changes, kept };
}

/** Pull requests whose previews end with this run. */
export type Ended = ReadonlyMap<number, Ending>;

/** What previews that end leave behind: the layers, the codex once that is done, and what was kept of them. */
export interface Settled {
  readonly layers: Layers;
  readonly codex: ReadonlyMap<string, CodexEntry>;
  readonly kept: readonly string[];
}

/** Takes the previews away that end. */
export function settle(layers: Layers, codex: ReadonlyMap<string, CodexEntry>, ended: Ended): Settled {
  let settled: Layers = layers;
  let virtual: ReadonlyMap<string, CodexEntry> = codex;
  const kept: string[] = [];
  for (const [number, ending] of ended) {
    const end = endPreview(settled, number, virtual, ending);
    settled = end.layers;
    virtual = withChanges(virtual, end.changes);
    kept.push(...end.kept);
  }
  return { layers: settled, codex: virtual, kept: [...new Set(kept)] };
}

/** A document that returns by its blob id, with the bit of what covered it. */
export function restored(id: string | undefined, covering: Document | undefined): Document | undefined {
  return id === undefined ? undefined : { id, executable: covering?.executable ?? false };
}
