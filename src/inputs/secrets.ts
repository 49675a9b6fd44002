import { createPrivateKey } from 'node:crypto';

/** What a GitHub App proves itself with. */
export interface AppKey {
  /** The App's number, or its client ID. */
  readonly id: string;
  /** PEM, in PKCS#1 or PKCS#8, with real line breaks. */
  readonly privateKey: string;
}

/** The words of the inputs that say who acts in the codex; `undefined` is "not given". */
export interface GivenCredentials {
  readonly appId: string | undefined;
  readonly privateKey: string | undefined;
  readonly token: string | undefined;
  readonly projectToken: string | undefined;
}

const APP_ID = /^(?:\d{1,15}|Iv[\dA-Za-z.]{6,60})$/;
const PEM = /-----BEGIN ((?:RSA )?PRIVATE KEY)-----\n[\dA-Za-z+/=\n]+\n-----END \1-----/;
/** Of a line that is shorter, masking would hide more of the log than of the key. */
const SHORTEST_SECRET = 4;

/** Why a secret can be empty although the workflow names it. */
export const EMPTY_SECRET =
  'Is the secret available here? A secret must be defined for this repository or environment, and runs started by a ' +
  'fork or by Dependabot do not see it.';

/**
 * Reads who acts in the codex where it is a GitHub App; what cannot be used becomes a sentence in `problems`. None of them
 * repeats what was given: a key may have been pasted into the wrong input.
 */
export function parseAppKey(given: GivenCredentials, problems: string[]): AppKey | undefined {
  const { appId, privateKey } = given;
  if (appId === undefined && privateKey === undefined) return undefined;
  const before = problems.length;
  if (appId === undefined) {
    problems.push(
      'Input "private-key" is given, but "app-id" is empty. Give both for a GitHub App, or neither for a token.',
    );
  } else if (!APP_ID.test(appId)) {
    problems.push(
      'Input "app-id" is neither a number nor a client ID. Use the App ID (such as 123456) or the client ID (such as ' +
        "Iv23liAbCdEf01234567) from the App's settings.",
    );
  }
  const pem = privateKey && readKey(privateKey);
  if (privateKey === undefined) {
    problems.push(`Input "private-key" is empty, but "app-id" is given. ${EMPTY_SECRET}`);
  } else if (!pem) {
    problems.push(
      'Input "private-key" is no private key of a GitHub App. Use the whole .pem file that GitHub made in the App\'s ' +
        'settings, from "-----BEGIN" to "-----END", with its line breaks or with \\n for each.',
    );
  }
  if (isTokenBeside(given)) {
    problems.push(
      'Inputs "token" and "app-id" are both given, and only one can act in the codex. Leave out "token" to use the App, ' +
        'or "app-id" and "private-key" to use the token.',
    );
  }
  return appId && pem && problems.length === before ? { id: appId, privateKey: pem } : undefined;
}

/** Lines of a private key that must never be shown: GitHub masks line by line. */
export function secretLines(privateKey: string): string[] {
  return linesOf(privateKey).filter((line) => line.length >= SHORTEST_SECRET && !line.startsWith('-----'));
}

function readKey(text: string): string | undefined {
  const pem = PEM.exec(linesOf(text).join('\n'))?.[0];
  if (pem === undefined) return undefined;
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa' ? pem : undefined;
  } catch {
    return undefined;
  }
}

function linesOf(text: string): string[] {
  return text
    .split(/\\+[rn]|[\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/**
 * Whether somebody gave a token too. The runner always sends the default, the workflow's own token, and does not tell it
 * from a given one; but it is what `project-token` has, or at least an installation's token.
 */
function isTokenBeside({ token, projectToken }: GivenCredentials): boolean {
  return token !== undefined && token !== projectToken && !token.startsWith('ghs_');
}

/** A token as HTTP basic authorization carries it, which is how git sends it to GitHub. */
export function basicAuthorization(token: string): string {
  return Buffer.from(`x-access-token:${token}`).toString('base64');
}

/** Every form of a token that must never be shown. */
export function secretForms(token: string): string[] {
  const forms = [...new Set([token, token.trim()])].filter((form) => form.trim() !== '');
  return forms.flatMap((form) => [form, Buffer.from(form).toString('base64'), basicAuthorization(form)]);
}
