// Control and format characters (line breaks, escapes, bidirectional overrides, zero-width ones), lone surrogates and
// line separators: what could forge a line of the log or show a name as another one.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A text from outside (a path, a branch, an input) as one harmless line: unprintable characters become `\u{…}`, and
 * what is longer than `most` characters is cut.
 */
export function printable(text: string, limit = Number.POSITIVE_INFINITY): string {
  const shown = text.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  const characters = shown.length > limit ? [...shown] : [];
  return characters.length > limit ? `${characters.slice(0, limit).join('')}…` : shown;
}
