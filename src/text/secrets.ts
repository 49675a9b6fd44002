/** Masking a shorter text would hide more of a report than of the secret. */
export const SHORTEST_SECRET = 4;

/**
 * The secrets of this process, the longest first, so that none is left in part. Texts are masked before they are escaped
 * or cut: GitHub's runner masks only the log, and finds no secret of which a character became an entity.
 */
let secrets: readonly string[] = [];

/** Hides a text in every report from now on. */
export function hideSecret(text: string): void {
  if (text.trim().length < SHORTEST_SECRET || secrets.includes(text)) return;
  secrets = [...secrets, text].sort((one, other) => other.length - one.length);
}

export function withoutSecrets(text: string): string {
  let shown = text;
  for (const secret of secrets) if (shown.includes(secret)) shown = shown.replaceAll(secret, '***');
  return shown;
}
