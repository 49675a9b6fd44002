import { clashFinder } from '../codex/path-clashes.ts';
import { OLD_VERSION } from '../documents/fetched.ts';
import { pathProblem } from '../documents/paths.ts';
import { LONGEST_TTL } from '../inputs/config-schema.ts';
import { documentReference, documentUri, type Reference } from '../inputs/references.ts';
import { isDate, isObject, OBJECT_ID, parseObject } from '../text/json.ts';
import { type DocumentsOrigin, originFolder, sameOrigin } from './cache-key.ts';

const INDEX_VERSION = '4.0';

export interface CachedDocument extends DocumentsOrigin {
  readonly path: string;
  /** Commit of the codex that it was fetched at. */
  readonly commit: string;
  readonly blob: string;
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
    blob: given.blob,
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
