/** The kinds of failures; stable, so that a workflow or a caller can distinguish them. Generated into the reference. */
export const ERRORS = {
  'bad-input': 'An input, a flag or a reference is missing or not accepted.',
  'bad-config': 'The configuration cannot be read, or has a value that is not accepted.',
  'bad-checkout': 'The run cannot use the checkout or the cache directory: no git, a broken file, a file in the way.',
  'refused-by-guard': 'A guard refused the run: production from a pull request, a private project to more people.',
  'not-found': 'A repository, branch, commit, project or document is not there, or the token may not see it.',
  'no-permission': 'The token or the App lacks a permission that the run needs.',
  'not-owner': "The project's folder in the codex belongs to another repository or directory.",
  'newer-manifest': 'A later version of this tool published there: use that one.',
  'older-commit': 'Production has a commit that this one does not contain.',
  held: 'A roll-back in production holds back the documents of this run.',
  conflict: 'Both sides changed a document and `on-conflict` is `fail`, or a file is where a folder should be.',
  'nothing-selected': 'The patterns select no document.',
  'too-many-documents': 'The manifest of the project would be larger than the limit.',
  'cache-miss': 'The Actions cache has no entry, and `fail-on-cache-miss` is set.',
  'remote-refused': 'The codex refuses the push: a protected branch, a rule, an archived repository.',
  'documents-refused': 'The codex refuses a document of the push: a secret, or a file that is too large.',
  'remote-failed': 'The network or a server failed repeatedly.',
} as const;
export type ErrorCode = keyof typeof ERRORS;

/** The problem in one or more sentences: the given value and its place. The hint has the accepted values, or the action. */
export interface Problem {
  readonly problem: string;
  readonly hint?: string | undefined;
}

export function problemText({ problem, hint }: Problem): string {
  return hint === undefined ? problem : `${problem} ${hint}`;
}

/** Joins several problems to one: all text after the first hint becomes part of it. */
export function joinProblems(problems: readonly Problem[]): Problem {
  const first = problems.findIndex(({ hint }) => hint !== undefined);
  if (first === -1) return { problem: problems.map(problemText).join('\n') };
  return {
    problem: problems
      .slice(0, first + 1)
      .map(({ problem }) => problem)
      .join('\n'),
    hint: [problems[first]?.hint, ...problems.slice(first + 1).map(problemText)].join('\n'),
  };
}

/** A failure that the user can correct. Entry points print its message without a stack; other exceptions are our bugs. */
export class CodexSyncError extends Error implements Problem {
  readonly code: ErrorCode;
  readonly problem: string;
  readonly hint: string | undefined;
  /** The problems that it joins; itself if it is one. */
  readonly parts: readonly Problem[];
  /** A commit of this run that the codex has, or may have, although the run fails. */
  readonly maybePublished: string | undefined;

  constructor(
    code: ErrorCode,
    problem: string,
    hint?: string,
    { maybePublished, ...options }: ErrorOptions & { readonly maybePublished?: string } = {},
  ) {
    super(problemText({ problem, hint }), options);
    this.maybePublished = maybePublished;
    this.name = 'CodexSyncError';
    this.code = code;
    this.problem = problem;
    this.hint = hint;
    this.parts = [{ problem, hint }];
  }

  /** One error for several problems. */
  static join(code: ErrorCode, parts: readonly Problem[]): CodexSyncError {
    const { problem, hint } = joinProblems(parts);
    return Object.assign(new CodexSyncError(code, problem, hint), { parts });
  }
}
