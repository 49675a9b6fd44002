import type { Repository } from './github-repositories.ts';

const accesses = ['read', 'write'] as const;
export type Access = (typeof accesses)[number];
export type TokenKind = 'user' | 'installation';

/** Repository (or `*` for all) -> what the token may do there. */
export type Grants = Readonly<Record<string, Access>>;

/** The repository permissions of Apps and fine-grained tokens that the operations here need, as GitHub names them. */
const permissionNames = [
  'actions',
  'checks',
  'contents',
  'deployments',
  'issues',
  'metadata',
  'pull_requests',
  'statuses',
] as const;
export type Permission = (typeof permissionNames)[number];

/** Permission -> how far it goes. Those without a name are not granted; `metadata` is always read. */
export type Permissions = Readonly<Partial<Record<Permission, Access>>>;

export interface Token {
  kind: TokenKind;
  /** What a permission was granted for on a repository, public or not; `metadata` of every repository that it is for. */
  grantOn(repository: Repository, permission: Permission): Access | undefined;
  /** Whether it is for all that there is, or for what was selected. */
  selection: 'all' | 'selected';
  /** Whose it is, of a user's token; the name of the bot of an App's. */
  account?: string;
  /** Never unless told. */
  expiresAt?: Date;
}

/** Who asks: nobody said (`anonymous`), a token that GitHub does not know, or a known one. */
export type Caller = 'anonymous' | 'unknown' | Token;

/** How far a permission goes; every one as far as `granted` where none are named. */
function levelOf(permission: Permission, granted: Access, permissions: Permissions | undefined): Access | undefined {
  if (permission === 'metadata') return 'read';
  const level = permissions === undefined ? granted : permissions[permission];
  return granted === 'read' && level === 'write' ? 'read' : level;
}

/** A token with the permissions that are named; with all that there are where none are, as a classic one has. */
export function tokenOf(grants: Grants, kind: TokenKind, permissions?: Permissions): Token {
  const granted = new Map(Object.entries(grants).map(([name, access]) => [name.toLowerCase(), access]));
  return {
    kind,
    selection: granted.has('*') ? 'all' : 'selected',
    grantOn({ fullName, formerNames }, permission) {
      const names = [fullName, ...formerNames.toReversed()].map((name) => name.toLowerCase());
      const access = names.map((name) => granted.get(name)).find(Boolean) ?? granted.get('*');
      return access && levelOf(permission, access, permissions);
    },
  };
}

/** Reads the token out of an Authorization header: `basic` with the token as password, `bearer` or `token`. */
export function tokenIn(authorization: string): string {
  const [scheme = '', value = ''] = authorization.trim().split(/\s+/);
  if (scheme.toLowerCase() !== 'basic') return value;
  const [user = '', password = ''] = Buffer.from(value, 'base64').toString().split(/:(.*)/s);
  return password === '' || password === 'x-oauth-basic' ? user : password;
}

/**
 * What the caller may do with a repository, as far as one permission goes. What is public is read without any: "without
 * authentication or the aforementioned permissions if only public resources are requested".
 */
export function accessTo(repository: Repository, caller: Caller, permission: Permission = 'contents'): Access | 'none' {
  if (caller === 'unknown') return 'none';
  const granted = caller === 'anonymous' ? undefined : caller.grantOn(repository, permission);
  return granted ?? (repository.visibility === 'public' ? 'read' : 'none');
}

/** Whether the caller may know of a repository at all. */
export function maySee(repository: Repository, caller: Caller): boolean {
  return accessTo(repository, caller, 'metadata') !== 'none';
}

/** GitHub's words for a permission that a token lacks. */
export function lackOfPermission({ kind }: Token): string {
  return `Resource not accessible by ${kind === 'installation' ? 'integration' : 'personal access token'}`;
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
