import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { type Access, type Permissions, type Token, tokenIn, tokenOf } from './github-access.ts';
import type { AccountStore } from './github-accounts.ts';
import { nodeId, repositoryBody, type Site, timestamp, userBody } from './github-answers.ts';
import { readJwt } from './github-app-jwt.ts';
import { type Repository, wasCalled } from './github-repositories.ts';
import { type Answer, matchPath, redirectTo, refuse } from './github-routes.ts';
import { requestProblems } from './openapi.ts';

/** Where an App is installed, and what its owner lets it do there. */
interface InstallationOptions {
  owner: string;
  permissions: Permissions;
  /** Full names; all of the owner's unless told. */
  repositories?: readonly string[];
  suspended?: boolean;
}

export interface AppOptions {
  id: number;
  clientId?: string;
  privateKey: string;
  installations?: readonly InstallationOptions[];
  /** Seconds that its tokens last: an hour unless told. */
  lifetime?: number;
}

/** A GitHub App that is registered here. */
export interface App {
  id: number;
  clientId: string;
  slug: string;
  publicKey: KeyObject;
  installations: (InstallationOptions & { id: number })[];
  lifetime: number;
  /** Every token that it was given, oldest first. */
  readonly tokens: string[];
}

export function makeApp(options: AppOptions): App {
  const { id, privateKey, installations = [], lifetime = 3600, clientId = `Iv23li${id}` } = options;
  const numbered = installations.map((one, index) => ({ ...one, id: id * 100 + index }));
  const publicKey = createPublicKey(privateKey);
  return { id, clientId, slug: `app-${id}`, publicKey, installations: numbered, lifetime, tokens: [] };
}

/** What the operations of Apps need of the place that they serve. */
export interface AppWorld {
  site: Site;
  apps: App[];
  accounts: AccountStore;
  repositories(): readonly Repository[];
  /** The repository that was called so, where nothing else is now. */
  findFormer(fullName: string): Repository | undefined;
  keepToken(name: string, token: Token): void;
}

interface AppCall {
  session: AppWorld;
  app: App;
  parameters: Readonly<Record<string, string>>;
  body: { permissions?: Permissions; repositories?: readonly string[]; repository_ids?: readonly number[] };
}

interface AppOperation {
  name: string;
  answer(call: AppCall): Answer;
}

const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

function reaches({ owner, repositories }: InstallationOptions, repository: Repository): boolean {
  if (!same(owner, repository.owner)) return false;
  return repositories === undefined || repositories.some((name) => wasCalled(repository, name));
}

function appBody({ site }: AppWorld, app: App) {
  const date = timestamp(new Date());
  return {
    id: app.id,
    client_id: app.clientId,
    slug: app.slug,
    node_id: nodeId('A', app.id),
    owner: userBody(site, 'acme'),
    name: app.slug,
    description: null,
    external_url: site.serverUrl,
    html_url: `${site.serverUrl}/apps/${app.slug}`,
    created_at: date,
    updated_at: date,
    permissions: { contents: 'write', metadata: 'read' },
    events: [],
  };
}

