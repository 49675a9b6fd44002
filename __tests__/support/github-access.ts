import type { Repository } from './github-repositories.ts';

export const accesses = ['read', 'write'] as const;
export type Access = (typeof accesses)[number];
export type TokenKind = 'user' | 'installation';

/** Repository (or `*` for all) -> what the token may do there. */
export type Grants = Readonly<Record<string, Access>>;

export interface Token {
  kind: TokenKind;
  /** What it may do with a repository, public or not; nothing unless somebody granted it. */
  grantOn(repository: Repository): Access | undefined;
  /** Whether it is for all that there is, or for what was selected. */
  selection: 'all' | 'selected';
  /** Whose it is, of a user's token. */
  account?: string;
  /** Never unless told. */
  expiresAt?: Date;
}

/** Who asks: nobody said (`anonymous`), a token that GitHub does not know, or a known one. */
export type Caller = 'anonymous' | 'unknown' | Token;

export function tokenOf(grants: Grants, kind: TokenKind): Token {
  const granted = new Map(Object.entries(grants).map(([name, access]) => [name.toLowerCase(), access]));
  return {
    kind,
    selection: granted.has('*') ? 'all' : 'selected',
    grantOn: ({ fullName }) => granted.get(fullName.toLowerCase()) ?? granted.get('*'),
  };
}

/** Reads the token out of an Authorization header: `basic` with the token as password, `bearer` or `token`. */
export function tokenIn(authorization: string): string {
  const [scheme = '', value = ''] = authorization.trim().split(/\s+/);
  if (scheme.toLowerCase() !== 'basic') return value;
  const [user = '', password = ''] = Buffer.from(value, 'base64').toString().split(/:(.*)/s);
  return password === '' || password === 'x-oauth-basic' ? user : password;
}

/** What the caller may do with a repository; `none` also means that it must not learn that it exists. */
export function accessTo(repository: Repository, caller: Caller): Access | 'none' {
  if (caller === 'unknown') return 'none';
  const granted = caller === 'anonymous' ? undefined : caller.grantOn(repository);
  return granted ?? (repository.visibility === 'public' ? 'read' : 'none');
}

/** Who asks, from the Authorization headers of a request. */
export function callerOf(tokens: ReadonlyMap<string, Token>, authorizations: readonly string[]): Caller {
  const [authorization] = authorizations;
  if (authorization === undefined) return 'anonymous';
  const token = tokens.get(tokenIn(authorization));
  const isOver = token?.expiresAt !== undefined && token.expiresAt.getTime() <= Date.now();
  return token === undefined || isOver ? 'unknown' : token;
}

/** What a repository's body says of the caller's rights. */
export function permissionsOf(access: Access | 'none') {
  const push = access === 'write';
  return { admin: false, maintain: false, push, triage: push, pull: access !== 'none' };
}
