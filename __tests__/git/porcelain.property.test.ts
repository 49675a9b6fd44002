import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createCutter, decodeName, parsePush, parseTreeEntry, splitNul } from '../../src/git/porcelain.ts';
import { parseListing } from '../support/listing.ts';

const [ONE, TWO] = ['1'.repeat(40), '2'.repeat(40)];
const NOTHING = Buffer.alloc(0);

function bytes(...pieces: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));
}

describe('whatever bytes git answers', () => {
  test('what was joined by NUL comes apart again', () => {
    const piece = fc.uint8Array().map((array) => Buffer.from(array.filter((byte) => byte !== 0)));
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(splitNul(bytes(...pieces.flatMap((one) => [one, '\0'])))).toEqual(pieces);
      }),
    );
  });

  test('an answer comes apart alike, however it arrives', () => {
    const output = fc.uint8Array({ max: 2 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(fc.array(output), (outputs) => {
        const pieces: Buffer[] = [];
        const { read, end } = createCutter(0, (piece) => pieces.push(Buffer.from(piece)));
        outputs.forEach(read);
        end();
        expect(pieces).toEqual(splitNul(Buffer.concat(outputs)));
        const written = pieces.flatMap((piece) => [piece, Buffer.from([0])]);
        const whole = Buffer.concat(outputs);
        expect(Buffer.concat(written).subarray(0, whole.length)).toEqual(whole);
      }),
    );
  });

  const id = fc.constantFrom(ONE, TWO);
  const mode = fc.constantFrom('100644', '100755', '120000', '160000');
  const name = fc
    .uint8Array({ minLength: 1, maxLength: 12 })
    .map((array) => Buffer.from(array.map((byte) => (byte === 0 ? 0x09 : byte))));
  /** As bytes that decode to a name, or as those that do not. */
  const named = fc.oneof(
    name,
    fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => bytes(text.replaceAll('\0', '\n'))),
  );

  test('a tree is read as it was written', () => {
    const entry = fc.record({ mode, type: fc.constantFrom('blob', 'tree', 'commit'), id, name: named });
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const output = bytes(...entries.flatMap((one) => [`${one.mode} ${one.type} ${one.id}\t`, one.name, '\0']));
        const said = entries.map(({ name: said, ...entry }) => ({ ...entry, path: decodeName(said) }));
        expect(splitNul(output).map(parseTreeEntry)).toEqual(said);
      }),
    );
  });

  test('a listing is read as it was written: nothing is lost, and nothing in two places', () => {
    const entry = fc.record({
      tag: fc.constantFrom('H', 'S', 'M', 'C', 'R', '?'),
      mode,
      id,
      stage: fc.nat(3),
      name: named,
    });
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: (one) => one.name.toString('latin1') }), (entries) => {
        const output = entries.flatMap(({ tag, mode, id, stage, name }) =>
          tag === '?' ? ['? ', name, '\0'] : [`${tag} ${mode} ${id} ${stage}\t`, name, '\0'],
        );
        const found = parseListing(bytes(...output), NOTHING);
        const paths = (wanted: (one: (typeof entries)[number]) => boolean) =>
          entries.filter(wanted).flatMap(({ name }) => decodeName(name) ?? []);
        const tracked = entries.filter(({ tag, name }) => tag !== '?' && decodeName(name) !== undefined);
        expect([...found.index]).toEqual(tracked.map(({ name, mode, id }) => [decodeName(name), { mode, id }]));
        expect([...found.changed]).toEqual(paths(({ tag }) => tag === 'C'));
        expect([...found.deleted]).toEqual(paths(({ tag }) => tag === 'R'));
        expect([...found.unmerged]).toEqual(paths(({ tag, stage }) => tag !== '?' && stage !== 0));
        const others = [...found.untracked, ...found.nested.map((path) => `${path}/`)];
        expect(others.sort()).toEqual(paths(({ tag }) => tag === '?').sort());
        const strange = entries.filter(({ name }) => decodeName(name) === undefined);
        expect(found.undecodable).toEqual(strange.map(({ name }) => name.toString('latin1')));
      }),
    );
  });

  test('nothing throws', () => {
    const piece = fc.oneof(
      fc.uint8Array(),
      fc.constantFrom(...['H 100644', '\t', '?', '? ', '\0', ' 0\ta\0'].map((text) => Buffer.from(text))),
    );
    const output = fc.array(piece).map((pieces) => Buffer.concat(pieces));
    fc.assert(
      fc.property(output, output, (one, other) => {
        splitNul(one).map(parseTreeEntry);
        parseListing(one, other);
      }),
    );
  });

  test('a push that git did not end well has not landed, and the words of the remote are one line', () => {
    const flag = fc.constantFrom(' ', '*', '=', '+', '!', '');
    const summary = fc.constantFrom(
      ...['abc..def', '[new branch]', '[rejected] (fetch first)', '[remote rejected] (hook declined)', '[up to date]'],
      '[remote rejected] (cannot lock ref)',
    );
    const line = fc.oneof(
      fc.tuple(flag, summary).map(([one, message]) => `${one}\tabc:refs/heads/test\t${message}`),
      fc.constantFrom('remote: landed', 'Done', 'To x', 'The requested URL returned error: 413', 'HTTP 200', ''),
      fc.string({ unit: 'grapheme' }),
    );
    const text = fc.array(line).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(fc.integer(), text, text, (exitCode, stdout, stderr) => {
        const outcome = parsePush(exitCode, stdout, stderr);
        expect(outcome.kind === 'accepted').toBe(exitCode === 0);
        if ('message' in outcome) expect(outcome.message).not.toMatch(/\n/);
      }),
    );
  });
});
