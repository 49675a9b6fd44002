/**
 * A line that GitHub's runner takes for no command of its own: it does where one starts with `::`, or holds `##[`. Blanks
 * before it are those of .NET.
 */
export function neutral(text: string): string {
  return text.replace(/^([\s\u0085]*):(?=:)/gm, '$1\u200b:').replaceAll('##[', '##\u200b[');
}
