import { gitBytes } from './git.ts';
import type { Site } from './github-answers.ts';
import type { Repository } from './github-repositories.ts';

const statuses: Readonly<Record<string, string>> = {
  A: 'added',
  C: 'copied',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  T: 'changed',
};

/** One file of a comparison or a pull request. */
export interface ChangedFile {
  /** The blob's id; nothing where the file went. */
  sha: string | null;
  filename: string;
  status: string;
  additions: number;
  deletions: number;
  changes: number;
  blob_url: string;
  raw_url: string;
  contents_url: string;
  previous_filename?: string;
}

/** What differs between two commits, in git's order; renames are found as git finds them. */
export async function changedFiles(
  site: Site,
  { fullName, directory }: Repository,
  from: string,
  to: string,
): Promise<ChangedFile[]> {
  const diff = (format: string) => gitBytes(directory, ['diff', '-M', '-z', '--no-abbrev', format, from, to]);
  const raw = (await diff('--raw')).toString().split('\0');
  const numbers = (await diff('--numstat')).toString().split('\0');
  const files: ChangedFile[] = [];
  let [at, count] = [0, 0];
  while (raw[at]?.startsWith(':')) {
    const [, , , newId = '', letters = ''] = raw[at]?.split(' ') ?? [];
    const moved = /^[RC]/.test(letters);
    const filename = raw[at + (moved ? 2 : 1)] ?? '';
    const [additions = 0, deletions = 0] = (numbers[count] ?? '').split('\t').map((text) => Number(text) || 0);
    const path = filename.split('/').map(encodeURIComponent).join('/');
    files.push({
      sha: /^0+$/.test(newId) ? null : newId,
      filename,
      status: statuses[letters.charAt(0)] ?? 'changed',
      additions,
      deletions,
      changes: additions + deletions,
      blob_url: `${site.serverUrl}/${fullName}/blob/${to}/${path}`,
      raw_url: `${site.serverUrl}/${fullName}/raw/${to}/${path}`,
      contents_url: `${site.apiUrl}/repos/${fullName}/contents/${path}?ref=${to}`,
      ...(moved ? { previous_filename: raw[at + 1] ?? '' } : {}),
    });
    at += moved ? 3 : 2;
    count += moved ? 3 : 1;
  }
  return files;
}
