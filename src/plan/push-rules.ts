/** A rule of a ruleset that GitHub has for a branch. */
export interface BranchRule {
  /** GitHub's word for it, such as `pull_request`; there may be newer ones than are known here. */
  readonly type: string;
  /** The ruleset's number, and the repository or organization that it belongs to. */
  readonly id: number | undefined;
  readonly source: string | undefined;
}

/** How a branch is protected, as everybody sees it who may read. */
export interface BranchProtection {
  /** By whatever: a ruleset, or a branch protection rule of the kind that was there before. */
  readonly isProtected: boolean;
  /** Whether there is a rule of that kind. */
  readonly isClassic: boolean;
  /** The status checks that this one requires. */
  readonly checks: readonly string[];
}

/** What an ordinary push of new commits on top of a branch never breaks. */
const HARMLESS = ['deletion', 'non_fast_forward', 'required_linear_history', 'copilot_code_review', 'tag_name_pattern'];

/** What matters only where the branch has to be created. */
const ON_CREATION = ['creation', 'branch_name_pattern'];

/**
 * The rules that may refuse an ordinary push of a commit that is not signed and belongs to no pull request: one that is not
 * known here may.
 * @param exists whether the branch is there, or has to be created first
 */
export function planRefusals(rules: readonly BranchRule[], exists: boolean): BranchRule[] {
  return rules.filter(({ type }) => !HARMLESS.includes(type) && !(exists && ON_CREATION.includes(type)));
}
