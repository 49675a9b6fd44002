declare const KIND: unique symbol;
type Id<Kind extends string> = string & { readonly [KIND]: Kind };

/** The full id of an object of git, so that none is taken for one of another kind. */
export type CommitId = Id<'commit'>;
export type TreeId = Id<'tree'>;

/** Called only where an answer of git or of GitHub is read, which says what the id is of. */
export function commitId(id: string): CommitId {
  return id as CommitId;
}

export function treeId(id: string): TreeId {
  return id as TreeId;
}

/** The answer to a question that git or GitHub may leave open. */
export type Tristate = 'yes' | 'no' | 'unknown';

export function tristate(isSo: boolean | undefined): Tristate {
  if (isSo === undefined) return 'unknown';
  return isSo ? 'yes' : 'no';
}
