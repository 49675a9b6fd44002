import { CODE_SIZE, type Run } from './svg.ts';

/** Characters of Arial by their width in thousandths of the font's size; what is not named is as wide as a digit. */
const WIDTHS: readonly (readonly [number, string])[] = [
  [222, "'|ijl"],
  [278, ' !,./:;I[\\]ft'],
  [333, '()-"`r{}'],
  [500, 'Jcksvxyz*'],
  [611, 'FTZ+<=>~'],
  [667, 'ABEKPSVXY&'],
  [722, 'CDHNRUw'],
  [778, 'GOQ'],
  [889, 'Mm%'],
  [1000, 'W@…→—'],
];
const WIDTH_OF = new Map(WIDTHS.flatMap(([width, all]) => [...all].map((one) => [one, width] as const)));
const USUAL = 556;
const EMOJI = 1400;

/** The fonts of other systems are wider than Arial, and bold text is. */
const ROOM_FOR_FONTS = 1.06;
const BOLD = 1.06;
/** A letter of a monospaced font. */
export const CELL = 0.602;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function lettersOf(text: string): string[] {
  return [...graphemes.segment(text)].map(({ segment }) => segment);
}

/** How many letters of a terminal a text is wide: an emoji is two. */
export function cellsOf(text: string): number {
  return lettersOf(text).reduce((sum, one) => sum + (isInvisible(one) ? 0 : isWide(one) ? 2 : 1), 0);
}

/** About how wide a text is in a proportional font of so many pixels, rather too wide than too narrow. */
export function widthOf(run: Run, size: number): number {
  if (run.code) return cellsOf(run.text) * CELL * size * CODE_SIZE;
  const units = lettersOf(run.text).map((one) =>
    isInvisible(one) ? 0 : isWide(one) ? EMOJI : (WIDTH_OF.get(one) ?? USUAL),
  );
  const sum = units.reduce((all, one) => all + one, 0);
  return (sum / 1000) * size * ROOM_FOR_FONTS * (run.bold ? BOLD : 1);
}

/** Where a text may be broken: rather at a blank, an address behind a slash, and anywhere only where nothing else helps. */
const [BLANK, SLASH, ANYWHERE] = [/(?<= )(?=[^ ])/, /(?<=[^/]\/)(?=[^/])/, /(?:)/u];

/** Wraps text to lines; what is longer than half a line is broken as an address, and what is longer than a line anywhere. */
export function wrapRuns(runs: readonly Run[], room: number, measure: (run: Run) => number): Run[][] {
  const lines: Run[][] = [[]];
  let left = room;
  const visible = (run: Run) => measure({ ...run, text: run.text.trimEnd() });
  const words = runs.flatMap((run) => split(run, BLANK));
  const pieces = words
    .flatMap((word) => (visible(word) > room / 2 ? split(word, SLASH) : [word]))
    .flatMap((piece) => (visible(piece) > room ? split(piece, ANYWHERE) : [piece]));
  for (const piece of pieces) {
    if (visible(piece) > left) {
      lines.push([]);
      left = room;
    }
    lines.at(-1)?.push(piece);
    left -= measure(piece);
  }
  return lines.map(joinAlike);
}

function split(run: Run, where: RegExp): Run[] {
  return run.text.split(where).map((text) => ({ ...run, text }));
}

function joinAlike(runs: readonly Run[]): Run[] {
  const joined: Run[] = [];
  for (const run of runs) {
    const last = joined.at(-1);
    const isAlike = last && JSON.stringify({ ...last, text: '' }) === JSON.stringify({ ...run, text: '' });
    if (isAlike) joined[joined.length - 1] = { ...run, text: last.text + run.text };
    else joined.push(run);
  }
  const end = joined.pop();
  return end ? [...joined, { ...end, text: end.text.trimEnd() }] : [];
}

function isWide(grapheme: string): boolean {
  return /\p{Emoji_Presentation}|\ufe0f|[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(
    grapheme,
  );
}

function isInvisible(grapheme: string): boolean {
  return /^[\p{Cf}\p{Mn}]+$/u.test(grapheme);
}
