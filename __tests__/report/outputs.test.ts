import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CONCLUSIONS, OUTPUTS, renderOutputs } from '../../src/report/outputs.ts';
import { anyText } from '../support/any-text.ts';
import { silent } from '../support/outputs.ts';
import { runs } from '../support/runs.ts';

const LIMIT = 900_000;

function bytes(text: string): number {
  return Buffer.byteLength(text);
}

describe('outputs are always set', () => {
  test.each(CONCLUSIONS)('%s: every one, empty where it says nothing', (conclusion) => {
    const { result, ...rest } = renderOutputs(conclusion, {});
    expect(rest).toEqual({ conclusion, ...silent });
    expect(Object.keys({ ...rest, result }).sort()).toEqual(Object.keys(OUTPUTS).sort());
  });

  test('what is said is text', () => {
    const said = { env: 'prod', changed: true, 'files-added': 12, 'commit-sha': 'abc' };
    expect(renderOutputs('published', said)).toMatchObject({
      env: 'prod',
      changed: 'true',
      'files-added': '12',
      'commit-sha': 'abc',
      'files-deleted': '0',
    });
  });
});

describe('result', () => {
  const parse = (lists: Record<string, unknown[]>, said = {}) =>
    JSON.parse(renderOutputs('published', said, lists).result);

  test('has all outputs with their names as keys, as JSON values, and the lists', () => {
    const result = parse({ changes: [{ path: 'docs/a.md' }], empty: [] }, { changed: true, 'files-added': 1 });
    const { result: _, ...others } = OUTPUTS;
    expect(Object.keys(result).sort()).toEqual([...Object.keys(others), 'changes', 'empty'].sort());
    expect(result).toMatchObject({ conclusion: 'published', changed: true, 'files-added': 1, drifted: 0, env: '' });
    expect(result).toMatchObject({ changes: [{ path: 'docs/a.md' }], empty: [] });
  });

  test('just below the limit nothing is left out', () => {
    const result = parse({ changes: Array.from({ length: 800 }, () => 'x'.repeat(1000)) });
    expect(result.changes).toHaveLength(800);
    expect(result).not.toHaveProperty('left-out');
  });

  test.each([
    ['many entries', Array.from({ length: 50_000 }, (_, index) => ({ path: `docs/${index}.md`, action: 'add' }))],
    ['one endless entry', ['x'.repeat(2_000_000)]],
    ['entries that grow when they are escaped', Array.from({ length: 20_000 }, () => '\u0001"\\'.repeat(20))],
    ['entries of several bytes a character', Array.from({ length: 20_000 }, () => '日本語'.repeat(20))],
  ])('is cut below 900 KB and says how much was left out: %s', (_, entries) => {
    const text = renderOutputs('published', {}, { changes: entries, more: entries }).result;
    const result = JSON.parse(text);
    expect(bytes(text)).toBeLessThan(LIMIT);
    expect(result['left-out']).toBe(2 * entries.length - result.changes.length - result.more.length);
    expect(result['left-out']).toBeGreaterThan(0);
    expect(result.conclusion).toBe('published');
  });

  test('is below the limit whatever the lists are', () => {
    const entry = fc.oneof(
      fc.integer({ min: 0, max: 300_000 }).map((length) => 'é'.repeat(length)),
      anyText(),
    );
    const lists = fc.dictionary(fc.constantFrom('changes', 'drifted-paths', 'warnings', 'replaced'), fc.array(entry));
    fc.assert(
      fc.property(lists, (given) => {
        const text = renderOutputs('published', {}, given).result;
        const kept = Object.keys(given).reduce((sum, name) => sum + JSON.parse(text)[name].length, 0);
        const all = Object.values(given).reduce((sum, list) => sum + list.length, 0);
        expect(bytes(text)).toBeLessThan(LIMIT);
        expect(JSON.parse(text)['left-out'] ?? 0).toBe(all - kept);
      }),
      { numRuns: runs(50) },
    );
  });
});
