import { MANIFEST_FILE } from '../documents/paths.ts';
import { CodexSyncError } from '../errors.ts';
import { isObject, joinMany, OBJECT_ID, parseObject } from '../text/bytes.ts';
import { type BlobId, blobId } from '../text/ids.ts';
import { isRepository } from '../text/names.ts';
import { inputName } from '../text/spell-inputs.ts';
import {
  type Overlay,
  type Preview,
  type PreviewKey,
  type Previews,
  parsePreviewKey,
  pullRequestOf,
} from './overlay.ts';

const MANIFEST_VERSION = 2;
/** Without `source.line`, branch previews and holds: read, and rewritten by the next run that writes. */
const FIRST_VERSION = 1;

/** `release`: runs on the release line selected every text of `documents`; else `stable`. */
export const LINES = ['release', 'stable'] as const;
export type Line = (typeof LINES)[number];

export interface Source {
  readonly repository: string;
  readonly directory: string;
  readonly commit?: string;
  /** Committer date, UTC. */
  readonly date?: string;
  readonly ref?: string;
  readonly line?: Line;
  /** Number of published documents whose text is not in `commit`: generated or changed in the job. */
  readonly uncommitted?: number;
  /** Patterns of the last run, and of earlier ones whose documents are left. */
  readonly patterns?: readonly UsedPatterns[];
  /** Number of published documents that a ref other than `ref` left, never on the release line. */
  readonly otherRefs?: number;
}

export interface UsedPatterns {
  /** From `digestPatterns`. */
  readonly digest: string;
  /** The workflow's file; none at a terminal. */
  readonly workflow?: string;
}

/** Documents that a roll-back took back and keeps from publication (design section 4, "A roll-back holds"). */
export interface Hold {
  /** The source commit that was taken back, and its ref. */
  readonly commit: string;
  readonly ref?: string;
  /** Changed document -> blob id of the text that was taken back; `null` where that had removed it. */
  readonly documents: ReadonlyMap<string, BlobId | null>;
  /** UTC. */
  readonly since: string;
  readonly run?: string;
  readonly reason?: string;
}

/**
 * Ownership and provenance: the last publication of this tool in the folder. `documents` has the blob ids that project
 * and codex agreed on, `previews` those of pull requests and branches.
 */
export interface Manifest extends Overlay {
  readonly source: Source | undefined;
  readonly held?: Hold;
  /** Number of `documents` when deletions were withheld that still wait, if runs have added documents since. */
  readonly withheldOf?: number;
}

/** The line of `documents`. In version 1, which lacks it, the usual names of the release line count. */
export function lineOf(source: Source | undefined): Line | undefined {
  if (source?.commit === undefined) return undefined;
  if (source.line !== undefined) return source.line;
  return /^refs\/(?:tags\/.+|heads\/(?:main|master))$/s.test(source.ref ?? '') ? 'release' : 'stable';
}

/** Whether a branch, a tag or a promotion ever published documents: a first manifest may be a preview's. */
export function wasPublished({ documents, source }: Manifest): boolean {
  return documents.size > 0 || source?.commit !== undefined;
}

export const EMPTY_MANIFEST: Manifest = { documents: new Map(), source: undefined, previews: new Map() };

/**
 * Returns `undefined` for an unreadable manifest (then nothing is owned).
 * @throws CodexSyncError `newer-manifest` for a newer version, which this version would damage
 */
export function parseManifest(text: string, where: string): Manifest | undefined {
  const json = parseObject(text);
  if (json === undefined) return undefined;
  if (typeof json.version === 'number' && json.version > MANIFEST_VERSION) {
    throw new CodexSyncError(
      'newer-manifest',
      `${where} has version ${json.version}, but this codex-sync supports version ${MANIFEST_VERSION}.`,
      'Upgrade the action.',
    );
  }
  const isFirstVersion = json.version === FIRST_VERSION;
  if (!isFirstVersion && json.version !== MANIFEST_VERSION) return undefined;
  const documents = parseDocuments(json.documents);
  const previews = json.previews === undefined ? new Map() : parsePreviews(json.previews, isFirstVersion);
  const source = parseSource(json.source);
  const held = json.held === undefined || isFirstVersion ? 'none' : parseHold(json.held);
  const { withheldOf } = json;
  if (!documents || !previews || !source || !held || !isOptionalCount(withheldOf)) return undefined;
  return {
    documents,
    previews,
    source,
    ...(held !== 'none' && { held }),
    ...(withheldOf !== undefined && { withheldOf }),
  };
}

