import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { GraphQLSchema } from 'graphql';
import { type ObjectReader, openObjects } from './cat-file.ts';
import { accessTo, type Caller, lackOfPermission, maySee } from './github-access.ts';
import { nodeId, type Site, userBody } from './github-answers.ts';
import { objectsOf } from './github-graphql-objects.ts';
import { defaultBranchOf, type Repository } from './github-repositories.ts';
import { type Answer, refuse } from './github-routes.ts';

/** What GraphQL needs of the place that it serves. */
export interface GraphWorld {
  site: Site;
  find(fullName: string): Repository | undefined;
  findFormer(fullName: string): Repository | undefined;
  /** Queries that GitHub's schema, as far as it is here, does not allow. */
  undocumented: string[];
}

// Only who is asked loads the reference implementation.
const load = () => createRequire(import.meta.url)('graphql') as typeof import('graphql');
let known: GraphQLSchema | undefined;

function schema(): GraphQLSchema {
  known ??= load().buildSchema(readFileSync(new URL('./github-schema.graphql', import.meta.url), 'utf8'));
  return known;
}

/** An error that GitHub puts beside the data, with a type of its own. */
function failure(type: string, message: string, extensions = {}): Error {
  const { GraphQLError } = load();
  return new GraphQLError(message, { extensions: { type, ...extensions } });
}

interface RepositoryArguments {
  owner: string;
  name: string;
  followRenames: boolean;
}

/** One question, and the processes that read objects for it. */
interface GraphSession extends GraphWorld {
  readonly opened: ObjectReader[];
}

function repositoryOf(session: GraphSession, caller: Caller, { owner, name, followRenames }: RepositoryArguments) {
  const fullName = `${owner}/${name}`;
  const repository = session.find(fullName) ?? (followRenames ? session.findFormer(fullName) : undefined);
  if (repository === undefined || !maySee(repository, caller))
    throw failure('NOT_FOUND', `Could not resolve to a Repository with the name '${fullName}'.`);
  return repositoryNode(session, caller, repository);
}

/** What a token that may not read contents gets for each field that shows some. */
function mustRead(repository: Repository, caller: Caller): void {
  if (typeof caller !== 'string' && accessTo(repository, caller, 'contents') === 'none')
    throw failure('FORBIDDEN', lackOfPermission(caller), { saml_failure: false });
}

function viewerPermission(repository: Repository, caller: Caller): string | null {
  // "Will return null if authenticated as a GitHub App."
  if (typeof caller === 'string' || caller.kind === 'installation') return null;
  return accessTo(repository, caller) === 'write' ? 'WRITE' : 'READ';
}

function repositoryNode(session: GraphSession, caller: Caller, repository: Repository) {
  const { serverUrl } = session.site;
  const { account, fullName } = repository;
  const node = {
    __typename: 'Repository',
    databaseId: repository.id,
    id: nodeId('R', repository.id),
    isArchived: repository.archived,
    isDisabled: false,
    isFork: repository.fork,
    isPrivate: repository.visibility !== 'public',
    name: repository.name,
    nameWithOwner: fullName,
    owner: {
      __typename: account.type,
      id: nodeId(account.type === 'Organization' ? 'O' : 'U', account.login),
      login: account.login,
      url: `${serverUrl}/${account.login}`,
    },
    url: `${serverUrl}/${fullName}`,
    viewerPermission: viewerPermission(repository, caller),
    visibility: repository.visibility.toUpperCase(),
    isEmpty: async () => !(await objects.hasRefs()),
    async defaultBranchRef() {
      mustRead(repository, caller);
      return objects.ref([`refs/heads/${defaultBranchOf(repository)}`]);
    },
    async ref({ qualifiedName: name }: { qualifiedName: string }) {
      mustRead(repository, caller);
      const short = ['refs/', 'refs/tags/', 'refs/heads/'].map((prefix) => `${prefix}${name}`);
      return objects.ref(name.startsWith('refs/') ? [name, ...short] : short);
    },
    async object({ expression, oid }: { expression?: string | null; oid?: string | null }) {
      mustRead(repository, caller);
      return objects.object(oid ?? expression ?? '');
    },
  };
  const reader = openObjects(repository.directory);
  session.opened.push(reader);
  const objects = objectsOf(repository, `${serverUrl}/${fullName}`, node, failure, reader);
  return node;
}

/** Who a caller writes as: a person, the App that a token was made for, or the bot of workflows. */
export function authorOf(caller: Caller): { login: string; type: 'Bot' | 'User' } {
  const { kind, account } = typeof caller === 'string' ? { kind: 'user', account: undefined } : caller;
  if (kind === 'user') return { login: account ?? 'mona', type: 'User' };
  return { login: account ?? 'github-actions[bot]', type: 'Bot' };
}

function viewerNode({ site }: GraphWorld, caller: Caller) {
  const { login, type } = authorOf(caller);
  const { id, html_url: url } = userBody(site, login, type);
  return { databaseId: id, id: nodeId('U', login), login, url };
}

interface Question {
  query?: unknown;
  variables?: Record<string, unknown> | null;
  operationName?: string | null;
}

function parseQuestion(text: string): Question | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Answers `POST /graphql`: 200 whatever the query asks, with errors beside the data. */
export async function answerGraphql(world: GraphWorld, caller: Caller, text: string): Promise<Answer> {
  if (caller === 'unknown') return refuse(401, 'Bad credentials');
  if (caller === 'anonymous') return refuse(401, 'This endpoint requires you to be authenticated.');
  const question = parseQuestion(text);
  if (question === undefined) return refuse(400, 'Problems parsing JSON');
  const { query: source, variables: variableValues, operationName } = question;
  if (typeof source !== 'string') return refuse(400, 'A query attribute must be specified and must be a string.');
  const session: GraphSession = { ...world, opened: [] };
  const rootValue = {
    repository: (asked: RepositoryArguments) => repositoryOf(session, caller, asked),
    viewer: () => viewerNode(session, caller),
  };
  const { data, errors = [] } = await load().graphql({
    schema: schema(),
    source,
    rootValue,
    ...(variableValues && { variableValues }),
    ...(operationName && { operationName }),
  });
  await Promise.all(session.opened.map((reader) => reader.close()));
  // Without data nothing was asked: the query itself is wrong.
  if (data === undefined)
    session.undocumented.push(`POST /graphql: ${errors.map(({ message }) => message).join('; ')}`);
  const shown = errors.map(({ message, path, locations, extensions: { type, ...extensions } }) => ({
    ...(typeof type === 'string' && { type }),
    ...(path && { path }),
    ...(Object.keys(extensions).length > 0 && { extensions }),
    ...(locations && { locations }),
    message,
  }));
  return { status: 200, body: { ...(data !== undefined && { data }), ...(shown.length > 0 && { errors: shown }) } };
}
