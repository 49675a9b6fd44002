import type { Publication } from '../publish/commit.ts';
import { allChanges, type EarlierCommit } from '../publish/publish.ts';
import type { ReleasedProject } from './report.ts';

/** The outcome of a project, with what earlier commits of the run did. */
export function withEarlier(
  one: ReleasedProject,
  earlier: readonly EarlierCommit<{ publication: Publication | undefined; projects: readonly ReleasedProject[] }>[],
  parent: string | undefined,
): ReleasedProject {
  const before = earlier.flatMap(({ planned, parent }) =>
    planned.projects
      .filter(({ project, changes }) => project === one.project && changes)
      .map(({ plan }) => ({ parent, changes: plan?.changes ?? [] })),
  );
  if (before.length === 0 || !one.plan) return one;
  return {
    ...one,
    changes: true,
    plan: { ...one.plan, changes: allChanges(before, { changes: one.plan.changes, parent }) },
  };
}
