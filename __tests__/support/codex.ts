import { createHash } from 'node:crypto';
import { type CommitDetails, commitFiles, commitHead, dataOf, type FileChange, quotePath } from './commit-files.ts';
import { gitBytes, gitText } from './git.ts';
import type { LocalGitHub } from './github.ts';
import { firstCommitDate } from './github-repositories.ts';

export interface CodexFile {
  mode: string;
  id: string;
}

/** Every file of a branch, or of one of its folders (paths are then relative to that folder). */
export async function readTree(
  github: LocalGitHub,
  fullName: string,
  branch: string,
  under = '',
): Promise<Record<string, CodexFile>> {
  const prefix = under === '' ? '' : `${under.replace(/\/+$/, '')}/`;
  const args = ['ls-tree', '-r', '-z', `refs/heads/${branch}`, ...(prefix === '' ? [] : [prefix])];
  const listing = (await gitBytes(github.directory(fullName), args)).toString();
  const files: Record<string, CodexFile> = {};
  for (const line of listing.split('\0').filter(Boolean)) {
    const tab = line.indexOf('\t');
    const [mode = '', , id = ''] = line.slice(0, tab).split(' ');
    files[line.slice(tab + 1 + prefix.length)] = { mode, id };
  }
  return files;
}

/** A file's text; `undefined` when the branch has no such file. */
export async function readText(
  github: LocalGitHub,
  fullName: string,
  branch: string,
  path: string,
): Promise<string | undefined> {
  const directory = github.directory(fullName);
  const entry = await gitText(directory, ['ls-tree', '-z', `refs/heads/${branch}`, path]);
  if (entry === '') return undefined;
  return (await gitBytes(directory, ['cat-file', 'blob', `refs/heads/${branch}:${path}`])).toString();
}

export interface CodexCommit {
  sha: string;
  parents: string[];
  /** `Name <address>`. */
  author: string;
  committer: string;
  /** Committer date. */
  date: string;
  subject: string;
  body: string;
}

/** The commits of a branch, newest first. */
export async function commits(github: LocalGitHub, fullName: string, branch: string): Promise<CodexCommit[]> {
  const fields = ['%H', '%P', '%an <%ae>', '%cn <%ce>', '%cI', '%s', '%b'];
  const args = ['log', '-z', `--format=tformat:${fields.join('%x00')}`, `refs/heads/${branch}`];
  const values = (await gitBytes(github.directory(fullName), args)).toString().split('\0');
  const found: CodexCommit[] = [];
  for (let at = 0; at + fields.length <= values.length; at += fields.length) {
    const [sha = '', parents = '', author = '', committer = '', date = '', subject = '', body = ''] = values.slice(at);
    const ids = parents.split(' ').filter(Boolean);
    found.push({ sha, parents: ids, author, committer, date, subject, body: body.trimEnd() });
  }
  return found;
}

/** Somebody commits to a branch by hand; returns the commit's id. A branch that does not exist starts anew. */
export async function editCodex(
  github: LocalGitHub,
  fullName: string,
  branch: string,
  changes: Readonly<Record<string, FileChange>>,
  message = 'Edit by hand',
  details: Partial<Omit<CommitDetails, 'message'>> = {},
): Promise<string> {
  const directory = github.directory(fullName);
  for (let attempts = 1; ; attempts++) {
    try {
      const commit = { date: new Date(), ...details, message };
      return await commitFiles(directory, `refs/heads/${branch}`, changes, commit);
    } catch (error) {
      // Somebody else was faster: look again.
      if (attempts === 10) throw error;
    }
  }
}

export interface SeedOptions {
  projects: number;
  documentsPerProject: number;
  branch?: string;
  /** Write each project's manifest, as if `<owner>/<project>` had published it. */
  manifests?: boolean;
  owner?: string;
}

/** The id that git gives a text. */
export function blobId(content: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(content)}\0${content}`)
    .digest('hex');
}

/** The manifest of documents (path -> blob id) that a repository published, as text. */
export function manifestOf(documents: Record<string, string>, repository: string): string {
  const commit = createHash('sha1').update(repository).digest('hex');
  const source = { commit, date: firstCommitDate, directory: '.', ref: 'refs/heads/main', repository };
  return `${JSON.stringify({ documents, source, version: 1 }, null, 2)}\n`;
}

/**
 * Fills a branch with many projects (`project-0001`, …) of many documents (`docs/document-0001.md`, …) in one commit;
 * every document is unlike every other. Returns the commit's id and the projects' names.
 */
export async function seedCodex(
  github: LocalGitHub,
  fullName: string,
  options: SeedOptions,
): Promise<{ commit: string; projects: string[] }> {
  const { branch = 'main', owner = 'acme' } = options;
  const numbered = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${name}-${`${index + 1}`.padStart(4, '0')}`);
  const projects = numbered('project', options.projects);
  const names = numbered('docs/document', options.documentsPerProject).map((name) => `${name}.md`);
  const directory = github.directory(fullName);
  const ref = `refs/heads/${branch}`;
  const tip = await gitText(directory, ['for-each-ref', '--format=%(objectname)', ref]);
  const details = { message: `Seed ${projects.length} projects`, date: firstCommitDate };
  const stream = [commitHead(ref, details, tip === '' ? undefined : tip)];
  for (const project of projects) {
    const documents: Record<string, string> = {};
    const add = (path: string, content: string) => {
      stream.push(Buffer.from(`M 100644 inline ${quotePath(`projects/${project}/${path}`)}\n`), dataOf(content));
    };
    for (const name of names) {
      const content = `# ${name} of ${project}\n\n${createHash('sha256').update(`${project}/${name}`).digest('hex')}\n`;
      if (options.manifests) documents[name] = blobId(content);
      add(name, content);
    }
    if (options.manifests) add('.codex-sync.json', manifestOf(documents, `${owner}/${project}`));
  }
  stream.push(Buffer.from('\nget-mark :1\ndone\n'));
  const commit = await gitText(directory, ['fast-import', '--quiet', '--done'], { input: Buffer.concat(stream) });
  return { commit, projects };
}
