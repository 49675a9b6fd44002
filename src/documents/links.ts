import { posix } from 'node:path';
import { neverPublished } from './never-published.ts';
import { foldersOf } from './paths.ts';
import {
  type CheckoutListing,
  type Document,
  indexedDocument,
  isLink,
  isRegular,
  isSubmodule,
  type OnDisk,
  type ResolvedLinks,
} from './select.ts';

/** Linux follows at most this many links in a row. */
const MAX_LINKS = 40;

export type LinkEnd =
  /** `way`: the other links on the way, and last the file. */
  | { readonly kind: 'file'; readonly way: readonly string[] }
  /** Only the text of a link at this path, or the working tree there, can decide. */
  | { readonly kind: 'unread'; readonly path: string }
  /** `what`: the end of a sentence "a symbolic link …". */
  | { readonly kind: 'other'; readonly what: string; readonly isFolder: boolean };

export interface LinkTexts {
  /** Path of a link -> its text. */
  readonly texts: ReadonlyMap<string, string>;
  /** Working-tree entries at changed or untracked paths; `undefined` without a checkout. */
  readonly disk: ReadonlyMap<string, OnDisk> | undefined;
}

/** Resolves links part by part like a file system, but by texts alone: a link on disk could lead out of the project. */
export function resolveLinks(
  listing: CheckoutListing,
  links: readonly string[],
  known: LinkTexts,
): Map<string, LinkEnd> {
  const place = links.length === 0 ? undefined : placeOf(listing);
  return new Map(place ? links.map((path) => [path, resolve(path, listing, place, known)]) : []);
}

interface Place {
  readonly folders: ReadonlySet<string>;
  readonly nested: ReadonlySet<string>;
  readonly untracked: ReadonlySet<string>;
  readonly ignored: ReadonlySet<string>;
}

function placeOf({ index, untracked, ignored, nested, nestedIgnored }: CheckoutListing): Place {
  const folders = new Set<string>(['']);
  for (const path of [...index.keys(), ...untracked, ...ignored])
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  return {
    folders,
    nested: new Set([...nested, ...nestedIgnored]),
    untracked: new Set(untracked),
    ignored: new Set(ignored),
  };
}

function resolve(path: string, listing: CheckoutListing, place: Place, { texts, disk }: LinkTexts): LinkEnd {
  const way: string[] = [];
  const end = (what: string, isFolder = false): LinkEnd => {
    const leads = way.length === 0 ? '' : 'to a link that leads ';
    return { kind: 'other', what: `a symbolic link ${leads}${what}`, isFolder };
  };
  let folder = foldersOf(path).at(-1) ?? '';
  let parts = partsOf(texts.get(path) ?? '');
  if (!parts) return end('out of the project');
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (folder === '') return end('out of the project');
      folder = foldersOf(folder).at(-1) ?? '';
      continue;
    }
    const next = posix.join(folder, part);
    const entry = listing.index.get(next);
    if (place.nested.has(next)) return end('to another repository', true);
    if (entry && isSubmodule(entry.mode)) return end('to a submodule', true);
    if (entry && listing.unmerged.has(next)) return end('to a file in an unfinished merge');
    if (entry && listing.deleted.has(next)) return end('to a deleted file');
    const isChanged = listing.changed.has(next);
    if (entry && (isChanged || isLink(entry.mode))) {
      const found = disk?.get(next);
      if (isChanged ? !found : !texts.has(next)) return { kind: 'unread', path: next };
      const text = isChanged ? (found?.kind === 'link' ? found.target : undefined) : texts.get(next);
      if (text !== undefined) {
        way.push(next);
        if (way.length >= MAX_LINKS) return end('back to itself, or through too many others');
        const more = partsOf(text);
        if (!more) return end('out of the project');
        parts = [...more, ...parts];
        continue;
      }
    }
    if (entry) return parts.length === 0 ? { kind: 'file', way: [...way, next] } : end('to nothing');
    if (place.folders.has(next)) folder = next;
    else return endOf(posix.join(next, ...parts));
  }
  return end('to a folder', true);

  /** For an untracked path the text alone decides: nothing on the way is checked. */
  function endOf(target: string): LinkEnd {
    if (target.startsWith('..')) return end('out of the project');
    const reason = neverPublished(target);
    if (reason) return end(`to ${target}: ${reason}`);
    if (place.untracked.has(target)) return end('to an untracked file');
    if (place.ignored.has(target)) return end('to an ignored file');
    if (!disk) return end('to nothing');
    const found = disk.get(target);
    if (!found) return { kind: 'unread', path: target };
    return end(found.kind === 'gone' ? 'to nothing' : 'to an ignored file');
  }
}

function partsOf(text: string): string[] | undefined {
  return text.startsWith('/') ? undefined : text.split('/');
}

export function pathsOnTheWay(ends: ReadonlyMap<string, LinkEnd>): string[] {
  return [...ends.values()].flatMap((end) => (end.kind === 'file' ? end.way : []));
}

/**
 * Decides how links are published: a target must be a regular, tracked file that may be published itself.
 * @param nonDocument why a target, or a link on the way, is no document of the project
 */
export function planLinks(
  listing: CheckoutListing,
  ends: ReadonlyMap<string, LinkEnd>,
  nonDocument: (path: string) => string | undefined,
): ResolvedLinks {
  const documents = new Map<string, Document>();
  const changed = new Map<string, string>();
  const rerouted = new Set<string>();
  const skipped = new Map<string, string>();
  const folders = new Set<string>();
  const targets = new Map<string, readonly string[]>();
  for (const [path, end] of ends) {
    if (end.kind !== 'file') {
      skipped.set(path, end.kind === 'other' ? end.what : 'a symbolic link to nothing');
      if (end.kind === 'other' && end.isFolder) folders.add(path);
      continue;
    }
    const { way } = end;
    const target = way.at(-1) ?? '';
    const entry = listing.index.get(target);
    const reason = neverPublished(target);
    const foreign = way.find((path) => nonDocument(path) !== undefined);
    if (reason) skipped.set(path, `a symbolic link to ${target}: ${reason}`);
    else if (foreign !== undefined) skipped.set(path, `a symbolic link to ${foreign}: ${nonDocument(foreign)}`);
    else if (listing.filtered.has(target)) skipped.set(path, `a symbolic link to ${target}, which has a filter driver`);
    else if (listing.changed.has(target)) changed.set(path, target);
    else if (entry && isRegular(entry.mode)) documents.set(path, indexedDocument(entry));
    if (skipped.has(path)) continue;
    targets.set(path, way);
    if (way.slice(0, -1).some((link) => listing.changed.has(link))) rerouted.add(path);
  }
  return { targets, documents, changed, rerouted, skipped, folders };
}