function installationBody({ site, accounts }: AppWorld, app: App, installation: App['installations'][number]) {
  const { id, owner, permissions, repositories, suspended = false } = installation;
  const date = timestamp(new Date());
  const { type } = accounts.ensure(owner);
  const account = userBody(site, owner, type);
  return {
    id,
    client_id: app.clientId,
    account,
    repository_selection: repositories === undefined ? 'all' : 'selected',
    access_tokens_url: `${site.apiUrl}/app/installations/${id}/access_tokens`,
    repositories_url: `${site.apiUrl}/installation/repositories`,
    html_url: `${site.serverUrl}/organizations/${owner}/settings/installations/${id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: account.id,
    target_type: type,
    permissions,
    events: [],
    created_at: date,
    updated_at: date,
    single_file_name: null,
    suspended_by: suspended ? userBody(site, 'mona', 'User') : null,
    suspended_at: suspended ? date : null,
  };
}

function getRepositoryInstallation({ session, app, parameters: { owner, repo } }: AppCall): Answer {
  const repository = session.repositories().find(({ fullName }) => same(fullName, `${owner}/${repo}`));
  const former = repository === undefined ? session.findFormer(`${owner}/${repo}`) : undefined;
  if (former && app.installations.some((one) => reaches(one, former)))
    return redirectTo(`${session.site.apiUrl}/repositories/${former.id}/installation`);
  const found = app.installations.find((one) => repository && reaches(one, repository));
  return found ? { status: 200, body: installationBody(session, app, found) } : refuse(404, 'Not Found');
}

function getUserInstallation({ session, app, parameters: { username = '' } }: AppCall): Answer {
  const found = app.installations.find(({ owner }) => same(owner, username));
  return found ? { status: 200, body: installationBody(session, app, found) } : refuse(404, 'Not Found');
}

function createToken({ session, app, parameters, body }: AppCall): Answer {
  const installation = app.installations.find(({ id }) => `${id}` === parameters.installation_id);
  if (installation === undefined) return refuse(404, 'Not Found');
  if (installation.suspended) return refuse(403, 'This installation has been suspended');
  const open = session.repositories().filter((repository) => reaches(installation, repository));
  const named = body.repositories?.map((name) => open.find((repository) => same(repository.name, name)));
  const numbered = body.repository_ids?.map((id) => open.find((repository) => repository.id === id));
  const chosen = (named ?? numbered) && [...(named ?? []), ...(numbered ?? [])];
  if (chosen?.includes(undefined)) {
    const words =
      'There is at least one repository that does not exist or is not accessible to the parent installation.';
    return refuse(422, words);
  }
  const permissions = body.permissions ?? installation.permissions;
  const granted: Readonly<Record<string, Access>> = installation.permissions;
  const isGranted = ([name, access]: [string, Access]) => [access, 'write'].includes(granted[name] ?? '');
  if (!Object.entries(permissions).every(isGranted))
    return refuse(422, 'The permissions requested are not granted to this installation.');
  const token = `ghs_${randomBytes(18).toString('hex')}`;
  const expiresAt = new Date(Date.now() + app.lifetime * 1000);
  // What was not chosen by name is looked up at each use: a token for all opens what is created after it, too.
  const opens = (repository: Repository) => chosen?.includes(repository) ?? reaches(installation, repository);
  const { grantOn: grantAnywhere } = tokenOf({ '*': 'write' }, 'installation', permissions);
  const grantOn: Token['grantOn'] = (repository, permission) =>
    opens(repository) ? grantAnywhere(repository, permission) : undefined;
  const selection = (chosen ?? installation.repositories) === undefined ? 'all' : 'selected';
  session.keepToken(token, { kind: 'installation', grantOn, selection, expiresAt });
  app.tokens.push(token);
  const answer = { token, expires_at: timestamp(expiresAt), permissions, repository_selection: selection };
  const repositories = chosen?.flatMap((one) => (one === undefined ? [] : [repositoryBody(session.site, one)]));
  return { status: 201, body: { ...answer, ...(repositories && { repositories }) } };
}

const appOperations: readonly AppOperation[] = [
  { name: 'GET /app', answer: ({ session, app }) => ({ status: 200, body: appBody(session, app) }) },
  { name: 'GET /repos/{owner}/{repo}/installation', answer: getRepositoryInstallation },
  { name: 'GET /users/{username}/installation', answer: getUserInstallation },
  { name: 'POST /app/installations/{installation_id}/access_tokens', answer: createToken },
];

/** Answers what an App asks for itself; `undefined` when the request is none of an App's. */
export function answerApp(
  session: AppWorld,
  method: string,
  path: string,
  authorization: string,
  text: string,
): { name: string; answer: Answer } | undefined {
  for (const { name, answer } of appOperations) {
    const [wanted, template = ''] = name.split(' ');
    const parameters = wanted === method ? matchPath(template, path) : undefined;
    if (parameters === undefined) continue;
    const read = readJwt(session.apps, tokenIn(authorization));
    if ('refusal' in read) return { name, answer: read.refusal };
    const body = text === '' ? {} : JSON.parse(text);
    const problems = requestProblems(name, body);
    if (problems.length > 0) return { name, answer: refuse(422, `Invalid request.\n\n${problems.join('\n')}`) };
    return { name, answer: answer({ session, app: read.issuer, parameters, body }) };
  }
  return undefined;
}
