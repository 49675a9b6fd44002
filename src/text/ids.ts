declare const KIND: unique symbol;
type Id<Kind extends string> = string & { readonly [KIND]: Kind };

/** The full id of a git object; its type prevents confusion with an object of another kind. */
export type CommitId = Id<'commit'>;
export type TreeId = Id<'tree'>;
export type BlobId = Id<'blob'>;

/** Without `refs/heads/`; its type prevents confusion with a full ref and with the name of an environment. */
export type BranchName = Id<'branch'>;

/** Called only where the kind of the id is known: an answer of git or GitHub, a hash, or a parsed file of our own. */
export function commitId(id: string): CommitId {
  return id as CommitId;
}

export function treeId(id: string): TreeId {
  return id as TreeId;
}

export function blobId(id: string): BlobId {
  return id as BlobId;
}

export function branchName(name: string): BranchName {
  return name as BranchName;
}

/** The answer to a question that git or GitHub may not answer. */
export type Tristate = 'yes' | 'no' | 'unknown';

export function tristate(isSo: boolean | undefined): Tristate {
  if (isSo === undefined) return 'unknown';
  return isSo ? 'yes' : 'no';
}

/** Asks each question once. Questions with the same key share the answer, even before it arrives. */
export function askOnce<Question extends readonly unknown[], Answer>(
  keyOf: (...question: Question) => string,
  ask: (...question: Question) => Answer,
): (...question: Question) => Answer {
  const answers = new Map<string, Answer>();
  return (...question) => {
    const key = keyOf(...question);
    const answer = answers.get(key) ?? ask(...question);
    answers.set(key, answer);
    return answer;
  };
}
