import { describe, expect, test } from '@jest/globals';
import { type ChangePlan, withChanges } from '../../src/codex/changes.ts';
import { type OverlayPlan, planDocuments } from '../../src/codex/plan-documents.ts';
import { ALL_COMMITTED } from '../../src/codex/pull-plan.ts';
import { comparedText } from '../../src/codex/whose-text.ts';
import { CONFLICT_RULES, type ConflictRule } from '../../src/inputs/definitions.ts';
import { DEFAULT_THRESHOLD } from '../../src/inputs/request.ts';
import { blobId } from '../../src/text/ids.ts';
import { documentsText } from '../support/documents-text.ts';
import { codexOf, layersOf, type PreviewTexts } from '../support/layered-codex.ts';

/** Document `a` when preview 2 ends with a run that publishes `documents`. `undefined`: there is none. */
interface State {
  /** What the project has. */
  readonly project: string | undefined;
  /** What the codex has. */
  readonly codex: string | undefined;
  /** What was published beneath the preview. */
  readonly beneath: string | undefined;
  /** What the preview showed. */
  readonly shown: string | undefined;
  /** What another preview shows that stays, and whether that is newer. */
  readonly other?: { readonly text: string; readonly isNewer: boolean };
}
interface Rules {
  readonly rule: ConflictRule;
  readonly recordsEqual: boolean;
}

/** What becomes of `a`. */
interface Outcome {
  readonly codex: string | undefined;
  readonly owned: string | undefined;
  readonly drifted: boolean;
  readonly conflict: 'project' | 'codex' | undefined;
  /** Listed as edited in a preview that ended. */
  readonly kept: boolean;
  /** The edit that is replaced, which the run links to. */
  readonly replaced: string | undefined;
}

const texts = (a: string | undefined): Record<string, string> => ({ ...(a !== undefined && { a }), z: 'same' });

function question({ project, codex, beneath, shown, other }: State) {
  const others: PreviewTexts = other ? { [other.isNewer ? 3 : 1]: { a: other.text } } : {};
  const documents = new Map(
    Object.entries(texts(project)).map(([path, id]) => [path, { id: blobId(id), executable: false }]),
  );
  return {
    selection: { documents, skipped: new Map<string, string>() },
    overlay: layersOf(texts(beneath), { 2: { a: shown ?? null }, ...others }),
    codex: codexOf(texts(codex)),
    closed: ['2'] as const,
    selects: () => true,
    threshold: { count: 1000, percent: 100 },
  };
}

function plan(state: State, { rule, recordsEqual }: Rules): OverlayPlan {
  const { selection, ...rest } = question(state);
  return planDocuments({ ...rest, text: documentsText(selection, { recordsEqual }), onConflict: rule });
}

function outcomeOf(state: State, rules: Rules): Outcome | 'refused' {
  let planned: OverlayPlan;
  try {
    planned = plan(state, rules);
  } catch (error) {
    expect(error).toMatchObject({ code: 'conflict' });
    return 'refused';
  }
  const { overlay, kept, steps, plan: changed } = planned;
  const last = withChanges(question(state).codex, steps.at(-1)?.changes ?? []);
  const of = (list: ChangePlan['conflicts']) => list.find(({ path }) => path === 'a')?.kept;
  expect({ previews: [...overlay.previews.keys()].includes('2'), z: last.get('z')?.document?.id }).toEqual({
    previews: false,
    z: 'same',
  });
  return {
    codex: last.get('a')?.document?.id,
    owned: overlay.documents.get('a'),
    drifted: changed.drifted.includes('a'),
    conflict: of(changed.conflicts),
    kept: kept.includes('a'),
    replaced: changed.changes.find(({ path }) => path === 'a')?.replaces,
  };
}

/** The contract (design section 4, "Previews" and "Planning"), said once more in other words. */
function expected(state: State, { rule, recordsEqual }: Rules): Outcome | 'refused' {
  const { project, codex, beneath, shown, other } = state;
  const calm = { drifted: false, conflict: undefined, kept: false, replaced: undefined };
  // An edit is what is neither what the preview showed nor what returns; what someone removed returns.
  const visible = other?.isNewer ? other.text : shown;
  const isEdited = codex !== undefined && codex !== visible && codex !== (other ? other.text : beneath);
  // Beneath a preview that stays, the run sees what was published; the edit waits for that one.
  if (other) return { ...calm, codex: isEdited || other.isNewer ? codex : other.text, owned: project };
  if (!isEdited) return { ...calm, codex: project, owned: project };
  if (project === undefined) return { ...calm, codex, owned: undefined, kept: true };
  if (project === codex) return { ...calm, codex, owned: recordsEqual ? project : beneath };
  if (project === beneath) return { ...calm, codex, owned: beneath, drifted: true };
  if (project === shown) return { ...calm, codex, owned: shown, drifted: true };
  const drifted = shown !== undefined;
  if (rule === 'fail') return 'refused';
  if (rule === 'codex') return { ...calm, codex, owned: beneath, drifted, conflict: 'codex' };
  return { codex: project, owned: project, drifted, conflict: 'project', kept: false, replaced: codex };
}

