/** What kind of failure it was; stable, so that a workflow or a caller can tell them apart. */
export const ERROR_CODES = [
  'bad-input',
  'bad-config',
  'bad-checkout',
  'refused-by-guard',
  'not-found',
  'no-permission',
  'not-owner',
  'newer-manifest',
  'older-commit',
  'conflict',
  'nothing-selected',
  'cache-miss',
  'remote-refused',
  'remote-failed',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * A failure that the user can understand and mend: the message says what was given, where, what is accepted, and what
 * to do. The doors print it without a stack; every other exception is a bug of ours.
 */
export class CodexSyncError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CodexSyncError';
    this.code = code;
  }
}