/** Keys sorted, two spaces, newline at the end, so that equal manifests are equal blobs. */
export function renderManifest(manifest: Manifest): string {
  const { documents, previews, source, held, withheldOf } = manifest;
  const json = {
    documents,
    held,
    previews: previews.size > 0 ? previews : undefined,
    source,
    version: MANIFEST_VERSION,
    withheldOf,
  };
  function* texts() {
    yield* renderSorted(json, '');
    yield '\n';
  }
  return joinMany(texts());
}

/** JSON like `JSON.stringify` except for the order: an object puts keys that look like numbers first. */
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
    if (!isObject(value)) yield `${name}${JSON.stringify(value, undefined, 2).replaceAll('\n', `\n${deeper}`)}`;
    else {
      yield name;
      yield* renderSorted(value, deeper);
    }
  }
  yield `\n${indent}}`;
}

function parseDocuments(json: unknown): Map<string, BlobId> | undefined {
  if (!isObject(json)) return undefined;
  const documents = new Map<string, BlobId>();
  for (const path of Object.keys(json)) {
    const id = json[path];
    if (!isObjectId(id) || !isDocumentPath(path)) return undefined;
    documents.set(path, blobId(id));
  }
  return documents;
}

function parsePreviews(json: unknown, isFirstVersion: boolean): Previews | undefined {
  if (!isObject(json)) return undefined;
  const previews = new Map<PreviewKey, Preview>();
  for (const [name, preview] of Object.entries(json)) {
    const key = isName(name) ? parsePreviewKey(name) : undefined;
    const parsed = parsePreview(preview);
    if (!parsed || key === undefined || (isFirstVersion && pullRequestOf(key) === undefined)) return undefined;
    previews.set(key, parsed);
  }
  return previews;
}

function parsePreview(json: unknown): Preview | undefined {
  if (!isObject(json) || !isObject(json.documents)) return undefined;
  const { commit, date, local } = json;
  if (!isObjectId(commit)) return undefined;
  if (!isOptionalText(date) || !isOptionalText(local)) return undefined;
  const documents = parseTexts(json.documents);
  return documents && { commit, date, ...(local !== undefined && { local }), documents };
}

function parseHold(json: unknown): Hold | undefined {
  if (!isObject(json)) return undefined;
  const { commit, ref, since, run, reason } = json;
  const documents = parseTexts(json.documents);
  if (!documents || !isObjectId(commit) || typeof since !== 'string' || !isOptionalText(since)) return undefined;
  if (![ref, run, reason].every(isOptionalText)) return undefined;
  const given = Object.entries({ ref, run, reason }).filter(([, value]) => value !== undefined);
  return { commit, documents, since, ...(Object.fromEntries(given) as Partial<Hold>) };
}

/** Path -> blob id, or `null` for no document. */
function parseTexts(json: unknown): Map<string, BlobId | null> | undefined {
  if (!isObject(json)) return undefined;
  const documents = new Map<string, BlobId | null>();
  for (const [path, id] of Object.entries(json)) {
    if (!isDocumentPath(path) || !(id === null || isObjectId(id))) return undefined;
    documents.set(path, id === null ? null : blobId(id));
  }
  return documents;
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && isName(value) && !/\p{Cc}/u.test(value));
}

function isObjectId(value: unknown): value is string {
  return typeof value === 'string' && OBJECT_ID.test(value);
}

