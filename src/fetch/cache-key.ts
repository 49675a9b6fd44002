import { createHash } from 'node:crypto';
import type { Document } from '../documents/select.ts';
import type { Reference } from '../inputs/references.ts';
import { type Origin, originFolder } from './cache-record.ts';

/** Every key of this product begins so. */
export const KEY_PREFIX = 'codex/';

/** The environment of the entry under a key: `codex/<org>/<project>/<env>/…`. */
export function keyEnvironment(key: string): string | undefined {
  return key.split('/')[3];
}

/** The keys of one project's entry in the Actions cache (FR5; design section 3.5). */
export interface CacheKeys {
  /** Question and answer; `undefined` while the codex has not answered. */
  readonly primary: string | undefined;
  /** Beginning of every key of this question: the same codex, branch and references. */
  readonly question: string;
  /** Beginning of every key of this project and environment. */
  readonly environment: string;
}

/**
 * The keys for what `references` resolve to. Another project's push changes none of them; a changed document, another
 * branch, another codex or another environment changes the key, so that an exact hit is never another answer's.
 * @param documents `undefined` while the codex has not answered
 */
export function planCacheKeys(
  origin: Origin,
  references: readonly Reference[],
  documents: ReadonlyMap<string, Document> | undefined,
): CacheKeys {
  const environment = `${KEY_PREFIX}${originFolder(origin)}/`;
  const asked = [...new Set(references.map(({ path }) => path))].sort();
  const question = `${environment}${digest([origin.codex.toLowerCase(), origin.branch, asked])}-`;
  const answer = documents && [...documents].map(([path, { id }]) => [path, id]).sort(byPath);
  return { primary: answer && question + digest(answer), question, environment };
}

/** Whether a key is that of exactly this answer: the primary one, or that of an entry which replaces a damaged one. */
export function isAnswerKey({ primary }: CacheKeys, key: string | undefined): boolean {
  return primary !== undefined && key !== undefined && (key === primary || key.startsWith(`${primary}-`));
}

/** The key to save an answer under. An entry cannot be replaced: where `found` is one of it, a suffix makes it another. */
export function planSaveKey(keys: CacheKeys, found: string | undefined, now: Date): string | undefined {
  return isAnswerKey(keys, found) ? `${keys.primary}-${now.getTime().toString(36)}` : keys.primary;
}

/** What to look for, best first: what replaces a damaged entry before the entry itself. */
export function planLookup({ primary, question, environment }: CacheKeys): string[] {
  return [...(primary === undefined ? [] : [`${primary}-`, primary]), question, environment];
}

function byPath([one = '']: readonly string[], [other = '']: readonly string[]): number {
  return one < other ? -1 : 1;
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}
