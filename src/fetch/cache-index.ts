import { createHash } from 'node:crypto';
import { clashFinder } from '../codex/path-clashes.ts';
import { OLD_VERSION } from '../documents/never-published.ts';
import { pathProblem } from '../documents/paths.ts';
import type { Document } from '../documents/select.ts';
import { LONGEST_TTL } from '../inputs/config-schema.ts';
import { documentReference, documentUri, type Reference } from '../inputs/references.ts';
import { isDate, isObject, OBJECT_ID, parseObject } from '../text/bytes.ts';
import { type BlobId, blobId } from '../text/ids.ts';
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
    documents.set(path, { id: blobId(id), executable });
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

const INDEX_VERSION = '4.0';

export interface CachedDocument extends DocumentsOrigin {
  readonly path: string;
  /** Commit of the codex that it was fetched at. */
  readonly commit: string;
  readonly blob: BlobId;
  /** UTC. */
  readonly cachedAt: string;
  /** Seconds. */
  readonly ttl: number;
  /** Bytes. */
  readonly size: number;
}

export interface CacheIndex {
  readonly documents: readonly CachedDocument[];
  readonly found: 'index' | 'nothing' | 'old layout' | 'damaged';
}

const EMPTY_INDEX: CacheIndex = { documents: [], found: 'nothing' };

/** Drops invalid entries: the index is only a cache's, and counts as damaged. */
export function parseIndex(text: string | undefined): CacheIndex {
  if (text === undefined) return EMPTY_INDEX;
  const json = parseObject(text);
  if (json?.version === OLD_VERSION) return { documents: [], found: 'old layout' };
  if (json?.version !== INDEX_VERSION || !Array.isArray(json.entries)) return { documents: [], found: 'damaged' };
  const documents = json.entries.map(parseEntry).filter((entry) => entry !== undefined);
  return { documents, found: documents.length === json.entries.length ? 'index' : 'damaged' };
}

export function renderIndex(documents: readonly CachedDocument[]): string {
  const entries = [...documents]
    .sort((one, other) => (pathOnDisk(one) < pathOnDisk(other) ? -1 : 1))
    .map((document) => ({
      uri: documentUri(document.organization, document.project, document.path),
      reference: documentReference(document.project, document.path),
      path: pathOnDisk(document),
      env: document.environment,
      codex: document.codex,
      branch: document.branch,
      commit: document.commit,
      blob: document.blob,
      cached_at: document.cachedAt,
      expires_at: expiresAt(document),
      ttl: document.ttl,
      size_bytes: document.size,
    }));
  return `${JSON.stringify({ version: INDEX_VERSION, entries }, null, 2)}\n`;
}

export function pathOnDisk(document: Omit<DocumentsOrigin, 'codex' | 'branch'> & { readonly path: string }): string {
  return `${originFolder(document)}/${document.path}`;
}

/** The difference between the clocks of two machines. */
const MAX_CLOCK_SKEW_SECONDS = 300;

/** A future date is forged: a checkout may contain a committed cache, and such a copy would stay the newest forever. */
export function isOfTheFuture({ cachedAt }: Pick<CachedDocument, 'cachedAt'>, now: Date): boolean {
  return Date.parse(cachedAt) > now.getTime() + MAX_CLOCK_SKEW_SECONDS * 1000;
}

export function expiresAt({ cachedAt, ttl }: Pick<CachedDocument, 'cachedAt' | 'ttl'>): string {
  return new Date(Date.parse(cachedAt) + ttl * 1000).toISOString();
}

/** Obsolete under `origin`: of another codex or branch, matched but not in the answer, or blocking its paths. */
export function planRemovals(
  documents: readonly CachedDocument[],
  origin: DocumentsOrigin,
  references: readonly Reference[],
  answer: ReadonlySet<string>,
): CachedDocument[] {
  const findClash = clashFinder(answer);
  return documents.filter((document) => {
    if (originFolder(document) !== originFolder(origin)) return false;
    if (!sameOrigin(document, origin)) return true;
    if (answer.has(document.path)) return false;
    return references.some(({ matches }) => matches(document.path)) || findClash(document.path) !== undefined;
  });
}

export function planIndex(
  documents: readonly CachedDocument[],
  removed: readonly CachedDocument[],
  added: readonly CachedDocument[],
): CachedDocument[] {
  const gone = new Set([...removed, ...added].map(pathOnDisk));
  return [...documents.filter((document) => !gone.has(pathOnDisk(document))), ...added];
}

const URI = /^codex:\/\/([^/]+)\/([^/]+)\/(.+)$/s;

/** The path follows from the other values, and must agree with them. */
function parseEntry(json: unknown): CachedDocument | undefined {
  if (!isObject(json)) return undefined;
  const { uri, path: onDisk, env, codex, branch, commit, blob, cached_at, ttl, size_bytes } = json;
  const text = { uri, onDisk, env, codex, branch, commit, blob, cached_at };
  if (!Object.values(text).every((text) => typeof text === 'string')) return undefined;
  const given = text as Record<keyof typeof text, string>;
  const [, organization = '', project = '', path = ''] = URI.exec(given.uri) ?? [];
  const document: CachedDocument = {
    codex: given.codex,
    organization,
    project,
    environment: given.env,
    branch: given.branch,
    path,
    commit: given.commit,
    blob: blobId(given.blob),
    cachedAt: given.cached_at,
    ttl: Number(ttl),
    size: Number(size_bytes),
  };
  const whole =
    pathProblem(given.onDisk) === undefined &&
    pathOnDisk(document) === given.onDisk &&
    OBJECT_ID.test(given.blob) &&
    isDate(given.cached_at) &&
    OBJECT_ID.test(given.commit) &&
    isCount(ttl) &&
    ttl <= LONGEST_TTL &&
    isCount(size_bytes);
  return whole ? document : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
