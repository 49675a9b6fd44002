import type { Document } from '../documents/select.ts';
import type { Change, CodexEntry } from './changes.ts';
import { withChanges } from './effective-tree.ts';
import { isBeneath, type Layers, standing, withPreview } from './layers.ts';
import type { PreviewKey } from './preview-key.ts';
import { actionOf } from './three-way.ts';

/** What becomes of the branch when a preview ends. */
interface EndedPreview {
  readonly layers: Layers;
  /** What it covered returns. */
  readonly changes: readonly Change[];
  /** What someone edited in the codex in one of its documents: path -> blob id that the preview showed. */
  readonly kept: ReadonlyMap<string, string | undefined>;
}

/** Takes a preview away, merged or closed: what lies beneath returns, and no id of it goes into `documents`. */
function endPreview(layers: Layers, key: PreviewKey, codex: ReadonlyMap<string, CodexEntry>): EndedPreview {
  const after = withPreview(layers, key, undefined);
  const changes: Change[] = [];
  const kept = new Map<string, string | undefined>();
  const [shown, remaining] = [standing(layers), standing(after)];
  const isDecided = (path: string) => shown.at(path).preview === key || shown.at(path).id !== remaining.at(path).id;
  for (const path of shown.paths.filter(isDecided).sort()) {
    const entry = codex.get(path);
    if (entry && !entry.document) continue;
    const theirs = entry?.document;
    const ours = restored(remaining.at(path).id, theirs);
    if (theirs?.id === ours?.id) continue;
    // What it covered returns also where someone removed what it showed.
    if (theirs && theirs.id !== shown.at(path).id) {
      kept.set(path, shown.at(path).id);
      continue;
    }
    changes.push({ path, action: actionOf(ours, theirs), document: ours, because: ours ? 'uncovered' : 'covered' });
  }
  return { layers: after, changes, kept };
}

/** Previews that end with a run. */
export type Ended = Iterable<PreviewKey>;

/** What previews that end leave behind: the layers, and the codex once that is done. */
export interface Settled {
  /** The layers that the run found. */
  readonly before: Layers;
  readonly layers: Layers;
  readonly codex: ReadonlyMap<string, CodexEntry>;
  /**
   * What someone edited in the codex in one of their documents: kept, and no longer owned; path -> blob id that the preview
   * showed there.
   */
  readonly kept: ReadonlyMap<string, string | undefined>;
  /** What the run changed on the way, with its reasons. */
  readonly planned?: readonly Change[];
}

/** Takes the previews away that end. */
export function settle(layers: Layers, codex: ReadonlyMap<string, CodexEntry>, ended: Ended): Settled {
  let settled: Layers = layers;
  let virtual: ReadonlyMap<string, CodexEntry> = codex;
  const kept = new Map<string, string | undefined>();
  const end = (key: PreviewKey) => {
    const one = endPreview(settled, key, virtual);
    settled = one.layers;
    virtual = withChanges(virtual, one.changes);
    for (const [path, id] of one.kept) if (!kept.has(path)) kept.set(path, id);
  };
  for (const key of ended) end(key);
  // What is beneath the first previews of a project goes with the last of them.
  const rest = [...settled.previews];
  if (settled !== layers && rest.every(([key, preview]) => isBeneath(key, preview))) for (const [key] of rest) end(key);
  if (kept.size === 0) return { before: layers, layers: settled, codex: virtual, kept };
  const stands = standing(settled);
  const documents = new Map(settled.documents);
  for (const path of kept.keys()) {
    const { id, preview } = stands.at(path);
    // The edit is of another preview's document from now on, or the very text that returns.
    if (preview !== undefined || virtual.get(path)?.document?.id === id) kept.delete(path);
    else documents.delete(path);
  }
  return { before: layers, layers: { ...settled, documents }, codex: virtual, kept };
}

/** A document that returns by its blob id, with the bit of what covered it. */
export function restored(id: string | undefined, covering: Document | undefined): Document | undefined {
  return id === undefined ? undefined : { id, executable: covering?.executable ?? false };
}
