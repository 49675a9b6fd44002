import { createHash } from 'node:crypto';

const ids = new Map<string, string>();
/** A history has a few thousand texts; several thousand histories run in one process. */
const MAX_IDS = 50_000;

/** The id that git gives to a text. */
export function idOf(text: string): string {
  const known = ids.get(text);
  if (known !== undefined) return known;
  if (ids.size > MAX_IDS) ids.clear();
  const bytes = Buffer.from(text);
  const id = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
  ids.set(text, id);
  return id;
}

/** Globs of paths, refs and projects: `**`, `*`, `?`. Of brackets and braces the histories have none. */
const globs = new Map<string, RegExp>();
export function matches(glob: string, text: string): boolean {
  let pattern = globs.get(glob);
  if (pattern === undefined) {
    const parts = glob.split(/(\*\*\/|\*\*|\*|\?)/).map((part) => {
      if (part === '**/') return '(?:.*/)?';
      if (part === '**') return '.*';
      if (part === '*') return '[^/]*';
      return part === '?' ? '[^/]' : part.replace(/[.+^${}()|[\]\\]/g, '\\$&');
    });
    pattern = new RegExp(`^${parts.join('')}$`, 's');
    globs.set(glob, pattern);
  }
  return pattern.test(text);
}
