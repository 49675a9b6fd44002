import { foldedPath, twinReason } from '../request/document-path.ts';
import { type Layers, standing } from './layers.ts';
import type { Selection } from './selection.ts';

/**
 * The selection without what would be the second of two such paths in the codex: a person put the first one there, and this
 * tool may not take it away. What it published itself under another spelling is renamed.
 * @param standingThere what the codex holds, by path
 */
export function withoutTwins<Selected extends Selection>(
  selection: Selected,
  standingThere: ReadonlyMap<string, unknown>,
  layers: Layers,
): Selected {
  const added = [...selection.documents.keys()].filter((path) => !standingThere.has(path));
  if (added.length === 0) return selection;
  const ours = new Set(standing(layers).paths);
  const theirs = new Map(
    [...standingThere.keys()].flatMap((path) => (ours.has(path) ? [] : [[foldedPath(path), path]])),
  );
  if (theirs.size === 0) return selection;
  const twins = added.filter((path) => theirs.has(foldedPath(path)));
  if (twins.length === 0) return selection;
  const documents = new Map(selection.documents);
  const leftAlone = new Map(selection.leftAlone);
  for (const path of twins) {
    documents.delete(path);
    leftAlone.set(path, `${twinReason(path, theirs.get(foldedPath(path)) ?? '', ' in the codex')}: rename one of them`);
  }
  return { ...selection, documents, leftAlone };
}
