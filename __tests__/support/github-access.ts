import type { Repository } from './github-repositories.ts';

export const accesses = ['read', 'write'] as const;
export type Access = (typeof accesses)[number];
export type TokenKind = 'user' | 'installation';

/** Repository (or `*` for all) -> what the token may do there. */
export type Grants = Readonly<Record<string, Access>>;

export interface Token {
  kind: TokenKind;
  grants: ReadonlyMap<string, Access>;
  /** Never unless told. */
  expiresAt?: Date;
}

/** Who asks: nobody said (`anonymous`), a token that GitHub does not know, or a known one. */
export type Caller = 'anonymous' | 'unknown' | Token;

export function tokenOf(grants: Grants, kind: TokenKind): Token {
  return { kind, grants: new Map(Object.entries(grants).map(([name, access]) => [name.toLowerCase(), access])) };
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
  const granted =
    caller === 'anonymous'
      ? undefined
      : (caller.grants.get(repository.fullName.toLowerCase()) ?? caller.grants.get('*'));
  return granted ?? (repository.visibility === 'public' ? 'read' : 'none');
}
