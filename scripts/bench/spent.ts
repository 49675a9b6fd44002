import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let kept: string | undefined;
let number = 0;

/**
 * Puts a folder that has done its service aside until the end: for minutes after hundreds of thousands of files were deleted
 * a file system (ext4) is slow to make new ones, and the next clone would take four times as long.
 */
export function putAside(folder: string): void {
  kept ??= mkdtempSync(join(tmpdir(), 'codex-sync-bench-'));
  renameSync(folder, join(kept, `${number++}`));
}

/** Removes all that was put aside. */
export function removeSpent(): void {
  if (kept !== undefined) rmSync(kept, { recursive: true, force: true });
}
