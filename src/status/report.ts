import { previewJson } from '../codex/layers.ts';
import { type Outputs, renderOutputs } from '../report/outputs.ts';
import { heldJson } from '../sync/hold-words.ts';
import type { ProjectStatus } from './plan.ts';
import type { StatusRequest } from './request.ts';
import { type SourceState, sourceRepository } from './source-repository.ts';

/** What a run of `status` found, as plain data. */
export interface StatusResult {
  readonly request: StatusRequest;
  /** `owner/name` as GitHub spells it. */
  readonly codex: string;
  /** The commits of the codex that were compared. */
  readonly from: string;
  readonly env: string;
  /** Those that wait first. */
  readonly projects: readonly ProjectStatus[];
  /** Source repositories of the projects that differ, in lower case. */
  readonly sources: ReadonlyMap<string, SourceState>;
  readonly now: Date;
}

/** How the source repository of a project is; `undefined` for one in step, which nobody asked for. */
export function sourceStateOf(status: ProjectStatus, { sources }: StatusResult): SourceState | undefined {
  const repository = sourceRepository(status);
  return repository === undefined ? undefined : sources.get(repository.toLowerCase());
}

/** The outputs of the action (design section 3.2). */
export function renderStatusOutputs(result: StatusResult, warnings: readonly string[]): Outputs {
  const { name, branch } = result.request.environment;
  const projects = result.projects.map((status) => {
    const { project, state, counts, source, envSource, drifted, conflicts, leftAlone, previews, problem } = status;
    const { line, held, editsLeft } = status;
    // Of a project in step nothing was read, so nothing more is said.
    if (state === 'in-step' && !source) return { project, state };
    return {
      project,
      state,
      ...counts,
      since: source?.date,
      commit: source?.commit,
      ref: source?.ref,
      line,
      'env-commit': envSource?.commit,
      drifted,
      conflicts,
      'left-alone': leftAlone,
      'edits-left': editsLeft,
      held: held && heldJson(held),
      previews: previews.map(previewJson),
      repository: (source ?? envSource)?.repository,
      'repository-state': sourceStateOf(status, result),
      problem,
    };
  });
  return renderOutputs('listed', { env: name, branch }, { projects, warnings });
}
