import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** How git ended, and its standard output. */
export interface KnownAnswer {
  readonly exitCode: number;
  readonly stdout: string;
}

/**
 * What git would answer about refs, read from their files; `undefined` where only git knows. A story asks hundreds of times
 * which commit a branch names, and a process takes longer than most of what it is asked between.
 */
export function answerFromFiles(directory: string, args: readonly string[]): KnownAnswer | undefined {
  const [command, ...words] = args;
  if (command !== 'rev-parse' && command !== 'for-each-ref') return undefined;
  const place = gitDirectory(directory);
  const refs = place === undefined ? undefined : readRefs(place);
  if (place === undefined || refs === undefined) return undefined;
  return command === 'rev-parse' ? parseNames(place, refs, words) : listRefs(refs, words);
}

/** Ref -> id, in the order in which git lists them. */
type Refs = ReadonlyMap<string, string>;

function gitDirectory(directory: string): string | undefined {
  const isRepository = (place: string) =>
    ['HEAD', 'objects', 'refs'].every((name) => statSync(join(place, name), { throwIfNoEntry: false }) !== undefined);
  return [directory, join(directory, '.git')].find(isRepository);
}

const ID = /^[0-9a-f]{40}$/;

function tryRead(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** `undefined` where one of them names another one, or is damaged, or goes while they are read. */
function readRefs(place: string): Refs | undefined {
  const found = new Map<string, string>();
  for (const line of (tryRead(join(place, 'packed-refs')) ?? '').split('\n')) {
    const [, id, name] = /^([0-9a-f]{40}) (.+)$/.exec(line) ?? [];
    if (id !== undefined && name !== undefined) found.set(name, id);
  }
  try {
    for (const entry of readdirSync(join(place, 'refs'), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name.endsWith('.lock')) continue;
      const file = join(entry.parentPath, entry.name);
      const id = readFileSync(file, 'utf8').trimEnd();
      if (!ID.test(id)) return undefined;
      found.set(file.slice(place.length + 1), id);
    }
  } catch {
    return undefined;
  }
  return new Map([...found].sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other))));
}

/** `rev-parse` of plain names; of others, of what is not there, and of what is there twice, git itself is asked. */
function parseNames(place: string, refs: Refs, words: readonly string[]): KnownAnswer | undefined {
  const names = words.filter((word) => word !== '--verify' && word !== '--quiet');
  const isQuiet = words.includes('--verify') && words.includes('--quiet');
  if (names.length === 0 || (words.includes('--verify') && names.length > 1)) return undefined;
  const ids: string[] = [];
  for (const word of names) {
    const [, name = '', commit] = /^([\w./-]+?)(\^\{commit\})?$/.exec(word) ?? [];
    if (name === '' || name.startsWith('-') || ID.test(name)) return undefined;
    const known = namedBy(place, refs, name);
    const [one, ...others] = known;
    if (one === undefined && isQuiet && name.startsWith('refs/')) return { exitCode: 1, stdout: '' };
    if (one === undefined || others.length > 0) return undefined;
    // What else a ref names may be no commit.
    if (commit !== undefined && !one.ref.startsWith('refs/heads/')) return undefined;
    ids.push(one.id);
  }
  return { exitCode: 0, stdout: `${ids.join('\n')}\n` };
}

function namedBy(place: string, refs: Refs, name: string): { ref: string; id: string }[] {
  const head = tryRead(join(place, 'HEAD'))?.trimEnd() ?? '';
  const ref = name === 'HEAD' ? head.replace('ref: ', '') : name;
  if (name === 'HEAD' && ID.test(ref)) return [{ ref: name, id: ref }];
  const candidates = ref.startsWith('refs/')
    ? [ref]
    : ['refs/', 'refs/tags/', 'refs/heads/', 'refs/remotes/'].map((folder) => folder + ref);
  return candidates.flatMap((candidate) => {
    const id = refs.get(candidate);
    return id === undefined ? [] : [{ ref: candidate, id }];
  });
}

/** `for-each-ref` of whole names and folders, in formats that say no more than names and ids. */
function listRefs(refs: Refs, words: readonly string[]): KnownAnswer | undefined {
  let [format, count] = ['%(objectname) %(objecttype)\t%(refname)', Number.POSITIVE_INFINITY];
  const patterns: string[] = [];
  for (const word of words) {
    if (word.startsWith('--format=')) format = word.slice('--format='.length);
    else if (word.startsWith('--count=')) count = Number(word.slice('--count='.length));
    else if (/^refs\/[^*?[\\]*$/.test(word)) patterns.push(word);
    else return undefined;
  }
  const isAsked = (ref: string) =>
    patterns.length === 0 ||
    patterns.some((pattern) => ref === pattern || ref.startsWith(`${pattern.replace(/\/$/, '')}/`));
  const shown = [...refs].filter(([ref]) => isAsked(ref)).slice(0, count);
  // Branches name commits; what else names what is in the object.
  const areCommits = shown.every(([ref]) => ref.startsWith('refs/heads/'));
  const fields = /%\((objectname|refname|refname:lstrip=2|objecttype)\)/g;
  if (format.replace(fields, '').includes('%') || (format.includes('%(objecttype)') && !areCommits)) return undefined;
  const lines = shown.map(([ref, id]) =>
    format.replace(fields, (_, field: string) => {
      if (field === 'objectname') return id;
      if (field === 'objecttype') return 'commit';
      return field === 'refname' ? ref : ref.split('/').slice(2).join('/');
    }),
  );
  return { exitCode: 0, stdout: lines.map((line) => `${line}\n`).join('') };
}
