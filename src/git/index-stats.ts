import { splitNul } from './pieces.ts';
import { expectGit, type Git } from './run.ts';

/** A time as git keeps it; without nanoseconds where the file system has none. */
export interface IndexTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** What the index knows of a file on disk, as it was when git wrote or compared it. */
export interface IndexStats {
  readonly ctime: IndexTime;
  readonly mtime: IndexTime;
  /** The lower 32 bits. */
  readonly inode: number;
  /** 0 also where git is to compare the contents, whatever the times are. */
  readonly size: number;
}

/** What the index knows of these files. */
export async function readIndexStats(git: Git, paths: readonly string[]): Promise<Map<string, IndexStats>> {
  const found = new Map<string, IndexStats>();
  if (paths.length === 0) return found;
  const wanted = new Set(paths);
  let path: string | undefined;
  // `<path>\0<five lines of what git knows><path>\0…`
  for (const piece of splitNul(await expectGit(git, ['ls-files', '-z', '--debug']))) {
    const text = piece.toString('utf8');
    const [known = ''] = /^(?: {2}.*\n){5}/.exec(text) ?? [];
    const stats = path !== undefined && wanted.has(path) ? parseStats(known) : undefined;
    if (path !== undefined && stats) found.set(path, stats);
    path = text.slice(known.length);
  }
  return found;
}

const STATS =
  /^ {2}ctime: (\d+):(\d+)\n {2}mtime: (\d+):(\d+)\n {2}dev: \d+\tino: (\d+)\n {2}uid: \d+\tgid: \d+\n {2}size: (\d+)\t/;

function parseStats(text: string): IndexStats | undefined {
  const numbers = STATS.exec(text)?.slice(1).map(Number);
  if (!numbers) return undefined;
  const [changed = 0, changedPart = 0, modified = 0, modifiedPart = 0, inode = 0, size = 0] = numbers;
  return {
    ctime: { seconds: changed, nanoseconds: changedPart },
    mtime: { seconds: modified, nanoseconds: modifiedPart },
    inode,
    size,
  };
}
