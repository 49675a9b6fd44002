import { CodexSyncError } from '../errors.ts';
import { failed } from './checks.ts';
import type { Check, CheckName } from './report.ts';

/** What a check of `doctor` found, a failure that people can correct included. */
export async function look(check: CheckName, ask: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof CodexSyncError) return [failed(check, error.message)];
    throw error;
  }
}
