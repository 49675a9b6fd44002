import { createHash } from 'node:crypto';
import { pathProblem } from '../documents/paths.ts';
import type { Document } from '../documents/select.ts';
import type { Reference } from '../inputs/references.ts';
import { isDate, isObject, OBJECT_ID, parseObject } from '../text/json.ts';
import { sameRepository } from '../text/names.ts';

/** Prefix of every key of this product. */
export const KEY_PREFIX = 'codex/';

/** The environment of `codex/<org>/<project>/<env>/…`. */
export function keyEnvironment(key: string): string | undefined {
  return key.split('/')[3];
}

/** The keys of one project's entry in the Actions cache (FR5; design section 3.5). */
export interface CacheKeys {
  /** Question and answer; `undefined` while the codex has not answered. */
  readonly primary: string | undefined;
  /** Prefix of every key of this question: the same codex, branch and references. */
  readonly question: string;
  /** Prefix of every key of this project and environment. */
  readonly environment: string;
}

/** No other project affects them. They differ by codex, branch, environment and answer, so an exact hit is right. */
export function planCacheKeys(
  origin: DocumentsOrigin,
  references: readonly Reference[],
  documents: ReadonlyMap<string, Document> | undefined,
): CacheKeys {
  const environment = `${KEY_PREFIX}${originFolder(origin)}/`;
  const asked = [...new Set(references.map(({ path }) => path))].sort();
  const question = `${environment}${digest([origin.codex.toLowerCase(), origin.branch, asked])}-`;
  const answer = documents && [...documents].map(([path, { id }]) => [path, id]).sort(byPath);
  return { primary: answer && question + digest(answer), question, environment };
}

/** Whether a key is the answer's primary key, or that of a replacement for its damaged entry. */
export function isAnswerKey({ primary }: CacheKeys, key: string | undefined): boolean {
  return primary !== undefined && key !== undefined && (key === primary || key.startsWith(`${primary}-`));
}

/** The cache cannot replace entries, so a second entry for the same answer gets a suffix. */
export function planSaveKey(keys: CacheKeys, found: string | undefined, now: Date): string | undefined {
  return isAnswerKey(keys, found) ? `${keys.primary}-${now.getTime().toString(36)}` : keys.primary;
}

/** Best first: the replacement of a damaged entry comes before the entry itself. */
export function planLookup({ primary, question, environment }: CacheKeys): string[] {
  return [...(primary === undefined ? [] : [`${primary}-`, primary]), question, environment];
}

function byPath([one = '']: readonly string[], [other = '']: readonly string[]): number {
  return one < other ? -1 : 1;
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}

/** The origin of one project's documents. Copies of another origin never replace them. */
export interface DocumentsOrigin {
  /** `owner/name` */
  readonly codex: string;
  readonly organization: string;
  readonly project: string;
  readonly environment: string;
  readonly branch: string;
}

/** The record in an entry of the Actions cache (design section 3.5). */
export interface CopyRecord extends DocumentsOrigin {
  readonly commit: string;
  /** UTC. */
  readonly cachedAt: string;
  readonly documents: ReadonlyMap<string, Document>;
}

const RECORD_VERSION = 1;

export function renderRecord({ documents, ...record }: CopyRecord): string {
  const plain = [...documents].map(([path, { id, executable }]) => [path, { id, executable }]);
  return `${JSON.stringify({ version: RECORD_VERSION, ...record, documents: Object.fromEntries(plain) }, null, 2)}\n`;
}

/** `undefined` if the record is damaged or of another version. */
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

/** GitHub ignores case in repository names; all other parts form a path, where case matters. */
export function sameOrigin(one: DocumentsOrigin, other: DocumentsOrigin): boolean {
  return (
    sameRepository(one.codex, other.codex) &&
    one.organization === other.organization &&
    one.project === other.project &&
    one.environment === other.environment &&
    one.branch === other.branch
  );
}

/** `<org>/<project>/<env>` below the cache directory (FR5). */
export function originFolder({
  organization,
  project,
  environment,
}: Omit<DocumentsOrigin, 'codex' | 'branch'>): string {
  return `${organization}/${project}/${environment}`;
}
