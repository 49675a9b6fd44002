import type { Publication } from '../publish/commit.ts';
import { allChanges, type EarlierCommit } from '../publish/publish.ts';
import type { ReleasedProject } from './report.ts';

/** The outcome of a project, with what earlier commits of the run did, even if its last plan fails or is held. */
export function withEarlier(
  one: ReleasedProject,
  earlier: readonly EarlierCommit<{ publication: Publication | undefined; projects: readonly ReleasedProject[] }>[],
  parent: string | undefined,
): ReleasedProject {
  const before = earlier.flatMap(({ planned, parent }) =>
    planned.projects.flatMap(({ plan, ...rest }) =>
      rest.project === one.project && rest.changes && plan ? [{ parent, changes: plan.changes, plan, rest }] : [],
    ),
  );
  const last = before.at(-1);
  if (!last) return one;
  const changes = allChanges(before, { changes: one.plan?.changes ?? [], parent });
  if (one.plan) return { ...one, changes: true, plan: { ...one.plan, changes } };
  const { error, hold, skipped } = one;
  const warnings = [...new Set([...last.rest.warnings, ...one.warnings])];
  return { ...last.rest, error, hold, skipped, warnings, plan: { ...last.plan, changes } };
}
