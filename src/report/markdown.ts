import { printable } from '../text/printable.ts';

// Mentions and references are looked for after entities were read: an invisible space behind their mark ends them.
const BREAK = '&#8203;';

/**
 * A text from outside as a piece of Markdown that shows just that text: every character that Markdown, HTML or GitHub's
 * own marks (mentions, references) could read is written as an entity.
 */
export function markdownText(text: string): string {
  return printable(text)
    .replace(/[^\p{L}\p{N} /.,()-]/gu, (character) => `&#${character.codePointAt(0)};`)
    .replace(/&#(?:64|35);/g, `$&${BREAK}`)
    .replace(/www\./gi, (address) => address.replace('.', '&#46;'));
}

/** The same in the type of code. */
export function markdownCode(text: string): string {
  return `<code>${markdownText(text)}</code>`;
}

/** A link; `url` is one that this tool composed. */
export function markdownLink(text: string, url: string): string {
  return `<a href="${url.replaceAll('"', '%22')}">${markdownText(text)}</a>`;
}

/** A path as the part of a URL that names it. */
export function urlPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
