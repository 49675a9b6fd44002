import { createHash } from 'node:crypto';
import { pathProblem } from '../documents/paths.ts';
import type { Document } from '../documents/select.ts';
import type { Reference } from '../inputs/references.ts';
import { isDate, isObject, OBJECT_ID, parseObject } from '../text/json.ts';
import { sameRepository } from '../text/names.ts';

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

/** Where documents of one project come from. Those of another origin are never served in their place. */
export interface Origin {
  /** `owner/name` of the codex. */
  readonly codex: string;
  readonly organization: string;
  readonly project: string;
  readonly environment: string;
  readonly branch: string;
}

/** What a copy of documents says of itself (design section 3.5): its record in an entry of the Actions cache. */
export interface CopyRecord extends Origin {
  /** Commit of the codex. */
  readonly commit: string;
  /** When it was fetched, UTC. */
  readonly cachedAt: string;
  /** Path in the project's folder -> document. */
  readonly documents: ReadonlyMap<string, Document>;
}

const RECORD_VERSION = 1;

/** The record's text. */
export function renderRecord({ documents, ...record }: CopyRecord): string {
  const plain = [...documents].map(([path, { id, executable }]) => [path, { id, executable }]);
  return `${JSON.stringify({ version: RECORD_VERSION, ...record, documents: Object.fromEntries(plain) }, null, 2)}\n`;
}

/** Reads a record; `undefined` when it is damaged or of a version that this one does not know. */
export function parseRecord(text: string): CopyRecord | undefined {
  const json = parseObject(text);
  if (json?.version !== RECORD_VERSION || !isObject(json.documents)) return undefined;
  const { codex, organization, project, environment, branch, commit, cachedAt } = json;
  const strings = { codex, organization, project, environment, branch, commit, cachedAt };
  if (!Object.values(strings).every((value) => typeof value === 'string')) return undefined;
  if (!OBJECT_ID.test(String(commit)) || !isDate(String(cachedAt))) return undefined;
  const documents = new Map<string, Document>();
  for (const [path, document] of Object.entries(json.documents)) {
    const { id, executable } = isObject(document) ? document : {};
    if (typeof id !== 'string' || !OBJECT_ID.test(id) || typeof executable !== 'boolean' || pathProblem(path))
      return undefined;
    documents.set(path, { id, executable });
  }
  return { ...(strings as Record<keyof typeof strings, string>), documents };
}

/**
 * Whether both are one place. GitHub compares repositories without regard to case; everything else is part of a path, and
 * another spelling of it is another folder.
 */
export function sameOrigin(one: Origin, other: Origin): boolean {
  return (
    sameRepository(one.codex, other.codex) &&
    one.organization === other.organization &&
    one.project === other.project &&
    one.environment === other.environment &&
    one.branch === other.branch
  );
}

/** Where the documents of an origin lie below the cache directory: `<org>/<project>/<env>` (FR5). */
export function originFolder({ organization, project, environment }: Omit<Origin, 'codex' | 'branch'>): string {
  return `${organization}/${project}/${environment}`;
}
