import { gitText, tryGit } from './git.ts';
import { nodeId, type Site, timestamp, userBody } from './github-answers.ts';
import { opener } from './github-pull-bodies.ts';
import { defaultBranchOf, type Repository } from './github-repositories.ts';
import { type Answer, type Call, type Operation, refuse } from './github-routes.ts';

export interface ReleaseOptions {
  draft?: boolean;
  prerelease?: boolean;
}

export interface ReleaseRecord extends Required<ReleaseOptions> {
  tag: string;
  /** When the released commit was made. */
  createdAt: Date;
  publishedAt: Date;
}

/** Releases a tag; throws when there is no such tag. */
export async function makeRelease(repository: Repository, tag: string, options: ReleaseOptions = {}): Promise<void> {
  const { directory, fullName, releases } = repository;
  const found = await tryGit(directory, ['rev-parse', '--verify', '--quiet', `refs/tags/${tag}^{commit}`]);
  if (found.exitCode !== 0) throw new Error(`${fullName} has no tag ${tag}`);
  const date = await gitText(directory, ['log', '-1', '--format=%cI', found.stdout.toString().trim()]);
  const { draft = false, prerelease = false } = options;
  releases.push({ tag, draft, prerelease, createdAt: new Date(date), publishedAt: new Date() });
}

/** A release as the API and webhooks show it. */
export function releaseBody(site: Site, repository: Repository, release: ReleaseRecord) {
  const { tag, draft, prerelease, createdAt, publishedAt } = release;
  const id = repository.id * 1000 + repository.releases.indexOf(release);
  const api = `${site.apiUrl}/repos/${repository.fullName}`;
  const url = `${api}/releases/${id}`;
  return {
    url,
    assets_url: `${url}/assets`,
    upload_url: `${url}/assets{?name,label}`,
    html_url: `${site.serverUrl}/${repository.fullName}/releases/tag/${tag}`,
    id,
    author: userBody(site, opener, 'User'),
    node_id: nodeId('RE', id),
    tag_name: tag,
    target_commitish: defaultBranchOf(repository),
    name: tag,
    draft,
    immutable: false,
    prerelease,
    created_at: timestamp(createdAt),
    updated_at: timestamp(publishedAt),
    published_at: draft ? null : timestamp(publishedAt),
    assets: [],
    tarball_url: `${api}/tarball/${tag}`,
    zipball_url: `${api}/zipball/${tag}`,
    body: null,
  };
}

/** The newest by the date of its commit, as GitHub documents it; of two as new, the one that was released later. */
function getLatestRelease({ site, repository }: Call): Answer {
  const full = repository.releases.filter(({ draft, prerelease }) => !draft && !prerelease);
  const latest = full.sort((one, other) => one.createdAt.getTime() - other.createdAt.getTime()).at(-1);
  if (latest === undefined) return refuse(404, 'Not Found');
  return { status: 200, body: releaseBody(site, repository, latest) };
}

export const latestReleaseOperation: Operation = {
  name: 'GET /repos/{owner}/{repo}/releases/latest',
  needs: 'read',
  permissions: ['contents'],
  answer: getLatestRelease,
};
