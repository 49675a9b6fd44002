import { describe, expect, test } from '@jest/globals';
import type { CodexEntry } from '../../src/plan/changes.ts';
import { endPreview } from '../../src/plan/ended.ts';
import type { Layers } from '../../src/plan/layers.ts';
import { planPreview, type Touched } from '../../src/plan/previews.ts';

const [PATH, HEAD] = ['docs/a.md', { commit: 'c'.repeat(40), date: '2026-11-22T10:00:00Z' }];
const THRESHOLD = { count: 10, percent: 20 };
const documentOf = (id: string) => ({ id, executable: false });

/** Plans pull request 7 for one document; each state is a blob id, `undefined` where nothing is. */
function plan(states: { mine?: string; codex?: string; beneath?: string; before?: string }) {
  const { mine, codex, beneath, before } = states;
  const touched: Touched = new Map([[PATH, mine === undefined ? undefined : documentOf(mine)]]);
  const entries = new Map<string, CodexEntry>(codex === undefined ? [] : [[PATH, { document: documentOf(codex) }]]);
  const layers: Layers = {
    documents: new Map(beneath === undefined ? [] : [[PATH, beneath]]),
    previews: new Map(before === undefined ? [] : [[7, { ...HEAD, documents: new Map([[PATH, before]]) }]]),
  };
  const rules = { onConflict: 'project', threshold: THRESHOLD } as const;
  return { ...planPreview({ number: 7, head: HEAD, touched, layers, codex: entries, ...rules }), entries };
}

describe('what stands in the codex and nobody published', () => {
  test.each([
    ['differs', 'a', [{ path: PATH, kept: 'codex' }]],
    ['is equal', 'b', []],
    ['would be removed', undefined, []],
  ])('stays when the preview comes and when it ends: it %s', (_, mine, conflicts) => {
    const come = plan({ codex: 'b', ...(mine !== undefined && { mine }) });
    expect(come).toMatchObject({ changes: [], conflicts });
    expect(come.layers.previews.size).toBe(0);
    expect(endPreview(come.layers, 7, come.entries, 'dropped').changes).toEqual([]);
  });
});

test('a document of the preview that someone removed in the codex is restored', () => {
  const { changes, drifted } = plan({ mine: 'b', beneath: 'a', before: 'b' });
  expect(changes).toEqual([{ path: PATH, action: 'add', document: documentOf('b'), because: 'restored' }]);
  expect(drifted).toEqual([PATH]);
});
