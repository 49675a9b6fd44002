/**
 * What happened in a simulated organization, in the order in which it happened. The oracle judges it, and knows nothing else: no
 * code of the product makes or reads it. Times are milliseconds of the virtual clock.
 */

/** Texts by path; what is not there does not exist. */
export type Files = ReadonlyMap<string, string>;

export interface Commit {
  readonly id: string;
  readonly parents: readonly string[];
  readonly files: Files;
}

/** A repository of the organization. Its commits are all that ever existed in it, forks included, reachable or not. */
export interface RepositoryLog {
  /** `owner/name` at the beginning of the history. */
  readonly name: string;
  readonly commits: ReadonlyMap<string, Commit>;
}

export type Visibility = 'public' | 'internal' | 'private';

export type RunMode = 'sync-project' | 'promote' | 'retire' | 'status' | 'sync-org' | 'fetch';

/** What a run was asked, as a person would read it in the workflow. */
export interface RunRequest {
  readonly run: number;
  readonly mode: RunMode;
  readonly env: string;
  /** Branch of the codex that the environment was mapped to, by the codex's own configuration or the merged one, when the run began. */
  readonly branch: string;
  /** The same of `from`, for promote and status; undefined where it names no environment. */
  readonly source?: string;
  /** `owner/name` whose workflow (or terminal) runs. */
  readonly repository: string;
  /** Folder in the codex, or several for promote, retire and fetch. */
  readonly projects: readonly string[];
  readonly dryRun: boolean;
  /** Every other input as it was given: `allow-older`, `release-hold`, `on-conflict`, `from`, … */
  readonly inputs: Readonly<Record<string, string>>;
  /** The event: `push`, `pull_request` with its action and number, `release`, `terminal`, … */
  readonly trigger: {
    readonly event: string;
    readonly action?: string;
    readonly number?: number;
    readonly ref: string;
    /** GITHUB_SHA: the commit of the event. */
    readonly sha?: string;
    /** The commit that the event is about, where it is another one (`workflow_run`). */
    readonly about?: string;
    /** The default branch that the event names: the one of its time. */
    readonly defaultBranch?: string;
    /** The visibility that the event names: the one of its time. */
    readonly visibility?: Visibility;
    /** Event and ref of the run that a `workflow_run` follows, and its pull request. */
    readonly follows?: { readonly event: string; readonly ref: string; readonly number?: number };
  };
  /** The checked-out commit, and what the working tree has beside it (terminals). */
  readonly commit?: string;
  readonly depth?: 'shallow' | 'deep';
  readonly dirty?: Files;
  /** Files of the commit that the working tree lacks. */
  readonly gone?: readonly string[];
}

/** What a run said when it ended. */
export interface RunEnd {
  readonly run: number;
  /** Undefined where it ended green. */
  readonly error?: { readonly code: string; readonly message: string };
  /** Outputs and the parsed `result`, empty where it was killed. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly killed: boolean;
  /** Files of the working tree that it left otherwise than it found them, killed or not; `null` for one that it removed. */
  readonly wrote?: ReadonlyMap<string, string | null>;
  /** For fetch: text by reference path `<project>/<path>`. */
  readonly fetched?: Files;
}

export type Step = { readonly at: number } & (
  | {
      readonly kind: 'branch';
      readonly repository: string;
      readonly branch: string;
      readonly from: string | undefined;
      readonly to: string | undefined;
      readonly by: 'person' | number;
    }
  | { readonly kind: 'tag'; readonly repository: string; readonly tag: string; readonly to: string | undefined }
  | {
      readonly kind: 'pull';
      readonly repository: string;
      readonly number: number;
      readonly state: 'open' | 'closed' | 'merged';
      readonly head: string;
      readonly headBranch: string;
      readonly base: string;
      readonly fork: boolean;
    }
  | {
      readonly kind: 'settings';
      readonly repository: string;
      readonly defaultBranch?: string;
      readonly renamedTo?: string;
      readonly visibility?: Visibility;
      readonly archived?: boolean;
      readonly protection?: { readonly branch: string; readonly isProtected: boolean };
    }
  /** An edge misbehaved towards a run: an answer was lost or late, a fetch or a push failed. */
  | {
      readonly kind: 'fault';
      readonly run: number;
      readonly fault: string;
      /** How many calls the run had made to the outside by then. */
      readonly calls?: number;
      /** Of an answer that is late: from how many milliseconds ago it is. */
      readonly late?: number;
      /** The same: what it is about, as `acme/codex test` or `acme/widgets #2`. */
      readonly about?: string;
    }
  | ({ readonly kind: 'start' } & RunRequest)
  | ({ readonly kind: 'end' } & RunEnd)
);

/** `by` of a branch step is the number of the run that moved it, or a person. */
export interface WorldLog {
  readonly seed: number;
  readonly codex: RepositoryLog;
  readonly projects: ReadonlyMap<string, RepositoryLog>;
  readonly steps: readonly Step[];
}

/** A broken promise, with the number of the step at which it was seen. */
export interface Violation {
  readonly promise: string;
  readonly step: number;
  readonly text: string;
}
