import type { SeenRepository } from '../github/codex-api.ts';
import { isRepository, sameRepository } from '../text/names.ts';
import type { ProjectStatus } from './plan.ts';

/**
 * How the repository is that a project is published from; `not-found` is one that was deleted, or that the token may not
 * see, and GitHub does not tell which. `unknown` is one that GitHub was not asked for, or did not tell of.
 */
export const SOURCE_STATES = ['there', 'archived', 'renamed', 'not-found', 'unknown'] as const;
export type SourceState = (typeof SOURCE_STATES)[number];

/** GitHub is asked for so many source repositories at most: a workflow's token has a thousand questions an hour. */
export const MOST_ASKED = 50;

/** The repository that a project is published from; `undefined` where its manifest names none that GitHub could have. */
export function sourceRepository({ source, envSource }: ProjectStatus): string | undefined {
  const named = (source ?? envSource)?.repository;
  return named !== undefined && isRepository(named) ? named : undefined;
}

/** @param seen GitHub's answer to the question for `asked`; `undefined` where it gave none */
export function sourceState(asked: string, seen: SeenRepository | 'not-found' | undefined): SourceState {
  if (seen === undefined) return 'unknown';
  if (seen === 'not-found') return 'not-found';
  if (!sameRepository(seen.fullName, asked)) return 'renamed';
  return seen.archived ? 'archived' : 'there';
}