const TEXTS = [undefined, 'old', 'new', 'edit', 'other'];
const OTHERS = [undefined, { text: 'older', isNewer: false }, { text: 'newer', isNewer: true }];
const RULES = CONFLICT_RULES.flatMap((rule) => [true, false].map((recordsEqual): Rules => ({ rule, recordsEqual })));
const LAYERS = [undefined, 'old'].flatMap((beneath) => [undefined, 'new'].map((shown) => ({ beneath, shown })));

describe('a preview ends with the run that has what was really merged', () => {
  test.each(LAYERS)('beneath it %j', (overlay) => {
    for (const project of TEXTS) {
      for (const codex of [undefined, 'old', 'new', 'edit', 'older', 'newer']) {
        for (const other of OTHERS) {
          const state: State = { ...overlay, project, codex, ...(other && { other }) };
          for (const rules of RULES) {
            expect({ state, rules, outcome: outcomeOf(state, rules) }).toEqual({
              state,
              rules,
              outcome: expected(state, rules),
            });
          }
        }
      }
    }
  });
});

describe('for instance', () => {
  const merged = { beneath: 'old', shown: 'new', project: 'new', codex: 'new' };
  const rules = { rule: 'project', recordsEqual: true } as const;

  test('what was merged is published by that run, though the branch shows it already', () => {
    const { plan: changed, overlay, steps } = plan(merged, rules);
    expect({ changes: changed.changes, steps, previews: overlay.previews.size }).toEqual({
      ...{ changes: [], steps: [], previews: 0 },
    });
    expect(overlay.documents.get('a')).toBe('new');
  });

  test('what the preview showed and nobody merged goes, and is owned by nobody', () => {
    const { plan: changed, overlay } = plan(
      { beneath: undefined, shown: 'new', project: undefined, codex: 'new' },
      rules,
    );
    expect(changed.changes.map(({ path, action }) => [path, action])).toEqual([['a', 'delete']]);
    expect(overlay.documents.has('a')).toBe(false);
  });

  test('where the project has a link now, what lay beneath returns and no text of the preview is owned', () => {
    const { selection, ...rest } = question({ ...merged, project: undefined });
    const text = documentsText({ ...selection, skipped: new Map([['a', 'a link']]) });
    const { overlay, steps } = planDocuments({ ...rest, text, onConflict: 'project' });
    expect(overlay.documents.get('a')).toBe('old');
    expect(steps[0]?.changes).toMatchObject([{ path: 'a', action: 'modify', document: { id: 'old' } }]);
  });
});

test('pages that only a preview had are never withheld when it ends, however many there are', () => {
  const drafts = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`draft/${index}.md`, `${index}`]));
  const documents = new Map([['z', { id: blobId('same'), executable: false }]]);
  const planned = planDocuments({
    text: documentsText({ documents, skipped: new Map() }),
    overlay: layersOf({ z: 'same' }, { 2: drafts }),
    codex: codexOf({ z: 'same', ...drafts }),
    closed: ['2'],
    selects: () => true,
    threshold: DEFAULT_THRESHOLD,
    onConflict: 'project',
  });
  expect(planned.plan.withheld).toEqual([]);
  expect(planned.plan.changes.filter(({ action }) => action === 'delete')).toHaveLength(60);
  expect([...planned.overlay.documents.keys()]).toEqual(['z']);
});

test('texts that are only compared are never published', () => {
  const { selection, ...rest } = question({ project: 'x', codex: 'old', beneath: 'old', shown: 'old' });
  const given = { ...rest, text: comparedText({ ...selection, ...ALL_COMMITTED }), onConflict: 'project' as const };
  for (const direction of [undefined, 'to-codex', 'bidirectional'] as const) {
    expect(() => planDocuments({ ...given, ...(direction && { direction }) })).toThrow('only compared');
  }
  expect(planDocuments({ ...given, direction: 'from-codex' }).plan.changes).toEqual([]);
});
