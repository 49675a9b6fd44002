import { join } from 'node:path';
import type { CheckoutListing } from '../plan/selection.ts';
import { splitNul } from './pieces.ts';
import { createListing, decodeName } from './porcelain.ts';
import { expectGit, expectPieces, type Git } from './run.ts';
import { copyIndex } from './working-tree.ts';

/** Where listing a checkout needs more than git's answer. */
export interface ListingPlace {
  /** Path of the index. */
  readonly index: string;
  /** An empty folder of our own. */
  readonly temporary: string;
  /** Names of the filter drivers that are configured. */
  readonly drivers: ReadonlySet<string>;
}

const OTHERS = ['--others', '--exclude-standard'];

/** What git knows of the files in its current directory. */
export async function listFiles(
  git: Git,
  place: ListingPlace,
  ignoredUnder: readonly string[],
): Promise<CheckoutListing> {
  const { add, addIgnored, listed } = createListing();
  const tracked = ['-t', '--stage', '--cached', '--modified', '--deleted'];
  await expectPieces(git, ['ls-files', '-z', ...tracked, ...OTHERS], add);
  const folders = ignoredUnder.map((base) => `:(literal)${base}`);
  if (folders.length > 0)
    await expectPieces(git, ['ls-files', '-z', '--ignored', ...OTHERS, '--', ...folders], addIgnored);
  const listing = listed();
  return place.drivers.size === 0 ? listing : withoutFiltered(git, place, listing);
}

// What these keep out of git (secrets, large files), the working tree holds in the clear.
const HIDING_DRIVERS = /lfs|crypt|sops|vault|secret/i;

/**
 * Puts right what a listing without filter drivers says of files that have one. Git takes a file for unchanged by its
 * times; where it has to compare contents (those of a fresh checkout are as young as its index) it finds the filtered
 * file changed. Asked again with an older file's eyes, it tells which ones really are.
 */
async function withoutFiltered(git: Git, place: ListingPlace, listing: CheckoutListing): Promise<CheckoutListing> {
  const driverOf = await readDrivers(git, place.drivers, [
    ...listing.changed,
    ...listing.untracked,
    ...listing.ignored,
  ]);
  if (driverOf.size === 0) return listing;
  const reallyChanged = await readChangedByTimes(git, place);
  const changed = [...listing.changed].filter((path) => !driverOf.has(path) || reallyChanged.has(path));
  const candidates = new Set([...changed, ...listing.untracked, ...listing.ignored]);
  const hidden = [...driverOf].filter(([path, driver]) => HIDING_DRIVERS.test(driver) && candidates.has(path));
  return { ...listing, changed: new Set(changed), filtered: new Map(hidden) };
}

async function readDrivers(git: Git, drivers: ReadonlySet<string>, paths: string[]): Promise<Map<string, string>> {
  if (paths.length === 0) return new Map();
  const input = paths.map((path) => `${path}\0`).join('');
  const answer = splitNul(await expectGit(git, ['check-attr', '-z', '--stdin', 'filter'], { input })).map(decodeName);
  const found = new Map<string, string>();
  for (let at = 0; at + 2 < answer.length; at += 3) {
    const [path, , driver] = answer.slice(at, at + 3);
    if (path !== undefined && driver !== undefined && drivers.has(driver)) found.set(path, driver);
  }
  return found;
}

async function readChangedByTimes(git: Git, { index, temporary }: ListingPlace): Promise<Set<string | undefined>> {
  const copy = join(temporary, 'young-index');
  await copyIndex(index, copy, (mtime) => new Date(mtime.getTime() + 24 * 60 * 60 * 1000));
  const output = await expectGit(git, ['ls-files', '-z', '--modified'], { variables: { GIT_INDEX_FILE: copy } });
  return new Set(splitNul(output).map(decodeName));
}
