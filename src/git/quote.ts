const ESCAPES: Record<string, string> = { '\n': '\\n', '"': '\\"', '\\': '\\\\' };

/**
 * A name in git's C-style quotes, which it takes wherever names stand one a line or in a list: so a line break, a
 * quote or a separator in the name cannot end it.
 */
export function quoteName(name: string): string {
  return `"${name.replace(/[\n"\\]/g, (character) => ESCAPES[character] ?? character)}"`;
}
