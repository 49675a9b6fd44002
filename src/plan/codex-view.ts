import type { Change, CodexEntry } from './changes.ts';
import { type Layers, standing } from './layers.ts';
import type { Document } from './selection.ts';
import { actionOf } from './verdict.ts';

/** The codex as the layer of the branches sees it: what a preview hides is there as it lies beneath. */
export function beneathPreviews(
  layers: Layers,
  codex: ReadonlyMap<string, CodexEntry>,
  selection: ReadonlyMap<string, Document>,
): ReadonlyMap<string, CodexEntry> {
  if (layers.previews.size === 0) return codex;
  const seen = new Map(codex);
  const stands = standing(layers);
  for (const path of stands.paths.filter((one) => stands.at(one).preview !== undefined)) {
    const id = layers.documents.get(path);
    const mine = selection.get(path);
    if (id === undefined) seen.delete(path);
    else seen.set(path, { document: { id, executable: mine?.executable ?? false } });
  }
  return seen;
}

/** The codex once changes were made in it. */
export function withChanges(
  codex: ReadonlyMap<string, CodexEntry>,
  changes: readonly Change[],
): ReadonlyMap<string, CodexEntry> {
  if (changes.length === 0) return codex;
  const changed = new Map(codex);
  for (const { path, document } of changes) {
    if (document) changed.set(path, { document });
    else changed.delete(path);
  }
  return changed;
}

/** What turns one state into another; of a path that a plan changes, with what the plan says of it. */
export function differences(
  from: ReadonlyMap<string, CodexEntry>,
  to: ReadonlyMap<string, CodexEntry>,
  planned: readonly Change[],
): Change[] {
  if (from === to) return [];
  const said = new Map(planned.map((change) => [change.path, change]));
  const paths = [...new Set([...from.keys(), ...to.keys()])].sort();
  return paths.flatMap((path): Change[] => {
    const [old, document] = [from.get(path)?.document, to.get(path)?.document];
    if (old?.id === document?.id && old?.executable === document?.executable) return [];
    const { because, replaces } = said.get(path) ?? { because: 'uncovered' as const };
    const action = actionOf(document, old);
    return [{ path, action, document, ...(because && { because }), ...(replaces && { replaces }) }];
  });
}
