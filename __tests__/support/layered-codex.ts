import { expect } from '@jest/globals';
import { type CodexEntry, differences, withChanges } from '../../src/codex/changes.ts';
import {
  effectiveTree,
  type Overlay,
  type PreviewKey,
  parsePreviewKey,
  pullRequestKey,
  pullRequestOf,
} from '../../src/codex/overlay.ts';
import { type OverlayPlan, overlayPreview, planDocuments } from '../../src/codex/plan-documents.ts';
import { applyClosed, type ClosedPreviews, planPreview } from '../../src/codex/preview.ts';
import type { Document } from '../../src/documents/select.ts';
import { type BlobId, blobId } from '../../src/text/ids.ts';
import { documentsText } from './documents-text.ts';
import { blobIds } from './ids.ts';

// Of `d`, `d/e` and `d/e/f` a tree can hold one alone, and of `a` and `A` where case does not count.
export const PATHS = ['a', 'A', 'b', 'c', 'd', 'd/e', 'd/e/f'];

const threshold = { count: 1000, percent: 100 };

/** Documents, each with a text that is also its blob id. */
export type Texts = Record<string, string>;

export const documentsOf = (texts: Texts): Map<string, Document> =>
  new Map(Object.entries(texts).map(([path, id]) => [path, { id: blobId(id), executable: false }]));

/** What stands on the branch, as its layers say. */
export function standingTexts(overlay: Overlay): Texts {
  const stands = effectiveTree(overlay);
  const named = stands.paths.map((path) => [path, stands.at(path).id] as const);
  return Object.fromEntries(named.filter((entry): entry is [string, BlobId] => entry[1] !== undefined));
}

/** Previews by key: path -> text, `null` where they remove. */
export type PreviewTexts = Record<string, Record<string, string | null>>;

/** Layers as a manifest names them. The higher a pull request's number, the newer its preview is; those of branches are older. */
export function layersOf(documents: Texts, previews: PreviewTexts): Overlay {
  const all = Object.entries(previews).map(([name, named]) => {
    const date = `2026-11-0${pullRequestOf(keyOf(name)) ?? 0}T10:00:00Z`;
    return [keyOf(name), { commit: 'c'.repeat(40), date, documents: blobIds(named) }] as const;
  });
  return { documents: blobIds(documents), previews: new Map(all) };
}

/** The key of a preview, as a manifest spells it. */
export function keyOf(name: string): PreviewKey {
  const key = parsePreviewKey(name);
  if (key === undefined) throw new Error(`${name} is no key of a preview`);
  return key;
}

/** A codex where each document has a text that is also its blob id; `null` is something that is no document. */
export function codexOf(texts: Record<string, string | null>, executable = false): Map<string, CodexEntry> {
  const entry = (id: string | null) => ({ document: id === null ? undefined : { id: blobId(id), executable } });
  return new Map(Object.entries(texts).map(([path, id]) => [path, entry(id)]));
}

/** The codex, as far as one project goes, and every blob that was ever visible on the branch. */
export class LayeredCodex {
  overlay: Overlay = { documents: new Map(), previews: new Map() };
  tree: ReadonlyMap<string, CodexEntry> = new Map();
  readonly history = new Set<string>();

  private push({ steps, overlay }: OverlayPlan): void {
    const tip = this.tree;
    // In the order of their paths, none of which changes nothing.
    const said = steps.at(-1)?.changes ?? [];
    expect(said).toEqual(differences(tip, withChanges(tip, said), said));
    for (const { changes, overlay: named } of steps) {
      const tree = new Map(tip);
      for (const { path, document } of changes) {
        if (document) tree.set(path, { document });
        else tree.delete(path);
      }
      for (const { document } of tree.values()) this.history.add(document?.id ?? '');
      const paths = [...tree.keys()];
      expect(paths.filter((path) => paths.some((other) => clash(path, other)))).toEqual([]);
      this.tree = tree;
      // At each commit the manifest says what stands there.
      expect(this.texts).toEqual(standingTexts(named));
    }
    this.overlay = overlay;
  }

  publish(texts: Texts, closed: ClosedPreviews = []): OverlayPlan {
    const plan = planDocuments({
      text: documentsText({ documents: documentsOf(texts), skipped: new Map() }),
      codex: this.tree,
      overlay: this.overlay,
      closed,
      selects: () => true,
      onConflict: 'project',
      threshold,
    });
    this.push(plan);
    return plan;
  }

  preview(number: number, base: Texts, head: Texts, date: string): OverlayPlan {
    const paths = PATHS.filter((path) => base[path] !== head[path]);
    const touched = new Map(paths.map((path) => [path, documentsOf(head).get(path)]));
    const key = pullRequestKey(number);
    const settled = applyClosed(this.overlay, this.tree, []);
    const plan = planPreview({
      key,
      head: { commit: 'c'.repeat(40), date },
      touched,
      overlay: settled.overlay,
      codex: settled.codex,
      onConflict: 'project',
      threshold,
    });
    const overlayPlan = overlayPreview(this.tree, settled, key, plan, touched);
    this.push(overlayPlan);
    return overlayPlan;
  }

  close(number: number): OverlayPlan {
    return this.publish(Object.fromEntries(this.overlay.documents), [pullRequestKey(number)]);
  }

  get texts(): Texts {
    return Object.fromEntries([...this.tree].map(([path, { document }]) => [path, document?.id ?? '']));
  }
}

/** Whether a tree can hold only one of two paths, on every system. */
export function clash(one: string, other: string): boolean {
  const [first, second] = [one.toLowerCase(), other.toLowerCase()];
  return (one !== other && first === second) || first.startsWith(`${second}/`) || second.startsWith(`${first}/`);
}
