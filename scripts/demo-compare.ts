import { posix } from 'node:path';
import type { CodexFile } from '../__tests__/support/codex.ts';
import { gitText } from '../__tests__/support/git.ts';

const LINK = '120000';
const SUBMODULE = '160000';

/** What can become of a published document; with what the last line says of it, one and many. */
const PUBLISHED = {
  same: ['identical to the file in git', 'identical to the files in git'],
  links: [
    'symbolic link, identical to the file that it leads to',
    'symbolic links, identical to the files that they lead to',
  ],
  edited: ['with the edits of the working tree'],
  untracked: ['new and not tracked yet'],
  different: ['different from the file in git', 'different from the files in git'],
} as const;

/** What can become of a tracked file that is not published. */
const UNPUBLISHED = {
  deleted: ['deleted in the working tree'],
  leftAlone: ['left alone (the log says why)'],
  excluded: ['excluded by the patterns'],
} as const;

type Fate = keyof typeof PUBLISHED | keyof typeof UNPUBLISHED;

/** Paths of Markdown files: all that git tracks, and what became of each, tracked or not. */
export interface Comparison {
  readonly tracked: readonly string[];
  readonly fates: Readonly<Partial<Record<Fate, readonly string[]>>>;
}

/** What git knows of a checkout. */
interface Knowledge {
  readonly directory: string;
  readonly index: ReadonlyMap<string, CodexFile>;
  /** Tracked files that the working tree holds otherwise than the index, or not at all. */
  readonly changed: ReadonlySet<string>;
  readonly deleted: ReadonlySet<string>;
}

/**
 * Compares published documents with the index of the checkout. The index can vouch only for what the working tree holds
 * unchanged: of anything else git has no blob id yet, so it is counted and not compared.
 * @param leftAlone paths that the run reported as left alone
 */
export async function compareDocuments(
  directory: string,
  published: Readonly<Record<string, CodexFile>>,
  leftAlone: ReadonlySet<string>,
): Promise<Comparison> {
  const known = await readKnowledge(directory);
  const fates = new Map<string, Fate>();
  for (const [path, { id }] of Object.entries(published)) fates.set(path, await fateOfPublished(known, path, id));
  const files = [...known.index].filter(([path, { mode }]) => path.endsWith('.md') && mode !== SUBMODULE);
  const tracked = files.map(([path]) => path);
  for (const path of tracked) {
    if (fates.has(path)) continue;
    fates.set(path, known.deleted.has(path) ? 'deleted' : leftAlone.has(path) ? 'leftAlone' : 'excluded');
  }
  return { tracked, fates: Object.groupBy(fates.keys(), (path) => fates.get(path) ?? 'different') };
}

async function fateOfPublished(known: Knowledge, path: string, id: string): Promise<Fate> {
  const { directory, index, changed } = known;
  const entry = index.get(path);
  if (entry === undefined) return 'untracked';
  if (changed.has(path)) return 'edited';
  if (entry.mode !== LINK) return entry.id === id ? 'same' : 'different';
  // The blob of a link is its target; what is published is the file it leads to.
  const target = posix.join(posix.dirname(path), await gitText(directory, ['cat-file', 'blob', entry.id]));
  if (changed.has(target)) return 'edited';
  return index.get(target)?.id === id ? 'links' : 'different';
}

/** What became of the files, in figures that add up. */
export function renderComparison({ tracked, fates }: Comparison): string[] {
  const figures = (words: Partial<Record<Fate, readonly [string, string?]>>) => {
    const counts = Object.entries(words).map(([fate, [one, many = one]]) => {
      const count = fates[fate as Fate]?.length ?? 0;
      return { count, text: `${count} ${count === 1 ? one : many}` };
    });
    const sum = counts.reduce((total, { count }) => total + count, 0);
    const said = counts.filter(({ count }) => count > 0).map(({ text }) => text);
    return { sum, text: said.join(', ') };
  };
  const [published, unpublished] = [figures(PUBLISHED), figures(UNPUBLISHED)];
  const files = `${tracked.length} Markdown file${tracked.length === 1 ? '' : 's'}`;
  return [
    `${files} tracked, ${published.sum} published: ${published.text}.`,
    ...(unpublished.sum > 0 ? [`${unpublished.sum} tracked but not published: ${unpublished.text}.`] : []),
  ];
}

async function readKnowledge(directory: string): Promise<Knowledge> {
  const [staged, changed, deleted] = await Promise.all(
    ['--stage', '--modified', '--deleted'].map((what) => listFiles(directory, what)),
  );
  const entries = (staged ?? []).map((line): [string, CodexFile] => {
    const tab = line.indexOf('\t');
    const [mode = '', id = ''] = line.slice(0, tab).split(' ');
    return [line.slice(tab + 1), { mode, id }];
  });
  return { directory, index: new Map(entries), changed: new Set(changed), deleted: new Set(deleted) };
}

/** By `ls-files`, since `status` may write the index; and no daemon that the checkout configures is asked. */
async function listFiles(directory: string, what: string): Promise<string[]> {
  const listed = await gitText(directory, ['-c', 'core.fsmonitor=false', 'ls-files', '-z', what]);
  return listed.split('\0').filter(Boolean);
}
