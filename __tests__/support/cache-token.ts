import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a token allows in a scope: 1 reading, 2 writing, 3 both. */
type CachePermission = 1 | 2 | 3;

export interface CacheScope {
  /** Full ref name. */
  scope: string;
  permission: CachePermission;
}

/** What a run may do with the caches of its repository. */
export interface CacheGrant {
  repository: string;
  /** In the order in which entries are looked for; what is saved goes to the first that may be written. */
  scopes: readonly CacheScope[];
}

// Whoever makes up a token, or kept one from another service, does not know this.
const secret = randomBytes(32);

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signatureOf(text: string): Buffer {
  return createHmac('sha256', secret).update(text).digest();
}

/** ACTIONS_RUNTIME_TOKEN, with the claims of a real one that concern caches; `ac` is JSON inside JSON there too. */
export function makeRuntimeToken({ repository, scopes }: CacheGrant): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    scp: 'Actions.Results:00000000-0000-0000-0000-000000000000:00000000-0000-0000-0000-000000000000',
    ac: JSON.stringify(scopes.map(({ scope, permission }) => ({ Scope: scope, Permission: permission }))),
    oidc_extra: JSON.stringify({ repository }),
    iss: 'https://token.actions.githubusercontent.com',
    nbf: now,
    exp: now + 6 * 60 * 60,
  };
  const text = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode(claims)}`;
  return `${text}.${signatureOf(text).toString('base64url')}`;
}

/** Reads the token of an Authorization header; `undefined` when nobody here made it. */
export function tryReadGrant(authorization = ''): CacheGrant | undefined {
  const [, header = '', claims = '', signature = ''] = /^Bearer ([^.]+)\.([^.]+)\.([^.]+)$/i.exec(authorization) ?? [];
  const [given, wanted] = [Buffer.from(signature, 'base64url'), signatureOf(`${header}.${claims}`)];
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  const { ac, oidc_extra } = JSON.parse(Buffer.from(claims, 'base64url').toString());
  const scopes = JSON.parse(ac) as { Scope: string; Permission: CachePermission }[];
  const { repository } = JSON.parse(oidc_extra) as { repository: string };
  return { repository, scopes: scopes.map(({ Scope, Permission }) => ({ scope: Scope, permission: Permission })) };
}
