import fc from 'fast-check';

const SURROGATES = { first: 0xd800, count: 0x800 };

/** Any character, assigned or not: fast-check's own `binary`, which takes half a second to be made, in every file. */
const anyCharacter = fc.nat(0x10ffff - SURROGATES.count).map(
  (place) => String.fromCodePoint(place < SURROGATES.first ? place : place + SURROGATES.count),
  // The way back lets fast-check put its own dangerous words in.
  (character) => {
    const code = typeof character === 'string' && character.isWellFormed() ? character.codePointAt(0) : undefined;
    if (code === undefined || character !== String.fromCodePoint(code)) throw new Error('Not one character');
    return code < SURROGATES.first ? code : code - SURROGATES.count;
  },
);

/** Any text that is Unicode. */
export function anyText(limits: { readonly maxLength?: number } = {}): fc.Arbitrary<string> {
  return fc.string({ unit: anyCharacter, ...limits });
}
