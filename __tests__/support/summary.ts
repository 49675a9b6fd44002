/** A summary as a person reads it, more or less: without tags and entities. */
export function readable(markdown: string): string {
  return markdown
    .trimEnd()
    .replace(/<[^>]+>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
