import { createHash } from 'node:crypto';
import { compileGlobs } from '../documents/patterns.ts';
import type { ListedRepository } from '../github/organization-api.ts';
import type { Shard } from '../inputs/readers.ts';
import { sameRepository } from '../text/names.ts';
import type { SyncOrgRequest } from './request.ts';

/** Why a repository is skipped without an error. */
export const SKIP_REASONS = [
  'the codex itself',
  'archived',
  'disabled',
  'a fork',
  'empty',
  'no release',
  'not on the release line',
  'published from another stable ref',
  'selects no documents',
  'not listed in the codex',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export interface ChosenRepositories {
  readonly chosen: readonly ListedRepository[];
  readonly skipped: ReadonlyMap<string, SkipReason>;
  /** Names that the globs exclude. */
  readonly leftOut: readonly string[];
  /** Number of repositories in other jobs' shards. */
  readonly elsewhere: number;
  /** Globs that match no repository, which is probably a mistake. */
  readonly unmatched: readonly string[];
}

export function chooseRepositories(
  listed: readonly ListedRepository[],
  { repositories, excluded, shard }: Pick<SyncOrgRequest, 'repositories' | 'excluded' | 'shard'>,
  codex: string,
): ChosenRepositories {
  const isNamed = repositories.length > 0 ? compileGlobs(repositories) : () => true;
  const isExcluded = compileGlobs(excluded);
  // A list that changes while its pages are read contains duplicates.
  const unique = new Map(listed.map((one) => [one.fullName.toLowerCase(), one]));
  const sorted = [...unique.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  const isWanted = ({ name }: ListedRepository) => isNamed(name) && !isExcluded(name);
  const names = sorted.map(({ name }) => name);
  const chosen: ListedRepository[] = [];
  const skipped = new Map<string, SkipReason>();
  let elsewhere = 0;
  for (const one of sorted.filter(isWanted)) {
    const reason = skipReasonOf(one, codex);
    if (!isInShard(one.name, shard)) elsewhere += 1;
    else if (reason) skipped.set(one.name, reason);
    else chosen.push(one);
  }
  return {
    chosen,
    skipped,
    leftOut: sorted.filter((one) => !isWanted(one)).map(({ name }) => name),
    elsewhere,
    unmatched: [...repositories, ...excluded].filter((glob) => !names.some(compileGlobs([glob]))),
  };
}

function skipReasonOf({ fullName, archived, disabled, fork }: ListedRepository, codex: string): SkipReason | undefined {
  if (sameRepository(fullName, codex)) return 'the codex itself';
  if (archived) return 'archived';
  if (disabled) return 'disabled';
  return fork ? 'a fork' : undefined;
}

/** Project in lower case -> the repository of that name, which has precedence over others. */
export function ownNames(listed: readonly ListedRepository[], codex: string): Map<string, string> {
  const possible = listed.filter((one) => skipReasonOf(one, codex) === undefined);
  return new Map(possible.map(({ name }) => [name.toLowerCase(), name]));
}

/** The name alone decides, so that jobs that list at different moments agree, and other repositories do not move it. */
export function isInShard(name: string, { index, count }: Shard): boolean {
  const digest = createHash('sha256').update(name.toLowerCase()).digest();
  return (digest.readUInt32BE(0) % count) + 1 === index;
}

/** Small batches first for early feedback, then larger ones for few pushes. */
const FIRST_BATCHES = [5, 10, 20];
const BATCH = 25;

export function inBatches<T>(all: readonly T[]): T[][] {
  const batches: T[][] = [];
  for (let start = 0; start < all.length; start += batches.at(-1)?.length ?? 1) {
    batches.push(all.slice(start, start + (FIRST_BATCHES[batches.length] ?? BATCH)));
  }
  return batches;
}
