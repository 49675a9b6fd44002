import type { UnmatchedPattern } from '../documents/unmatched-patterns.ts';
import { nameSome } from '../text/phrases.ts';
import { printable } from '../text/printable.ts';

/** Where to correct the patterns of an input. */
const INPUTS = { include: '"include" (sync_patterns)', 'include-ignored': '"include-ignored"' } as const;
const MAX_SHOWN = 200;

/** The patterns that select nothing, in a sentence for each input. */
export function unmatchedSentences(unmatched: readonly UnmatchedPattern[]): string[] {
  return (['include', 'include-ignored'] as const).flatMap((input) => {
    const named = unmatched.filter((one) => one.input === input).map(unmatchedPhrase);
    if (named.length === 0) return [];
    return named.length === 1
      ? [`A pattern of ${INPUTS[input]} selects no document: ${named[0]}. Correct or remove it.`]
      : [`Patterns of ${INPUTS[input]} select no document: ${nameSome(named)}. Correct or remove them.`];
  });
}

/** All patterns of `include`, those that select nothing with what was probably meant. */
export function includePhrases(include: readonly string[], unmatched: readonly UnmatchedPattern[]): string[] {
  const known = new Map(unmatched.flatMap((one) => (one.input === 'include' ? [[one.glob, one] as const] : [])));
  return include.map((glob) => {
    const one = known.get(glob);
    return one ? unmatchedPhrase(one) : printable(glob, MAX_SHOWN);
  });
}

/** `CHANGLOG.md (did you mean CHANGELOG.md?)` */
function unmatchedPhrase(one: UnmatchedPattern): string {
  const why = reasonOf(one);
  return `${printable(one.glob, MAX_SHOWN)}${why === undefined ? '' : ` (${why})`}`;
}

function reasonOf({ input, why }: UnmatchedPattern): string | undefined {
  switch (why.kind) {
    case 'misspelled': {
      const meant = printable(why.meant, MAX_SHOWN);
      return why.inCaseOnly ? `${meant} differs from it in case` : `did you mean ${meant}?`;
    }
    case 'excluded':
      return `"exclude" leaves out all that it matches, such as ${printable(why.path, MAX_SHOWN)}`;
    case 'left out':
      return `nothing that it matches is published: ${printable(why.path, MAX_SHOWN)}, ${printable(why.reason)}`;
    case 'another repository':
      return `${printable(why.path, MAX_SHOWN)} is another repository: remove its .git before this step, or publish it from there`;
    case 'ignored':
      return `git ignores ${printable(why.path, MAX_SHOWN)}: name it in "include-ignored"`;
    case 'not ignored':
      return `git does not ignore what it matches, such as ${printable(why.path, MAX_SHOWN)}: that is for "include"`;
    default:
      return input === 'include' ? undefined : 'no file that git ignores';
  }
}
