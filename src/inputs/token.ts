/** A token as HTTP basic authorization carries it, which is how git sends it to GitHub. */
export function basicAuthorization(token: string): string {
  return Buffer.from(`x-access-token:${token}`).toString('base64');
}

/** Every form of a token that must never be shown. */
export function secretForms(token: string): string[] {
  const forms = [...new Set([token, token.trim()])].filter((form) => form.trim() !== '');
  return forms.flatMap((form) => [form, Buffer.from(form).toString('base64'), basicAuthorization(form)]);
}
