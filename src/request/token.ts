/** A token as HTTP basic authorization carries it, which is how git sends it to GitHub. */
export function basicAuthorization(token: string): string {
  return Buffer.from(`x-access-token:${token}`).toString('base64');
}

/** Every form of a token that must never be shown. */
export function secretForms(token: string): string[] {
  return [token, Buffer.from(token).toString('base64'), basicAuthorization(token)];
}
