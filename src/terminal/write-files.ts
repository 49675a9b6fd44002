import { lstat, mkdir, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { CodexSyncError } from '../errors.ts';
import { printable } from '../text/printable.ts';

/** Those of the paths that are something already. */
export async function listExisting(root: string, paths: Iterable<string>): Promise<string[]> {
  const existing: string[] = [];
  for (const path of paths) {
    if (await lstat(join(root, path)).catch(() => undefined)) existing.push(path);
  }
  return existing;
}

/**
 * Writes files below a folder, never through a link that leads out of it: all of them, or none where one has no place.
 * @param overwrites whether a file may be there already
 * @throws CodexSyncError `bad-checkout` where a folder on the way leads elsewhere, or something is in the way
 */
export async function writeNewFiles(
  root: string,
  files: ReadonlyMap<string, string>,
  overwrites: boolean,
): Promise<void> {
  const home = await realpath(root);
  for (const path of files.keys()) await checkPlace(home, path);
  for (const [path, text] of files) {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), text, { flag: overwrites ? 'w' : 'wx' });
  }
}

async function checkPlace(home: string, path: string): Promise<void> {
  const parts = path.split('/');
  for (const index of parts.keys()) {
    const place = join(home, ...parts.slice(0, index + 1));
    const stats = await lstat(place).catch(() => undefined);
    if (!stats) return;
    const isLast = index === parts.length - 1;
    const target = await realpath(place).catch(() => undefined);
    if (stats.isSymbolicLink() && (isLast || !target?.startsWith(home + sep))) {
      throw new CodexSyncError(
        'bad-checkout',
        `"${printable(path)}" leads out of this repository through a symbolic link, so nothing is written. Remove the link, then run this again.`,
      );
    }
    if (isLast ? !stats.isFile() : !(await stat(place)).isDirectory()) {
      throw new CodexSyncError(
        'bad-checkout',
        `"${printable(path)}" cannot be written, since ${printable(parts.slice(0, index + 1).join('/'))} is in the way. Move it, then run this again.`,
      );
    }
  }
}
