import { pathProblem } from '../documents/paths.ts';
import type { Document } from '../documents/select.ts';
import { isDate, isObject, OBJECT_ID, parseObject } from '../text/json.ts';
import { sameRepository } from '../text/names.ts';

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
  const words = { codex, organization, project, environment, branch, commit, cachedAt };
  if (!Object.values(words).every((word) => typeof word === 'string')) return undefined;
  if (!OBJECT_ID.test(String(commit)) || !isDate(String(cachedAt))) return undefined;
  const documents = new Map<string, Document>();
  for (const [path, document] of Object.entries(json.documents)) {
    const { id, executable } = isObject(document) ? document : {};
    if (typeof id !== 'string' || !OBJECT_ID.test(id) || typeof executable !== 'boolean' || pathProblem(path))
      return undefined;
    documents.set(path, { id, executable });
  }
  return { ...(words as Record<keyof typeof words, string>), documents };
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
