/** GitHub did not answer a question, and this is why, in its own words. */
export interface Untold {
  readonly untold: string;
}

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

/** A branch of the project's repository, as its list shows it. */
export interface ListedBranch {
  readonly name: string;
  readonly isProtected: boolean;
}

/** An active ruleset for tags. */
export interface TagRuleset {
  readonly id: number;
  /** Full refs, globs of such, or `~ALL`. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** The types of its rules. */
  readonly rules: readonly string[];
}

/** A GitHub environment, and which refs may use its secrets; a list is of full names, or patterns of such. */
export interface DeploymentEnvironment {
  readonly name: string;
  readonly refs: 'any' | 'protected branches' | readonly string[] | Untold;
}
