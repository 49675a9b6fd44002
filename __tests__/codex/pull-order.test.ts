import { describe, expect, test } from '@jest/globals';
import { inTurns, type Pull, withDependents } from '../../src/codex/pull-plan.ts';
import { blobId } from '../../src/text/ids.ts';

const document = (id: string) => ({ id: blobId(id), executable: false });
const add = (path: string, id: string): Pull => ({ path, action: 'add', document: document(id) });
const edit = (path: string, id: string): Pull => ({
  path,
  action: 'modify',
  document: document(id),
  replaces: blobId('old'),
});
const remove = (path: string, replaces: string): Pull => ({
  path,
  action: 'delete',
  document: undefined,
  replaces: blobId(replaces),
});
const move = (path: string, replaces: string): Pull => ({ ...remove(path, replaces), because: 'moved' });

function refusedWith(pulls: readonly Pull[], refused: readonly string[], documents: Record<string, string> = {}) {
  const standing = new Map(Object.entries(documents).map(([path, id]) => [path, document(id)]));
  const all = withDependents(pulls, new Map(refused.map((path) => [path, 'why'])), { documents: standing });
  return [...all.keys()];
}

describe('what depends on something that is refused', () => {
  test('nothing, where nothing is', () => {
    expect(refusedWith([move('a.md', 'x'), add('b.md', 'x'), remove('c.md', 'y')], [])).toEqual([]);
  });

  test('a move whose text does not come; removals of other kinds do not wait', () => {
    const pulls = [move('a.md', 'x'), add('b.md', 'x'), remove('c.md', 'y')];
    expect(refusedWith(pulls, ['b.md'], { 'a.md': 'x', 'c.md': 'y' })).toEqual(['b.md', 'a.md']);
  });

  test('not a move whose text comes elsewhere too, or stays; what is written over does not stay', () => {
    const pulls = [move('a.md', 'x'), add('b.md', 'x')];
    expect(refusedWith([...pulls, add('c.md', 'x')], ['b.md'])).toEqual(['b.md']);
    expect(refusedWith(pulls, ['b.md'], { 'c.md': 'x' })).toEqual(['b.md']);
    expect(refusedWith([...pulls, edit('c.md', 'new')], ['b.md'], { 'c.md': 'x' })).toEqual(['b.md', 'a.md']);
  });

  test('what should stand where something stays, and the moves to there', () => {
    const pulls = [remove('a.md', 'x'), add('a.md/b.md', 'y'), move('c.md', 'y'), add('c.md/d.md', 'z')];
    expect(refusedWith(pulls, ['a.md'])).toEqual(['a.md', 'a.md/b.md', 'c.md', 'c.md/d.md']);
    expect(refusedWith([remove('a.md/b.md', 'x'), add('a.md', 'y')], ['a.md/b.md'])).toEqual(['a.md/b.md', 'a.md']);
  });
});

test('removals come first, but for moves that nobody needs the room of: those wait for their text', () => {
  const pulls = [add('b.md', 'x'), move('a.md', 'x'), move('c.md', 'y'), add('c.md/y.md', 'y'), remove('d.md', 'z')];
  const [first, then] = inTurns(pulls).map((turn) => turn.map(({ path }) => path));
  expect(first).toEqual(['c.md', 'd.md', 'b.md', 'c.md/y.md']);
  expect(then).toEqual(['a.md']);
});
