/** A summary as a person reads it, more or less: without tags and entities. */
export function readable(markdown: string): string {
  return markdown
    .trimEnd()
    .replace(/<[^>]+>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}

/** The tags that this tool writes. */
const ownTag = /^<(?:a href="https?:\/\/[^"<>|\s]*"|\/a|\/?(?:code|details|summary|b))>$/;

/**
 * What GitHub would make of a text from outside that was not written as one: other tags, links, images and code, and, outside
 * of code and links, where it looks for them behind the entities, mentions and references.
 */
export function liveMarks(summary: string): string[] {
  // Inputs to copy, made of names that can be names of projects and environments.
  const markdown = summary.replace(/^```yaml\n(?:[a-z0-9-]+: .*\n| {2}[\w.-]+\n)+```$/gm, '');
  const tags = markdown.match(/<[^>]*>?/g) ?? [];
  const prose = markdown.replace(/<(code|a)\b[^>]*>.*?<\/\1>/gs, '');
  return [
    ...tags.filter((tag) => !ownTag.test(tag)),
    ...(markdown.match(/\]\(|!\[|`|www\.|(?<!href=")https?:\/\//gi) ?? []),
    ...(readable(prose).match(/@[A-Za-z0-9]+|#\d+/g) ?? []),
  ];
}
