import fc from 'fast-check';
import { anyText } from './any-text.ts';

/** Words that parsers of paths, ids, refs and dates have trouble with. */
const HOSTILE = [
  ...['', '.', '..', '../x', 'a/../b', '/etc/passwd', 'a//b', '.git', '.GIT/config', 'a\\b', 'C:', '%2e%2e/x', 'a\0b'],
  ...[
    'a\nb',
    '\ud800',
    '\u202e',
    '--upload-pack=x',
    'HEAD',
    '__proto__',
    'constructor',
    'toString',
    '0',
    '-1',
    '1e400',
  ],
  ...['9999-12-31T23:59:59Z', '0000-01-01T00:00:00Z', '2026-13-40T99:99:99Z', 'a'.repeat(40), 'A'.repeat(40)],
];
const NUMBERS = [0, -0, -1, 1.5, 2 ** 53 - 1, -(2 ** 53) + 1, 1e308];

const word = fc.oneof(fc.constantFrom(...HOSTILE), anyText());
const value = fc.oneof(word, fc.constantFrom(...NUMBERS), fc.constantFrom(null, true, [], {}), fc.jsonValue());
const change = fc.oneof(fc.record({ value }), fc.record({ name: word }), fc.constant({ value: undefined }));

/** JSON with some of its parts, or the names of them, replaced or gone. */
export function mutated(json: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const places = fc.array(fc.tuple(fc.nat(), change), { minLength: 1, maxLength: 3 });
  return fc.tuple(json, places).map(([whole, changes]) =>
    changes.reduce<unknown>((part, [place, how]) => {
      const paths = pathsOf(part);
      return replacePart(part, paths[place % paths.length] ?? [], how);
    }, whole),
  );
}

/** Anything that could stand where JSON should: a text, JSON of any form, and what `json` looks like with faults in it. */
export function brokenText(json: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const text = fc.oneof(json, mutated(json)).map((one) => JSON.stringify(one) ?? '');
  const cut = fc.tuple(text, fc.nat(), word).map(([whole, place, piece]) => {
    const at = place % (whole.length + 1);
    return whole.slice(0, at) + piece + whole.slice(at + 1);
  });
  return fc.oneof({ weight: 4, arbitrary: text }, cut, fc.json(), anyText());
}

type Change = { readonly value: unknown } | { readonly name: string };

/** JSON with another value, or another name, for what stands at a path; nothing in place of `undefined`. */
export function replacePart(json: unknown, path: readonly string[], how: Change): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return 'value' in how ? how.value : json;
  if (Array.isArray(json)) return json.map((one, index) => (`${index}` === key ? replacePart(one, rest, how) : one));
  const entries = Object.entries(json as object).map(([name, one]) => {
    if (name !== key) return [name, one];
    return rest.length === 0 && 'name' in how ? [how.name, one] : [name, replacePart(one, rest, how)];
  });
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
}

function pathsOf(json: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof json !== 'object' || json === null) return [path];
  return [path, ...Object.entries(json).flatMap(([key, one]) => pathsOf(one, [...path, key]))];
}
