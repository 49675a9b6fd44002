import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject, parseObject } from '../text/json.ts';
import type { Checkout } from './checkout.ts';

/** Lies in git's own folder: nothing publishes it, and a fresh checkout has none. */
const RECORD_FILE = 'codex-sync-pulled.json';

/**
 * What runs wrote into a checkout: path from the repository's root -> the environment's branch that it came from, as
 * `<codex> <branch>`. Until it is committed it is published to no other (design section 4, "Whose text").
 */
export type PulledRecord = ReadonlyMap<string, string>;

/** How the record names an environment: by what it is, not by what a configuration calls it. */
export function pulledFrom(codex: string, branch: string): string {
  return `${codex.toLowerCase()} ${branch}`;
}

/** What earlier runs wrote into this checkout; nothing where no record is there, or none that can be read. */
export async function readPulled({ gitDirectory }: Pick<Checkout, 'gitDirectory'>): Promise<PulledRecord> {
  const text = await readFile(join(gitDirectory, RECORD_FILE), 'utf8').catch(() => '');
  const paths = parseObject(text)?.pulled;
  if (!isObject(paths)) return new Map();
  return new Map(Object.entries(paths).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Adds to the record, before anything is written into the checkout. */
export async function savePulled(checkout: Pick<Checkout, 'gitDirectory'>, pulled: PulledRecord): Promise<void> {
  if (pulled.size === 0) return;
  const all = new Map([...(await readPulled(checkout)), ...pulled]);
  const text = JSON.stringify({ version: 1, pulled: Object.fromEntries(all) }, undefined, 2);
  await writeFile(join(checkout.gitDirectory, RECORD_FILE), `${text}\n`);
}
