// Characters that could forge a line of the log or disguise a name: control and format characters (line breaks,
// escapes, bidirectional overrides, zero-width ones), lone surrogates and line separators.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Makes text from outside one harmless line: escapes unprintable characters as `\u{…}`, and cuts at `limit`. */
export function printable(text: string, limit = Number.POSITIVE_INFINITY): string {
  const shown = text.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  const characters = shown.length > limit ? [...shown] : [];
  return characters.length > limit ? `${characters.slice(0, limit).join('')}…` : shown;
}
