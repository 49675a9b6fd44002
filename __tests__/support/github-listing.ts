import { accessTo, maySee, permissionsOf } from './github-access.ts';
import { type AccountCall, type AccountOperation, onlyFor } from './github-account-calls.ts';
import { type Account, accountId } from './github-accounts.ts';
import { repositoryBody } from './github-answers.ts';
import type { Repository } from './github-repositories.ts';
import { type Answer, itemsOf, linkHeader, refuse } from './github-routes.ts';

type Filter = (repository: Repository) => boolean;

const isPublic: Filter = ({ visibility }) => visibility === 'public';
const all: Filter = () => true;

// What `type` of an organization's list may say. Who is a member where is not modelled.
const types: Readonly<Record<string, Filter>> = {
  all,
  public: isPublic,
  private: (repository) => !isPublic(repository),
  forks: ({ fork }) => fork,
  sources: ({ fork }) => !fork,
};

type Sort = 'created' | 'full_name';

/** In the order asked for: names from A to Z, anything else from the newest, unless told. */
function sorted(repositories: readonly Repository[], query: URLSearchParams, standard: Sort): Repository[] {
  const sort = query.get('sort') ?? standard;
  const direction = query.get('direction') ?? (sort === 'full_name' ? 'asc' : 'desc');
  const name = ({ fullName }: Repository) => fullName.toLowerCase();
  const ascending = [...repositories].sort((one, other) =>
    sort === 'full_name' ? (name(one) < name(other) ? -1 : 1) : one.id - other.id,
  );
  return direction === 'asc' ? ascending : ascending.reverse();
}

interface Page {
  headers: Record<string, string>;
  bodies: unknown[];
}

/** One page of a list; `path` is where its links lead. */
function pageOfList(
  { session: { site }, caller, query }: AccountCall,
  path: string,
  list: readonly Repository[],
): Page {
  const bodies = itemsOf(list, query).map((repository) => {
    const body = repositoryBody(site, repository);
    // Whoever says nothing of himself is told nothing of his rights.
    return caller === 'anonymous' ? body : { ...body, permissions: permissionsOf(accessTo(repository, caller)) };
  });
  return { headers: linkHeader(`${site.apiUrl}${path}`, query, list.length), bodies };
}

function answerList(call: AccountCall, path: string, list: readonly Repository[], standard: Sort): Answer {
  const { headers, bodies } = pageOfList(call, path, sorted(list, call.query, standard));
  return { status: 200, headers, body: bodies };
}

const ownedBy = ({ session }: AccountCall, account: Account) =>
  session.repositories().filter((repository) => repository.account === account);

function listOfOrganization(call: AccountCall): Answer {
  const { session, caller, parameters, query } = call;
  const account = session.accounts.find(parameters.org ?? '');
  if (account?.type !== 'Organization') return refuse(404, 'Not Found');
  const wanted = types[query.get('type') ?? 'all'] ?? all;
  const seen = ownedBy(call, account).filter((one) => maySee(one, caller) && wanted(one));
  return answerList(call, `/organizations/${accountId(account.login)}/repos`, seen, 'created');
}

/** Public ones only, also for the user himself and for an App of his. */
function listOfUser(call: AccountCall): Answer {
  const account = call.session.accounts.find(call.parameters.username ?? '');
  if (account === undefined) return refuse(404, 'Not Found');
  const seen = call.query.get('type') === 'member' ? [] : ownedBy(call, account).filter(isPublic);
  return answerList(call, `/user/${accountId(account.login)}/repos`, seen, 'full_name');
}

/** How a token's user came to a repository that he may see. */
function affiliationOf({ account }: Repository, login: string): string {
  if (account.login.toLowerCase() === login.toLowerCase()) return 'owner';
  return account.type === 'User' ? 'collaborator' : 'organization_member';
}

const anyhow = 'owner,collaborator,organization_member';
const affiliationsOf: Readonly<Record<string, string>> = { owner: 'owner', member: 'collaborator,organization_member' };

const listOfToken = onlyFor('user', (token, call) => {
  const { query, session } = call;
  const [type, visibility] = [query.get('type') ?? 'all', query.get('visibility') ?? 'all'];
  if (query.has('type') && (query.has('visibility') || query.has('affiliation')))
    return refuse(422, 'If you specify visibility or affiliation, you cannot specify type.');
  const affiliations = (affiliationsOf[type] ?? query.get('affiliation') ?? anyhow).split(',');
  const wanted = types[visibility === 'all' ? type : visibility] ?? all;
  const seen = session.repositories().filter((repository) => {
    const affiliation = affiliationOf(repository, token.account ?? '');
    // What is public is not listed for that: it must be his, or somebody must have let him in.
    const mayList =
      token.grantOn(repository, 'metadata') !== undefined || (affiliation === 'owner' && isPublic(repository));
    return mayList && affiliations.includes(affiliation) && wanted(repository);
  });
  return answerList(call, '/user/repos', seen, 'full_name');
});

const listOfInstallation = onlyFor('installation', (token, call) => {
  const granted = call.session
    .repositories()
    .filter((repository) => token.grantOn(repository, 'metadata') !== undefined);
  const { headers, bodies } = pageOfList(
    call,
    '/installation/repositories',
    sorted(granted, new URLSearchParams(), 'full_name'),
  );
  const body = { total_count: granted.length, repository_selection: token.selection, repositories: bodies };
  return { status: 200, headers, body };
});

/** The lists of repositories. */
export const listOperations: readonly AccountOperation[] = [
  { name: 'GET /installation/repositories', answer: listOfInstallation },
  { name: 'GET /orgs/{org}/repos', answer: listOfOrganization },
  { name: 'GET /user/repos', answer: listOfToken },
  { name: 'GET /users/{username}/repos', answer: listOfUser },
];
