import type { Change, ChangePlan, CodexEntry } from '../codex/changes.ts';
import { isOverThreshold } from '../codex/deletion-guard.ts';
import { standing } from '../codex/layers.ts';
import type { Manifest } from '../codex/manifest.ts';
import { NO_PULLS } from '../codex/pull-plan.ts';
import { CodexSyncError } from '../errors.ts';

/**
 * Plans to take a project out of an environment: every document that this tool published there goes, previews included.
 * What someone edited since, what nobody owns, and links stay.
 * @param most so many deletions are nothing unusual
 * @throws CodexSyncError `refused-by-guard` that names the number to confirm
 */
export function planRetirement(
  {
    project,
    environment,
    manifest,
    entries,
  }: {
    readonly project: string;
    /** Its name, for the message. */
    readonly environment: string;
    readonly manifest: Manifest;
    readonly entries: ReadonlyMap<string, CodexEntry>;
  },
  most: number,
): ChangePlan {
  const changes: Change[] = [];
  const drifted: string[] = [];
  const blocked: string[] = [];
  const stands = standing(manifest);
  for (const path of [...stands.paths].sort()) {
    const entry = entries.get(path);
    if (!entry) continue;
    if (!entry.document) blocked.push(path);
    else if (entry.document.id !== stands.at(path).id) drifted.push(path);
    else changes.push({ path, action: 'delete', document: undefined });
  }
  if (isOverThreshold(changes.length, stands.paths.length, { count: most, percent: 100 })) {
    throw new CodexSyncError(
      'refused-by-guard',
      `Retiring ${project} would delete ${changes.length} documents of ${environment}, more than ${most}. ` +
        `If that is meant, confirm the number: "deletion-threshold: ${changes.length}".`,
    );
  }
  return { ...NO_PULLS, changes, drifted, blocked, conflicts: [], withheld: [], unowned: [], documents: new Map() };
}
