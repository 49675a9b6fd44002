/** Words of Markdown that are the same on every machine: what a seed gives, it gives always. */

const SYLLABLES = 'ba co de fi gu la me no pa ri so tu va en ter ing al ment tion er or st an ul qui per'.split(' ');
const VOCABULARY = 3000;

/** Numbers from 0 up to 1: Marsaglia's xorshift of 32 bits. */
export function numbersFrom(seed: number): () => number {
  // Seeds that are neighbours must not begin alike, and 0 would stay 0.
  let state = Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let skipped = 0; skipped < 4; skipped++) next();
  return next;
}

function makeVocabulary(): string[] {
  const next = numbersFrom(1);
  const syllable = () => SYLLABLES[Math.floor(next() * SYLLABLES.length)] ?? '';
  return Array.from({ length: VOCABULARY }, () =>
    Array.from({ length: 1 + Math.floor(next() * 4) }, syllable).join(''),
  );
}
const vocabulary = makeVocabulary();

/** Rather few: the docs of Argo CD, of Renovate and of Vite have 6.6, 9.5 and 9.7 KB on average. */
const PARAGRAPHS = 18;

/** A document of about 5 KB; as in a language, few words are used often, so that it packs as text does. */
export function writeDocument(title: string, seed: number): string {
  const next = numbersFrom(seed);
  const word = () => vocabulary[Math.floor(next() ** 3 * VOCABULARY)] ?? '';
  const words = (count: number) => Array.from({ length: count }, word).join(' ');
  const paragraphs = Array.from({ length: PARAGRAPHS }, (_, index) => {
    const heading = index % 2 === 0 ? `## ${words(3)}\n\n` : '';
    return `${heading}${words(20 + Math.floor(next() * 44))}.`;
  });
  return `# ${title}\n\n${paragraphs.join('\n\n')}\n`;
}
