import { expect } from '@jest/globals';
import { CodexSyncError } from '../../src/errors.ts';
import { type ParsedConfig, parseConfig } from '../../src/inputs/config.ts';

/** Configurations as text, parsed: in a file of their own, and in the `codex:` section of a shared one. */
export const json = (text: string): ParsedConfig => parseConfig({ text, file: 'config.json' });
export const yaml = (text: string): ParsedConfig => parseConfig({ text, file: 'codex.yaml' });
export const section = (text: string) => parseConfig({ text, file: 'shared.yaml', section: 'codex' });
export const branchesOf = (environments: unknown) =>
  json(JSON.stringify({ environments })).config.environments.branches;

/** The lines of the one error that `run` throws. */
export function problems(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (!(error instanceof CodexSyncError)) throw error;
    expect(error.code).toBe('bad-config');
    return error.message.split('\n');
  }
  return [];
}
