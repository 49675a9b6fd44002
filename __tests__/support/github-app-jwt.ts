import { type KeyObject, verify } from 'node:crypto';
import { type Answer, refuse } from './github-routes.ts';

/** Whom a JSON web token may come from. */
export interface JwtIssuer {
  id: number;
  clientId: string;
  publicKey: KeyObject;
}

const longestSeconds = 600;
const undecodable = 'A JSON web token could not be decoded';
const [exp, iat] = ["'Expiration time' claim ('exp')", "'Issued at' claim ('iat')"];

function parsePart(part: string | undefined): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(part ?? '', 'base64url').toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Reads who signed a token; GitHub's refusal where nobody known did, or where it does not hold now. */
export function readJwt<Issuer extends JwtIssuer>(
  issuers: readonly Issuer[],
  jwt: string,
  now = Date.now() / 1000,
): { issuer: Issuer } | { refusal: Answer } {
  const [header, payload, signature = ''] = jwt.split('.');
  const [{ alg }, claims] = [parsePart(header), parsePart(payload)];
  if (alg !== 'RS256') return { refusal: refuse(401, undecodable) };
  const issuer = issuers.find(({ id, clientId }) => [`${id}`, clientId].includes(`${claims.iss}`));
  if (issuer === undefined) return { refusal: refuse(404, 'Integration not found') };
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify('sha256', signed, issuer.publicKey, Buffer.from(signature, 'base64url')))
    return { refusal: refuse(401, undecodable) };
  if (!Number.isInteger(claims.exp) || Number(claims.exp) <= now) {
    const must = 'must be a numeric value representing the future time at which the assertion expires';
    return { refusal: refuse(401, `${exp} ${must}`) };
  }
  if (Number(claims.exp) > now + longestSeconds) return { refusal: refuse(401, `${exp} is too far in the future`) };
  if (!Number.isInteger(claims.iat) || Number(claims.iat) > now) {
    return { refusal: refuse(401, `${iat} must be an Integer representing the time that the assertion was issued`) };
  }
  return { issuer };
}