function parseSource(json: unknown): Source | undefined {
  if (!isObject(json)) return undefined;
  const { repository, directory, commit, date, ref, line, uncommitted, otherRefs } = json;
  const patterns = json.patterns === undefined ? undefined : parsePatternList(json.patterns);
  if (typeof repository !== 'string' || !isRepository(repository)) return undefined;
  if (typeof directory !== 'string' || !isName(directory)) return undefined;
  if (commit !== undefined && !isObjectId(commit)) return undefined;
  if (![date, ref].every(isOptionalText)) return undefined;
  if (line !== undefined && !LINES.some((known) => known === line)) return undefined;
  if (![uncommitted, otherRefs].every(isOptionalCount)) return undefined;
  const optional = { commit, date, ref, line, uncommitted, otherRefs, patterns };
  const given = Object.entries(optional).filter(([, value]) => value !== undefined);
  return { repository, directory, ...(Object.fromEntries(given) as Partial<Source>) };
}

/** An unreadable list counts as absent: no document depends on it. */
function parsePatternList(json: unknown): UsedPatterns[] | undefined {
  if (!Array.isArray(json)) return undefined;
  return json.flatMap((one: unknown): UsedPatterns[] => {
    if (!isObject(one) || typeof one.digest !== 'string' || !/^[0-9a-f]{16}$/.test(one.digest)) return [];
    const { digest, workflow } = one;
    return [{ digest, ...(typeof workflow === 'string' && isOptionalText(workflow) && { workflow }) }];
  });
}

function isOptionalCount(value: unknown): value is number | undefined {
  return value === undefined || (Number.isSafeInteger(value) && Number(value) >= 0);
}

/** Anyone who can write to the codex can edit a manifest: its paths must stay below the project's folder. */
function isDocumentPath(path: string): boolean {
  const parts = path.split('/');
  return (
    isName(path) &&
    path !== MANIFEST_FILE &&
    parts.every((part) => !['', '.', '..'].includes(part) && !/^\.git$/i.test(part))
  );
}

/** No git argument and no URL takes other names; line breaks are valid in names. */
function isName(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

export function utcSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

/**
 * The largest manifest that every reader takes: 200,000 documents, in half a second and 400 MB of memory. A larger one
 * must not be published, because later runs could not read it.
 */
export const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;

const MEGABYTE = 1024 * 1024;
const MAX_SHOWN = `${MAX_MANIFEST_BYTES / MEGABYTE} MB`;

/** Bytes of a line besides its path, and bytes outside documents and previews. */
const [LINE_BYTES, FRAME_BYTES] = [64, 16 * 1024];
/** The longest form of a UTF-16 unit in JSON. */
const UNIT_BYTES = 6;
function splitAdvice(): string {
  return `Publish the project in packages, each with a ${inputName('working-directory')} and a ${inputName('project')} of its own, or select less with ${inputName('include')} and ${inputName('exclude')}.`;
}

/** @throws CodexSyncError `too-many-documents` for one of the manifests that a push writes */
export function checkManifestSize(project: string, manifests: readonly (Manifest | undefined)[]): void {
  for (const manifest of manifests) {
    if (!manifest || maxBytes(manifest) <= MAX_MANIFEST_BYTES) continue;
    const size = Buffer.byteLength(renderManifest(manifest));
    if (size <= MAX_MANIFEST_BYTES) continue;
    const documents = [...manifest.previews.values()].reduce(
      (sum, preview) => sum + preview.documents.size,
      manifest.documents.size,
    );
    throw new CodexSyncError(
      'too-many-documents',
      `projects/${project} would have ${documents.toLocaleString('en')} documents including those of its previews, and ${MANIFEST_FILE} there would be ${(size / MEGABYTE).toFixed(1)} MB; ` +
        `the limit is ${MAX_SHOWN}, so nothing was published.`,
      splitAdvice(),
    );
  }
}

/** An upper bound, without rendering. */
function maxBytes({ documents, previews, held }: Manifest): number {
  const lists = [documents, held?.documents ?? new Map(), ...[...previews.values()].map((one) => one.documents)];
  let bytes = FRAME_BYTES * (2 + previews.size);
  for (const list of lists) for (const path of list.keys()) bytes += path.length * UNIT_BYTES + LINE_BYTES;
  return bytes;
}

/** Such a manifest may be one of an earlier version of this tool. */
export function tooLargeToRead(where: string): string {
  return `${where} is larger than the limit of ${MAX_SHOWN}. It cannot be compared or promoted. ${splitAdvice()}`;
}
