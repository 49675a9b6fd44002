/** A git object's name. */
export const OBJECT_ID = /^[0-9a-f]{40}$/;

/** A JSON object; `undefined` for anything else, broken text included. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
