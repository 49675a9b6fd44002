import { type GitOptions, gitText } from './git.ts';

/** What a path shall hold: text or bytes, a file with another mode, a submodule's commit, or nothing (`null`: it goes). */
export type FileChange =
  | string
  | Buffer
  | null
  | { mode: '100644' | '100755' | '120000' | '160000'; content: string | Buffer };

export interface Person {
  name: string;
  email: string;
}

export interface CommitDetails {
  message: string;
  /** Anything `new Date` reads. */
  date: string | Date;
  person?: Person;
}

/** The person who commits when a test does not say who. */
export const someone: Person = { name: 'Mona Lisa', email: 'mona@example.com' };

/** A path as fast-import reads it: quoted as in C, bytes kept. */
export function quotePath(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** `data` of a fast-import stream. */
export function dataOf(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}

/** Head of a commit in a fast-import stream. */
export function commitHead(ref: string, details: CommitDetails, parent?: string): Buffer {
  const { name, email } = details.person ?? someone;
  const who = `${name} <${email}> ${Math.floor(new Date(details.date).getTime() / 1000)} +0000`;
  return Buffer.concat([
    Buffer.from(`commit ${ref}\nmark :1\nauthor ${who}\ncommitter ${who}\n`),
    dataOf(`${details.message.replace(/\n+$/, '')}\n`),
    Buffer.from(parent === undefined ? '' : `from ${parent}\n`),
  ]);
}

function changeOf(path: string, change: FileChange): Buffer {
  if (change === null) return Buffer.from(`D ${quotePath(path)}\n`);
  const plain = typeof change === 'string' || Buffer.isBuffer(change);
  const mode = plain ? '100644' : change.mode;
  if (!plain && mode === '160000') return Buffer.from(`M ${mode} ${change.content} ${quotePath(path)}\n`);
  return Buffer.concat([Buffer.from(`M ${mode} inline ${quotePath(path)}\n`), dataOf(plain ? change : change.content)]);
}

/**
 * Commits files on top of a ref of a bare repository (or starts the ref) without a working tree, moves the ref and
 * returns the commit's id. Fails when somebody else moved the ref meanwhile.
 */
export async function commitFiles(
  directory: string,
  ref: string,
  changes: Readonly<Record<string, FileChange>>,
  details: CommitDetails,
  options: GitOptions = {},
): Promise<string> {
  const tip = await gitText(directory, ['for-each-ref', '--format=%(objectname)', ref]);
  const stream = Buffer.concat([
    commitHead(ref, details, tip === '' ? undefined : tip),
    ...Object.entries(changes).map(([path, change]) => changeOf(path, change)),
    Buffer.from('\nget-mark :1\ndone\n'),
  ]);
  return gitText(directory, ['fast-import', '--quiet', '--done'], { ...options, input: stream });
}
