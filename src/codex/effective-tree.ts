import type { Document } from '../documents/select.ts';
import type { Change, CodexEntry } from './changes.ts';
import type { Manifest } from './manifest.ts';
import { effectiveTree, type Overlay } from './overlay.ts';
import { actionOf, sameDocument } from './three-way.ts';

export interface EnvironmentState {
  readonly environment: string;
  readonly branch: string;
  readonly manifest: Manifest;
  readonly entries: ReadonlyMap<string, CodexEntry>;
}

/** The codex beneath the previews, where hidden documents are visible. */
export function beneathPreviews(
  overlay: Overlay,
  codex: ReadonlyMap<string, CodexEntry>,
  selection: ReadonlyMap<string, Document>,
): ReadonlyMap<string, CodexEntry> {
  if (overlay.previews.size === 0) return codex;
  const seen = new Map(codex);
  const effective = effectiveTree(overlay);
  for (const path of effective.paths.filter((one) => effective.at(one).preview !== undefined)) {
    const id = overlay.documents.get(path);
    const ours = selection.get(path);
    if (id === undefined) seen.delete(path);
    else seen.set(path, { document: { id, executable: ours?.executable ?? false } });
  }
  return seen;
}

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

export function isAt(codex: ReadonlyMap<string, CodexEntry>, path: string, document: Document | undefined): boolean {
  return sameDocument(codex.get(path)?.document, document);
}

/** Differences of two states by path, with the reasons of the plan if one state is planned. */
export function differences(
  from: ReadonlyMap<string, CodexEntry>,
  to: ReadonlyMap<string, CodexEntry>,
  planned: readonly Change[],
): Change[] {
  const plannedAt = new Map(planned.map((change) => [change.path, change]));
  const changes = Array.from(differing(from, to), (change): Change => {
    const { because, replaces } = plannedAt.get(change.path) ?? { because: 'uncovered' as const };
    return { ...change, ...(because && { because }), ...(replaces && { replaces }) };
  });
  return changes.sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** The same without order and reasons, one by one, for example to count. */
export function* differing(
  from: ReadonlyMap<string, CodexEntry>,
  to: ReadonlyMap<string, CodexEntry>,
): Generator<Pick<Change, 'path' | 'action' | 'document'>> {
  if (from === to) return;
  for (const [path, { document }] of to) {
    if (isAt(from, path, document)) continue;
    yield { path, action: actionOf(document, from.get(path)?.document), document };
  }
  for (const [path, { document: old }] of from) {
    if (old && !to.has(path)) yield { path, action: 'delete', document: undefined };
  }
}
