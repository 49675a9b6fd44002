import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createObjectScan, type ObjectStart } from '../../src/git/blobs.ts';
import { runs } from '../support/runs.ts';

interface Stored {
  readonly id: string;
  /** `undefined` where the store does not have it. */
  readonly content: Uint8Array | undefined;
}

/** The answer of `git cat-file --batch`. */
function answer(objects: readonly Stored[]): Buffer {
  const pieces = objects.flatMap(({ id, content }) =>
    content ? [`${id} blob ${content.length}\n`, content, '\n'] : [`${id} missing\n`],
  );
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
}

function scan(pieces: readonly Uint8Array[], keep: number) {
  const found = new Map<string, ObjectStart>();
  const { read, missing } = createObjectScan(keep, (id, object) => void found.set(id, object));
  for (const piece of pieces) read(Buffer.from(piece));
  return { found: Object.fromEntries(found), missing };
}

const id = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 40, maxLength: 40 });
// Contents that look like the stream around them.
const content = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.constantFrom('', '\n', '\n\n', `${'a'.repeat(40)} missing\n`, `${'b'.repeat(40)} blob 3\nabc\n`).map(Buffer.from),
);
const objects = fc.uniqueArray(fc.record({ id, content: fc.option(content, { nil: undefined }) }), {
  selector: ({ id }) => id,
  maxLength: 6,
});

describe('the scan of git cat-file --batch', () => {
  test('gives the same answer however the stream is cut into pieces', () => {
    const cuts = fc.array(fc.nat(600));
    fc.assert(
      fc.property(objects, cuts, fc.nat(50), (stored, places, keep) => {
        const stream = answer(stored);
        const ends = [...places.map((place) => place % (stream.length + 1)), stream.length].sort((a, b) => a - b);
        const pieces = ends.map((end, index) => stream.subarray(ends[index - 1] ?? 0, end));
        const present = stored.flatMap(({ id, content }) => (content ? [[id, content] as const] : []));
        const starts = present.map(([name, bytes]) => [
          name,
          { size: bytes.length, start: Buffer.from(bytes.subarray(0, keep)) },
        ]);
        expect(scan(pieces, keep)).toEqual({
          found: Object.fromEntries(starts),
          missing: stored.filter(({ content }) => !content).map(({ id }) => id),
        });
      }),
      { numRuns: runs(500) },
    );
  });

  test('gives the same answer byte by byte', () => {
    fc.assert(
      fc.property(objects, (stored) => {
        const stream = answer(stored);
        const bytes = Array.from(stream, (_, index) => stream.subarray(index, index + 1));
        expect(scan(bytes, 10)).toEqual(scan([stream], 10));
      }),
    );
  });

  test('keeps no more than the first bytes of each object, and its whole size', () => {
    const large = { id: 'a'.repeat(40), content: Buffer.alloc(100_000, 'x') };
    expect(scan([answer([large])], 3).found).toEqual({ [large.id]: { size: 100_000, start: Buffer.from('xxx') } });
  });

  test('what it keeps does not change when git reuses the memory of a piece', () => {
    const piece = answer([{ id: 'a'.repeat(40), content: Buffer.from('secret') }]);
    const found = new Map<string, ObjectStart>();
    const { read } = createObjectScan(10, (id, object) => void found.set(id, object));
    read(piece);
    piece.fill(0);
    expect(found.get('a'.repeat(40))?.start.toString()).toBe('secret');
  });

  test('of nothing is nothing', () => {
    expect(scan([], 10)).toEqual({ found: {}, missing: [] });
  });
});
