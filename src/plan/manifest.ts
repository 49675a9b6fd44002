import { CodexSyncError } from '../errors.ts';
import { isRepository } from '../request/names.ts';
import { joinMany } from './join.ts';
import { isObject, OBJECT_ID, parseObject } from './json.ts';
import type { Layers, Preview, Previews } from './layers.ts';

/** Where the manifest stands in `projects/<project>` (design section 3.4). */
export const MANIFEST_FILE = '.codex-sync.json';
const MANIFEST_VERSION = 1;

/** Which commit of which repository and directory the documents were published from. */
export interface Source {
  readonly repository: string;
  readonly directory: string;
  readonly commit?: string;
  /** Committer date, UTC. */
  readonly date?: string;
  readonly ref?: string;
}

/**
 * Ownership and provenance: what this tool last published into the folder. `documents` has the blob ids that project and
 * codex agreed on, `previews` the layers of pull requests.
 */
export interface Manifest extends Layers {
  readonly source: Source | undefined;
}

/** Whether a branch, a tag or a promotion published documents, gone since or not: a first manifest may be a preview's. */
export function wasPublished({ documents, source }: Manifest): boolean {
  return documents.size > 0 || source?.commit !== undefined;
}

export const EMPTY_MANIFEST: Manifest = { documents: new Map(), source: undefined, previews: new Map() };

/**
 * Reads a manifest.
 * @returns `undefined` when it is unreadable (then nothing is owned)
 * @throws CodexSyncError `newer-manifest` for a newer version, which this version would damage
 */
export function parseManifest(text: string, where: string): Manifest | undefined {
  const json = parseObject(text);
  if (json === undefined) return undefined;
  if (typeof json.version === 'number' && json.version > MANIFEST_VERSION) {
    throw new CodexSyncError(
      'newer-manifest',
      `${where} has version ${json.version}, this is a codex-sync that knows version ${MANIFEST_VERSION}. Upgrade the action.`,
    );
  }
  const documents = parseDocuments(json.documents);
  const previews = json.previews === undefined ? new Map() : parsePreviews(json.previews);
  const source = parseSource(json.source);
  const whole = json.version === MANIFEST_VERSION && documents && previews && source;
  return whole ? { documents, previews, source } : undefined;
}

/** The manifest's text: keys sorted, two spaces, newline at the end, so that equal manifests are equal blobs. */
export function renderManifest(manifest: Manifest): string {
  const { source } = manifest;
  const previews = [...manifest.previews].map(([number, { commit, date, documents }]) => {
    return [number, { commit, date, documents }];
  });
  const json = {
    documents: manifest.documents,
    previews: previews.length > 0 ? Object.fromEntries(previews) : undefined,
    source,
    version: MANIFEST_VERSION,
  };
  function* texts() {
    yield* renderSorted(json, '');
    yield '\n';
  }
  return joinMany(texts());
}

/** JSON as `JSON.stringify` writes it, but for the order: an object puts keys that look like numbers first. */
function* renderSorted(object: Map<string, unknown> | Record<string, unknown>, indent: string): Generator<string> {
  const at = (key: string) => (object instanceof Map ? object.get(key) : object[key]);
  const keys =
    object instanceof Map ? [...object.keys()] : Object.keys(object).filter((key) => object[key] !== undefined);
  if (keys.length === 0) return yield '{}';
  const deeper = `${indent}  `;
  let start = `{\n${deeper}`;
  for (const key of keys.sort()) {
    const [name, value] = [`${start}${JSON.stringify(key)}: `, at(key)];
    start = `,\n${deeper}`;
    if (!isObject(value)) yield `${name}${JSON.stringify(value)}`;
    else {
      yield name;
      yield* renderSorted(value, deeper);
    }
  }
  yield `\n${indent}}`;
}

function parseDocuments(json: unknown): Map<string, string> | undefined {
  if (!isObject(json)) return undefined;
  const documents = new Map<string, string>();
  for (const path of Object.keys(json)) {
    const id = json[path];
    if (!isObjectId(id) || !isDocumentPath(path)) return undefined;
    documents.set(path, id);
  }
  return documents;
}

function parsePreviews(json: unknown): Previews | undefined {
  if (!isObject(json)) return undefined;
  const previews = new Map<number, Preview>();
  for (const [number, preview] of Object.entries(json)) {
    const parsed = /^[1-9]\d{0,14}$/.test(number) ? parsePreview(preview) : undefined;
    if (!parsed) return undefined;
    previews.set(Number(number), parsed);
  }
  return previews;
}

function parsePreview(json: unknown): Preview | undefined {
  if (!isObject(json) || !isObject(json.documents)) return undefined;
  const { commit, date } = json;
  if (!isObjectId(commit)) return undefined;
  if (date !== undefined && !(typeof date === 'string' && isName(date))) return undefined;
  const documents = new Map<string, string | null>();
  for (const [path, id] of Object.entries(json.documents)) {
    if (!isDocumentPath(path) || !(id === null || isObjectId(id))) return undefined;
    documents.set(path, id);
  }
  return { commit, date, documents };
}

function isObjectId(value: unknown): value is string {
  return typeof value === 'string' && OBJECT_ID.test(value);
}

function parseSource(json: unknown): Source | undefined {
  if (!isObject(json)) return undefined;
  const { repository, directory, commit, date, ref } = json;
  if (typeof repository !== 'string' || !isRepository(repository)) return undefined;
  if (typeof directory !== 'string' || !isName(directory)) return undefined;
  if (commit !== undefined && !isObjectId(commit)) return undefined;
  const optional = { commit, date, ref };
  const given = Object.entries(optional).filter(([, value]) => value !== undefined);
  if (!given.every(([, value]) => typeof value === 'string' && isName(value) && !/\p{Cc}/u.test(value)))
    return undefined;
  return { repository, directory, ...(Object.fromEntries(given) as Partial<Source>) };
}

/** A manifest is a file that anyone who can write to the codex can edit: its paths stay below the project's folder. */
function isDocumentPath(path: string): boolean {
  const parts = path.split('/');
  return (
    isName(path) &&
    path !== MANIFEST_FILE &&
    parts.every((part) => !['', '.', '..'].includes(part) && !/^\.git$/i.test(part))
  );
}

/** Whether a file could be named so: no argument of git and no URL takes the others. Line breaks are characters of names. */
function isName(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
