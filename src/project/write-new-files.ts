import { lstat, mkdir, realpath, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { CodexSyncError } from '../errors.ts';
import { printable } from '../request/printable.ts';

/** Those of the paths that are something already. */
export async function listExisting(root: string, paths: Iterable<string>): Promise<string[]> {
  const existing: string[] = [];
  for (const path of paths) {
    if (await lstat(join(root, path)).catch(() => undefined)) existing.push(path);
  }
  return existing;
}

/**
 * Writes files below a folder, never through a link that leads out of it.
 * @param overwrites whether a file may be there already
 * @throws CodexSyncError `bad-checkout` where a folder on the way leads elsewhere
 */
export async function writeNewFiles(
  root: string,
  files: ReadonlyMap<string, string>,
  overwrites: boolean,
): Promise<void> {
  const home = await realpath(root);
  for (const [path, text] of files) {
    const folder = dirname(join(home, path));
    await mkdir(folder, { recursive: true });
    if (!`${await realpath(folder)}${sep}`.startsWith(`${home}${sep}`) || (await isLink(join(home, path)))) {
      throw new CodexSyncError(
        'bad-checkout',
        `"${printable(path)}" leads out of this repository through a symbolic link, so it is not written. Remove the link, then run this again.`,
      );
    }
    await writeFile(join(home, path), text, { flag: overwrites ? 'w' : 'wx' });
  }
}

async function isLink(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => undefined))?.isSymbolicLink() ?? false;
}
