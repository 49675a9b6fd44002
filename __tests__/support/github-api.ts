import type { IncomingMessage } from 'node:http';
import { accessTo, type Caller, lackOfPermission, maySee } from './github-access.ts';
import { answerAccount } from './github-account-operations.ts';
import { type AppWorld, answerApp } from './github-apps.ts';
import type { CacheListing } from './github-caches.ts';
import type { Fault } from './github-faults.ts';
import { operations } from './github-operations.ts';
import type { Repository } from './github-repositories.ts';
import { type Answer, type Call, matchPath, type Operation, redirectTo, refuse } from './github-routes.ts';
import { answerProblems, requestProblems } from './openapi.ts';

/** What the API knows of the place that it serves. */
export interface ApiWorld extends AppWorld {
  find(fullName: string): Repository | undefined;
  findById(id: number): Repository | undefined;
  caches: CacheListing[];
  /** Requests for operations that are not modelled. */
  undocumented: string[];
  /** Answers that GitHub's official description does not allow. */
  violations: string[];
}

interface Route {
  operation: Operation;
  repository: Repository | undefined;
  /** What was called so before. */
  former: Repository | undefined;
  parameters: Record<string, string>;
}

/** `/repositories/{id}/…` is where GitHub redirects to; it means the same as `/repos/{owner}/{repo}/…`. */
function byName(session: ApiWorld, path: string): string {
  const [, id, rest = ''] = /^\/repositories\/(\d+)(\/.*)?$/.exec(path) ?? [];
  return id === undefined ? path : `/repos/${session.findById(Number(id))?.fullName ?? 'nobody/nothing'}${rest}`;
}

function routeOf(session: ApiWorld, method: string, path: string): Route | undefined {
  for (const operation of operations) {
    const [wanted, template = ''] = operation.name.split(' ');
    const parameters = wanted === method ? matchPath(template, path) : undefined;
    if (parameters === undefined) continue;
    const name = `${parameters.owner}/${parameters.repo}`;
    return { operation, repository: session.find(name), former: session.findFormer(name), parameters };
  }
  return undefined;
}

function refusalOf(route: Route, caller: Caller): Answer | undefined {
  const { repository, operation } = route;
  if (repository === undefined || !maySee(repository, caller)) return refuse(404, 'Not Found');
  const levels = operation.permissions.map((permission) => accessTo(repository, caller, permission));
  const isEnough = levels.some((level) => level === 'write' || level === operation.needs);
  if (caller === 'anonymous' || caller === 'unknown')
    return isEnough ? undefined : refuse(401, 'Requires authentication');
  if (!isEnough) {
    const accepted = operation.permissions.map((permission) => `${permission}=${operation.needs}`);
    const headers = { 'X-Accepted-GitHub-Permissions': accepted.join('; ') };
    return { ...refuse(403, lackOfPermission(caller)), headers };
  }
  const isClosed = repository.archived && operation.needs === 'write';
  return isClosed ? refuse(403, 'Repository was archived so is read-only.') : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function answerOf(
  session: ApiWorld,
  route: Route,
  caller: Caller,
  request: IncomingMessage,
  url: URL,
  text: string,
) {
  const { former } = route;
  if (former !== undefined && maySee(former, caller)) {
    const [, rest = ''] = /^.*?\/repos\/[^/]+\/[^/]+(.*)$/.exec(url.pathname) ?? [];
    return redirectTo(`${session.site.apiUrl}/repositories/${former.id}${rest}${url.search}`, request.method);
  }
  const refusal = refusalOf(route, caller);
  if (refusal !== undefined || route.repository === undefined) return refusal ?? refuse(404, 'Not Found');
  const body = parseJson(text);
  if (text !== '' && body === undefined) return refuse(400, 'Problems parsing JSON');
  const problems = requestProblems(route.operation.name, body);
  if (problems.length > 0) return refuse(422, `Invalid request.\n\n${problems.join('\n')}`);
  const call: Call = {
    site: session.site,
    caches: session.caches,
    repository: route.repository,
    caller,
    access: accessTo(route.repository, caller) === 'write' ? 'write' : 'read',
    parameters: route.parameters,
    query: url.searchParams,
    accept: request.headers.accept ?? '',
    body,
  };
  return route.operation.answer(call);
}

/** Answers one API request; `path` is what follows `/api/v3`. Never lets an answer out that GitHub could not give. */
export async function serveApi(
  session: ApiWorld,
  caller: Caller,
  request: IncomingMessage,
  url: URL,
  path: string,
  text: string,
  fault?: Fault,
): Promise<Answer> {
  const method = request.method ?? 'GET';
  const asApp = answerApp(session, method, byName(session, path), request.headers.authorization ?? '', text);
  if (asApp) return checked(session, asApp.name, asApp.answer, fault);
  if (caller === 'unknown') return refuse(401, 'Bad credentials');
  const asAccount = answerAccount(session, method, path, caller, url.searchParams);
  if (asAccount) return checked(session, asAccount.name, asAccount.answer, fault);
  const route = routeOf(session, method, byName(session, path));
  if (route === undefined) {
    session.undocumented.push(`${method} ${path}`);
    return refuse(404, 'Not Found');
  }
  const answer = await answerOf(session, route, caller, request, url, text);
  return checked(session, route.operation.name, answer, fault);
}

/** The answer as a fault changes it, if one does. */
export function tampered(answer: Answer, fault?: Fault): Answer {
  return fault?.tamper === undefined ? answer : { ...answer, body: fault.tamper(structuredClone(answer.body)) };
}

function checked(session: ApiWorld, name: string, given: Answer, fault?: Fault): Answer {
  if (Buffer.isBuffer(given.body)) return given;
  const answer = tampered(given, fault);
  const problems = answerProblems(name, answer.status, answer.body);
  if (problems.length === 0) return answer;
  session.violations.push(`${name} ${answer.status}: ${problems.join('; ')}`);
  return refuse(500, `The local GitHub's answer is not GitHub's: ${problems.join('; ')}`);
}
