import { gitBytes, gitText, tryGit } from './git.ts';
import { permissionsOf } from './github-access.ts';
import {
  commitBody,
  gitCommitBody,
  nodeId,
  readCommits,
  repositoryBody,
  type Site,
  userBody,
} from './github-answers.ts';
import { cachesOperation } from './github-caches.ts';
import { commentOperations } from './github-comments.ts';
import { commitOperations } from './github-commits.ts';
import { compareOperation } from './github-compare.ts';
import { contentsOperations, rawType } from './github-contents.ts';
import { environmentOperations } from './github-environments.ts';
import { pullOperations } from './github-pulls.ts';
import { latestReleaseOperation } from './github-releases.ts';
import type { Repository } from './github-repositories.ts';
import { type Answer, type Call, itemsOf, linkHeader, type Operation, redirectTo, refuse } from './github-routes.ts';
import { isProtected, rulesOperations } from './github-rulesets.ts';

/** The object that a full ref name points to. */
async function readRef(directory: string, ref: string): Promise<{ sha: string; type: string } | undefined> {
  const format = '--format=%(objectname) %(objecttype) %(refname)';
  for (const line of (await gitText(directory, ['for-each-ref', format, ref])).split('\n')) {
    const [sha = '', type = '', ...name] = line.split(' ');
    if (name.join(' ') === ref) return { sha, type };
  }
  return undefined;
}

async function isEmpty(directory: string): Promise<boolean> {
  return (await gitText(directory, ['for-each-ref', '--count=1'])) === '';
}

function refBody(site: Site, { fullName }: Repository, ref: string, sha: string, type: string) {
  const url = `${site.apiUrl}/repos/${fullName}/git`;
  return {
    ref,
    node_id: nodeId('REF', `${fullName}:${ref}`),
    url: `${url}/${ref}`,
    object: { sha, type, url: `${url}/${type}s/${sha}` },
  };
}

function getRepository({ site, repository, access }: Call): Answer {
  const organization = repository.account.type === 'Organization' && { organization: userBody(site, repository.owner) };
  const counts = { network_count: 0, subscribers_count: 0 };
  const body = { ...repositoryBody(site, repository), permissions: permissionsOf(access), ...organization, ...counts };
  return { status: 200, body };
}

async function getBranch({ site, repository, parameters: { branch = '' } }: Call): Promise<Answer> {
  const url = (name: string) => `${site.apiUrl}/repositories/${repository.id}/branches/${encodeURIComponent(name)}`;
  const renamed = repository.renamedBranches.get(branch);
  if (renamed !== undefined) return redirectTo(url(renamed));
  const ref = await readRef(repository.directory, `refs/heads/${branch}`);
  const [commit] = ref === undefined ? [] : await readCommits(repository.directory, [ref.sha]);
  if (commit === undefined) return refuse(404, 'Branch not found');
  const contexts = repository.requiredChecks.get(branch) ?? [];
  const enforcement_level = contexts.length > 0 ? 'non_admins' : 'off';
  const checks = contexts.map((context) => ({ context, app_id: null }));
  const self = `${site.apiUrl}/repos/${repository.fullName}/branches/${branch}`;
  const body = {
    name: branch,
    commit: commitBody(site, repository, commit),
    _links: { self, html: `${site.serverUrl}/${repository.fullName}/tree/${branch}` },
    protected: isProtected(repository, `refs/heads/${branch}`),
    // Of protections of the branch only: rules are listed elsewhere.
    protection: {
      enabled: repository.protections.has(branch),
      required_status_checks: { enforcement_level, contexts, checks },
    },
    protection_url: `${self}/protection`,
  };
  return { status: 200, body };
}

async function listBranches({ site, repository, query }: Call): Promise<Answer> {
  const format = '--format=%(objectname) %(refname:lstrip=2)';
  const listed = await gitText(repository.directory, ['for-each-ref', format, 'refs/heads/']);
  const wanted = query.get('protected');
  const isShown = (line: string) =>
    wanted === null || isProtected(repository, `refs/heads/${line.slice(41)}`) === (wanted === 'true');
  const lines = listed.split('\n').filter(Boolean).filter(isShown);
  const url = `${site.apiUrl}/repos/${repository.fullName}`;
  const body = itemsOf(lines, query).map((line) => {
    const [sha, name] = [line.slice(0, 40), line.slice(41)];
    const protectedNow = isProtected(repository, `refs/heads/${name}`);
    return { name, commit: { sha, url: `${url}/commits/${sha}` }, protected: protectedNow };
  });
  return { status: 200, headers: linkHeader(`${url}/branches`, query, lines.length), body };
}

async function getRef({ site, repository, parameters: { ref = '' } }: Call): Promise<Answer> {
  if (await isEmpty(repository.directory)) return refuse(409, 'Git Repository is empty.');
  const found = await readRef(repository.directory, `refs/${ref}`);
  if (found === undefined) return refuse(404, 'Not Found');
  return { status: 200, body: refBody(site, repository, `refs/${ref}`, found.sha, found.type) };
}

/** Every ref whose name begins so, in the order of their names. */
async function listMatchingRefs({ site, repository, parameters: { ref = '' } }: Call): Promise<Answer> {
  if (await isEmpty(repository.directory)) return refuse(409, 'Git Repository is empty.');
  const format = '--format=%(objectname) %(objecttype) %(refname)';
  const listed = (await gitText(repository.directory, ['for-each-ref', format])).split('\n').filter(Boolean);
  const refs = listed.map((line) => {
    const [sha = '', type = '', ...name] = line.split(' ');
    return refBody(site, repository, name.join(' '), sha, type);
  });
  return { status: 200, body: refs.filter(({ ref: name }) => name.startsWith(`refs/${ref}`)) };
}

