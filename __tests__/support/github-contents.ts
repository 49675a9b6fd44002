import { gitBytes, tryGit } from './git.ts';
import type { Site } from './github-answers.ts';
import { resolveCommit } from './github-compare.ts';
import { defaultBranchOf, type Repository } from './github-repositories.ts';
import { type Answer, type Call, type Operation, refuse } from './github-routes.ts';

interface TreeEntry {
  mode: string;
  sha: string;
  size: number;
  path: string;
}

/** Entries of `ls-tree -l -z`. */
function parseEntries(listing: Buffer): TreeEntry[] {
  const lines = listing.toString().split('\0').filter(Boolean);
  return lines.map((line) => {
    const [facts = '', path = ''] = line.split(/\t(.*)/s);
    const [mode = '', , sha = '', size = ''] = facts.split(/ +/);
    return { mode, sha, size: Number(size) || 0, path };
  });
}

function entryBody(site: Site, { fullName }: Repository, ref: string, entry: TreeEntry) {
  const kinds: Record<string, string> = { '040000': 'dir', '120000': 'symlink', '160000': 'submodule' };
  const type = kinds[entry.mode] ?? 'file';
  const path = entry.path.split('/').map(encodeURIComponent).join('/');
  const api = `${site.apiUrl}/repos/${fullName}`;
  const url = `${api}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const html = `${site.serverUrl}/${fullName}/${type === 'dir' ? 'tree' : 'blob'}/${ref}/${path}`;
  const git = `${api}/git/${type === 'dir' ? 'trees' : 'blobs'}/${entry.sha}`;
  return {
    name: entry.path.split('/').at(-1) ?? '',
    path: entry.path,
    sha: entry.sha,
    size: entry.size,
    url,
    html_url: html,
    git_url: git,
    download_url: type === 'file' ? `${site.serverUrl}/${fullName}/raw/${ref}/${path}` : null,
    type,
    _links: { self: url, git, html },
  };
}

/** Base64 as GitHub sends it: sixty characters a line. Above one megabyte it sends no content at all. */
function encoded(bytes: Buffer): { content: string; encoding: string } {
  if (bytes.length > 1024 * 1024) return { content: '', encoding: 'none' };
  return { content: bytes.toString('base64').replace(/.{1,60}/g, '$&\n'), encoding: 'base64' };
}

/** The media type that asks for a file as it is; `undefined` where another one is asked for. */
export function rawType(accept: string): string | undefined {
  return /application\/vnd\.github\.(v3\.)?raw(\+json)?/.exec(accept)?.[0];
}

/** Of a directory this operation lists no more. */
const mostEntries = 1000;

async function getContents({ site, repository, parameters, query, accept }: Call): Promise<Answer> {
  const { directory } = repository;
  const path = (parameters.path ?? '').replace(/\/+$/, '');
  const ref = query.get('ref') ?? defaultBranchOf(repository);
  const commit = await resolveCommit(directory, ref);
  if (commit === undefined) {
    const known = (await gitBytes(directory, ['for-each-ref', '--count=1'])).length > 0;
    return refuse(404, known ? `No commit found for the ref ${ref}` : 'This repository is empty.');
  }
  const listed = parseEntries(
    (await tryGit(directory, ['ls-tree', '-l', '-t', '-z', commit, path, `${path}/`])).stdout,
  );
  const entry = listed.find((one) => one.path === path);
  if (entry === undefined) return refuse(404, 'Not Found');
  const raw = rawType(accept);
  if (entry.mode === '040000') {
    const children = listed.filter((one) => one.path.startsWith(`${path}/`)).slice(0, mostEntries);
    const entries = children.map((child) => entryBody(site, repository, ref, child));
    if (!/application\/vnd\.github\.(v3\.)?object(\+json)?/.test(accept)) return { status: 200, body: entries };
    return { status: 200, body: { ...entryBody(site, repository, ref, entry), entries } };
  }
  const body = entryBody(site, repository, ref, entry);
  if (entry.mode === '160000') return { status: 200, body: { ...body, submodule_git_url: null } };
  const bytes = await gitBytes(directory, ['cat-file', 'blob', entry.sha]);
  if (raw !== undefined) return { status: 200, headers: { 'Content-Type': `${raw}; charset=utf-8` }, body: bytes };
  if (entry.mode === '120000') return { status: 200, body: { ...body, target: bytes.toString() } };
  return { status: 200, body: { ...body, ...encoded(bytes) } };
}

/** Not recursive: that is asked for by nobody here. */
async function getTree({ site, repository, parameters: { tree_sha: name = '' }, query }: Call): Promise<Answer> {
  const { directory, fullName } = repository;
  const [found, listed] = await Promise.all([
    tryGit(directory, ['rev-parse', '--verify', '--quiet', `${name}^{tree}`]),
    tryGit(directory, ['ls-tree', '-l', '-z', name]),
  ]);
  if (found.exitCode !== 0 || query.has('recursive')) return refuse(404, 'Not Found');
  const sha = found.stdout.toString().trim();
  const api = `${site.apiUrl}/repos/${fullName}/git`;
  const types: Record<string, string> = { '040000': 'tree', '160000': 'commit' };
  const tree = parseEntries(listed.stdout).map(({ path, mode, sha: id, size }) => {
    const type = types[mode] ?? 'blob';
    return { path, mode, type, sha: id, ...(type === 'blob' && { size }), url: `${api}/${type}s/${id}` };
  });
  return { status: 200, body: { sha, url: `${api}/trees/${sha}`, tree, truncated: false } };
}

export const contentsOperations: readonly Operation[] = [
  { name: 'GET /repos/{owner}/{repo}/contents/{path}', needs: 'read', permissions: ['contents'], answer: getContents },
  { name: 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}', needs: 'read', permissions: ['contents'], answer: getTree },
];
