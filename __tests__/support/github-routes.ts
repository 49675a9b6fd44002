import type { Access, Caller, Permission } from './github-access.ts';
import type { Site } from './github-answers.ts';
import type { CacheListing } from './github-caches.ts';
import type { Repository } from './github-repositories.ts';

/** What an operation is told. */
export interface Call {
  site: Site;
  caches: readonly CacheListing[];
  repository: Repository;
  caller: Caller;
  access: Access;
  /** The parts of the path that the operation's template names, decoded. */
  parameters: Readonly<Record<string, string>>;
  query: URLSearchParams;
  accept: string;
  /** The request's JSON. */
  body: unknown;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** Bytes are sent as they are, anything else as JSON. */
  body: unknown;
}

/** An operation of GitHub's API on one repository, under the name that the official description gives it. */
export interface Operation {
  /** `GET /repos/{owner}/{repo}/…`; the last name in braces takes the rest of the path. */
  name: string;
  needs: Access;
  /** The permissions of which one must go that far, as GitHub documents them for this operation. */
  permissions: readonly Permission[];
  answer(call: Call): Promise<Answer> | Answer;
}

const documentation = 'https://docs.github.com/rest';

/** GitHub's error body. */
export function refuse(status: number, message: string, extra: Record<string, unknown> = {}): Answer {
  return { status, body: { message, ...extra, documentation_url: documentation, status: `${status}` } };
}

/** Where GitHub sends those who ask under an old name: to read for good, with anything else once more. */
export function redirectTo(url: string, method = 'GET'): Answer {
  const [status, message] = method === 'GET' ? [301, 'Moved Permanently'] : [307, 'Temporary Redirect'];
  return { ...refuse(status, message, { url }), headers: { Location: url } };
}

// The last name of a template takes the rest of the path; these have no slash.
const isOnePart = (name: string | undefined) => name === 'repo' || name === 'username';
const isNumber = (name: string | undefined) => name !== undefined && /_(number|id)$/.test(name);

/** Reads the parameters that the template names out of a path; `undefined` when the path is another one's. */
export function matchPath(template: string, path: string): Record<string, string> | undefined {
  const wanted = template.split('/').slice(1);
  const given = path.split('/').slice(1);
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const last = index === wanted.length - 1;
    const name = /^\{(.+)\}$/.exec(part)?.[1];
    const value = last && !isOnePart(name) ? given.slice(index).join('/') : (given[index] ?? '');
    if (value === '' || (name === undefined && value !== part)) return undefined;
    // `/pulls/1/commits` is not the pull request "1/commits".
    if (isNumber(name) && !/^\d+$/.test(value)) return undefined;
    if (name !== undefined) parameters[name] = decodeURIComponent(value);
  }
  const open = wanted.at(-1)?.startsWith('{') && !isOnePart(wanted.at(-1)?.slice(1, -1));
  return open || given.length === wanted.length ? parameters : undefined;
}

/** Page and page size of a list, with GitHub's limits. */
export function pageOf(query: URLSearchParams, standard = 30): { page: number; perPage: number } {
  const number = (name: string) => Math.max(0, Number(query.get(name)) || 0);
  return { page: number('page') || 1, perPage: Math.min(100, number('per_page')) || standard };
}

/** Those of a list that are on the page which is asked for. */
export function itemsOf<T>(items: readonly T[], query: URLSearchParams, standard = 30): T[] {
  const { page, perPage } = pageOf(query, standard);
  return items.slice((page - 1) * perPage, page * perPage);
}

/** The Link header of a page, for a list with so many items. */
export function linkHeader(url: string, query: URLSearchParams, total: number, standard = 30): Record<string, string> {
  const { page, perPage } = pageOf(query, standard);
  const last = Math.max(1, Math.ceil(total / perPage));
  const link = (number: number, rel: string) => {
    const target = new URLSearchParams(query);
    target.set('page', `${number}`);
    return `<${url}?${target}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(page - 1, 'prev'), link(1, 'first')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
  ];
  return links.length === 0 ? {} : { Link: links.join(', ') };
}