/** What happened to branches, newest first; the local GitHub remembers deletions alone. */
function listActivity({ site, repository, query }: Call): Answer {
  const ref = query.get('ref') ?? '';
  const isAsked = query.get('activity_type') === 'branch_deletion';
  const wanted = repository.deletions.filter((one) => [one.ref, one.ref.replace('refs/heads/', '')].includes(ref));
  const body = (isAsked ? wanted.toReversed() : []).map(({ ref: name, before, timestamp }, index) => ({
    id: index + 1,
    node_id: nodeId('PSH', `${repository.fullName}:${name}:${timestamp}`),
    before,
    after: '0'.repeat(40),
    ref: name,
    timestamp,
    activity_type: 'branch_deletion',
    actor: userBody(site, repository.owner),
  }));
  return { status: 200, body: itemsOf(body, query) };
}

async function createRef({ site, repository, body: asked }: Call): Promise<Answer> {
  const { directory } = repository;
  const { ref, sha } = asked as { ref: string; sha: string };
  if (await isEmpty(directory)) return refuse(409, 'Git Repository is empty.');
  const valid = /^refs\/[^/]+\/./.test(ref) && (await tryGit(directory, ['check-ref-format', ref])).exitCode === 0;
  if (!valid) return refuse(422, `${ref} is not a valid ref name.`);
  const known = await tryGit(directory, ['cat-file', '-t', sha]);
  if (!/^[0-9a-f]{40}$/.test(sha) || known.exitCode !== 0) return refuse(422, 'Object does not exist');
  const type = known.stdout.toString().trim();
  if (ref.startsWith('refs/heads/') && type !== 'commit') return refuse(422, 'Reference update failed');
  const protection = repository.protections.get(ref.replace('refs/heads/', ''));
  if (protection !== undefined) return refuse(422, `Repository rule violations found\n\n${protection}\n\n`);
  // All zeros: only if it still does not exist.
  const made = await tryGit(directory, ['update-ref', ref, sha, '0'.repeat(40)]);
  if (made.exitCode !== 0) {
    return refuse(422, (await readRef(directory, ref)) ? 'Reference already exists' : 'Reference update failed');
  }
  const body = refBody(site, repository, ref, sha, type);
  return { status: 201, headers: { Location: body.url }, body };
}

async function getCommit({ site, repository, parameters: { commit_sha: sha = '' } }: Call): Promise<Answer> {
  const { directory } = repository;
  if (await isEmpty(directory)) return refuse(409, 'Git Repository is empty.');
  const known = await tryGit(directory, ['cat-file', '-t', sha]);
  const isCommit = /^[0-9a-f]{40}$/.test(sha) && known.stdout.toString().trim() === 'commit';
  const [commit] = isCommit ? await readCommits(directory, [sha]) : [];
  if (commit === undefined) return refuse(404, 'Not Found');
  return { status: 200, body: gitCommitBody(site, repository, commit) };
}

async function getBlob({ site, repository, parameters: { file_sha: sha = '' }, accept }: Call): Promise<Answer> {
  const known = await tryGit(repository.directory, ['cat-file', '-t', sha]);
  if (!/^[0-9a-f]{40}$/.test(sha) || known.stdout.toString().trim() !== 'blob') return refuse(404, 'Not Found');
  const content = await gitBytes(repository.directory, ['cat-file', 'blob', sha]);
  const raw = rawType(accept);
  if (raw !== undefined) return { status: 200, headers: { 'Content-Type': `${raw}; charset=utf-8` }, body: content };
  const url = `${site.apiUrl}/repos/${repository.fullName}/git/blobs/${sha}`;
  const body = { sha, node_id: nodeId('B', sha), size: content.length, url, encoding: 'base64' };
  return { status: 200, body: { ...body, content: content.toString('base64').replace(/.{60}/g, '$&\n') } };
}

/** What the local GitHub can answer; add operations here and their names to `extract-openapi.ts`. */
export const operations: readonly Operation[] = [
  { name: 'GET /repos/{owner}/{repo}', needs: 'read', permissions: ['metadata'], answer: getRepository },
  { name: 'GET /repos/{owner}/{repo}/activity', needs: 'read', permissions: ['contents'], answer: listActivity },
  { name: 'GET /repos/{owner}/{repo}/branches', needs: 'read', permissions: ['contents'], answer: listBranches },
  { name: 'GET /repos/{owner}/{repo}/branches/{branch}', needs: 'read', permissions: ['contents'], answer: getBranch },
  { name: 'GET /repos/{owner}/{repo}/git/blobs/{file_sha}', needs: 'read', permissions: ['contents'], answer: getBlob },
  {
    name: 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}',
    needs: 'read',
    permissions: ['contents'],
    answer: getCommit,
  },
  {
    name: 'GET /repos/{owner}/{repo}/git/matching-refs/{ref}',
    needs: 'read',
    permissions: ['contents'],
    answer: listMatchingRefs,
  },
  { name: 'GET /repos/{owner}/{repo}/git/ref/{ref}', needs: 'read', permissions: ['contents'], answer: getRef },
  { name: 'POST /repos/{owner}/{repo}/git/refs', needs: 'write', permissions: ['contents'], answer: createRef },
  cachesOperation,
  ...commentOperations,
  // Before those on commits, whose name would take the rest of the path for its own.
  ...pullOperations,
  ...commitOperations,
  compareOperation,
  ...contentsOperations,
  ...environmentOperations,
  latestReleaseOperation,
  ...rulesOperations,
];
