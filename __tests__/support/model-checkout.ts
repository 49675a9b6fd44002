import type { CheckoutState } from '../../src/codex/pull-plan.ts';
import type { CheckoutSelection, Document } from '../../src/documents/select.ts';
import { blobId } from '../../src/text/ids.ts';
import { foldName, resolveFile, type Tree, withFiles } from './model-repository.ts';

/** Not selected, but links lead there. */
const SOURCES = 'src/';
export const selects = (path: string) => !path.startsWith(SOURCES);

/** What a job or a person left in the working tree: path -> file, `undefined` for what is gone. */
export type WorkingTree = ReadonlyMap<string, string | undefined>;

export type ModelSelection = CheckoutSelection & CheckoutState & { readonly uncommittedDocuments: ReadonlySet<string> };

const documents = new Map<string, Document>();

function documentOf(id: string): Document {
  const document = documents.get(id) ?? { id: blobId(id), executable: false };
  documents.set(id, document);
  return document;
}

/**
 * The documents of a checkout, as a run selects them.
 * @param head the tree of its commit
 * @param ignored paths of the working tree that git ignores
 */
export function selectFrom(head: Tree, working: WorkingTree, ignored: ReadonlySet<string>): ModelSelection {
  const tree = withFiles(head, working);
  const found = new Map<string, Document>();
  const skipped = new Map<string, string>();
  const linkTargets = new Map<string, readonly string[]>();
  const folded: string[] = [];
  const isTaken = (path: string) =>
    folded.some((one) => one === path || one.startsWith(`${path}/`) || path.startsWith(`${one}/`));
  for (const path of [...tree.keys()].filter(selects).sort()) {
    const file = tree.get(path) ?? '';
    const target = file.startsWith('>') ? file.slice(1) : undefined;
    // A link leads to what git tracks.
    const text = target === undefined || head.has(target) ? resolveFile(tree, path) : undefined;
    if (target !== undefined && text !== undefined) linkTargets.set(path, [target]);
    if (text === undefined) skipped.set(path, 'no document');
    else if (isTaken(foldName(path))) skipped.set(path, 'a twin');
    else found.set(path, documentOf(text));
    if (found.has(path)) folded.push(foldName(path));
  }
  const uncommitted = new Set([...working.keys()].filter((path) => !ignored.has(path)));
  for (const [path, way] of linkTargets) if (way.some((one) => uncommitted.has(one))) uncommitted.add(path);
  const isGone = (path: string) => !tree.has(path) && selects(path);
  const all = [...uncommitted, ...ignored].filter((path) => found.has(path) || isGone(path));
  return {
    documents: found,
    skipped,
    linkTargets,
    untracked: new Set([...working.keys()].filter((path) => found.has(path))),
    uncommitted,
    foreign: new Set(),
    known: [],
    uncommittedDocuments: new Set(all),
  };
}
