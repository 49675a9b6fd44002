import type { Files, RunEnd, RunMode } from './log.ts';
import type { Pull, Repository, World } from './organization.ts';
import type { Task } from './scheduler.ts';

/**
 * An event of GitHub, or a command at a terminal, as it was at its moment. A run may begin later, or several times, from
 * the same event; the world has then gone on.
 */
export interface RunEvent {
  readonly event: string;
  readonly action?: string;
  readonly number?: number;
  /** Full ref name, as GITHUB_REF. */
  readonly ref: string;
  /** As GITHUB_SHA; at a terminal HEAD. */
  readonly commit: string;
  readonly repository: Repository;
  readonly payload: unknown;
}

/** A push to a branch, or of a tag, as it is now. */
export declare function pushEvent(world: World, repository: Repository, ref: string): RunEvent;
/** `opened`, `synchronize`, `reopened`, `closed`, `edited`, … of a pull request, as it is now. */
export declare function pullEvent(world: World, repository: Repository, pull: Pull, action: string): RunEvent;
export declare function releaseEvent(world: World, repository: Repository, tag: string): RunEvent;
/** On the default branch. */
export declare function scheduleEvent(world: World, repository: Repository): RunEvent;
/** On any branch or tag, by a full ref name; default: the default branch. */
export declare function dispatchEvent(world: World, repository: Repository, ref?: string): RunEvent;
/** A branch was deleted; the run is on the default branch. */
export declare function deleteEvent(world: World, repository: Repository, branch: string): RunEvent;
/** A person's clone on a branch, at its tip or at another commit (of `commitOn`, which need not be pushed). */
export declare function terminalEvent(world: World, repository: Repository, branch: string, commit?: string): RunEvent;

export interface RunOptions {
  readonly mode: RunMode;
  readonly event: RunEvent;
  /** Inputs as a workflow gives them: `env`, `dry-run`, `from`, `project`, `references`, … Tokens are given by default. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** What is checked out; default: the event's commit, shallow, as actions/checkout does. */
  readonly checkout?: {
    readonly commit?: string;
    readonly depth?: 'shallow' | 'deep';
    /** Files of the working tree beside the commit's: `null` for a deleted one. */
    readonly dirty?: Readonly<Record<string, string | null>>;
  };
}

/** A run that is under way or has ended. It goes on while the world does (`advance`, `step`, `settle`). */
export interface Run {
  readonly number: number;
  readonly task: Task;
  /** `undefined` while it is under way. */
  readonly end: RunEnd | undefined;
  /** The log's lines, for stories. */
  readonly said: readonly string[];
  /** Kills the process here: it does nothing more, and `end` says so. Has no effect after the end. */
  readonly kill: () => void;
}

/** Starts a run of the product: it is logged at once, and does nothing before the world goes on. */
export declare function startRun(world: World, options: RunOptions): Run;

/** What consumers keep between runs of `fetch`: files of the cache directory, by path. */
export type CacheFiles = Files;
