import { MANIFEST_FILE } from '../documents/paths.ts';
import { expectTip, noticeBranch, placeTip, readCodex, readSource, recordBranch } from '../publish/codex.ts';
import { AT_A_TIME, inParallel, type Session, together } from '../publish/session.ts';
import { listSnapshots, type ProjectReading } from '../publish/snapshot.ts';
import type { BranchName } from '../text/ids.ts';
import { inputName } from '../text/spell-inputs.ts';
import {
  inStep,
  MAX_ASKED,
  type ProjectSide,
  type ProjectStatus,
  planStatus,
  type SourceState,
  sortStatuses,
  sourceRepository,
  sourceState,
} from './plan.ts';
import { environmentLabel, type StatusResult } from './report.ts';
import type { StatusRequest } from './request.ts';

/**
 * Reads only differing projects and their source repositories, so the cost grows with the differences.
 * @throws CodexSyncError `not-found` when one of the branches does not exist
 */
export async function compareEnvironments(given: StatusRequest, session: Session): Promise<StatusResult> {
  const { codexApi } = session;
  const [{ codex, environment, tip }, expected] = await together([
    readCodex(given.environment, codexApi, { branches: [given.from.environment.branch] }),
    codexApi.readBranch(given.from.environment.branch),
  ]);
  const { environment: source, tip: sourceTip } = await placeTip(given.from.environment, codex, expected, codexApi);
  const request = { ...given, environment, from: { ...given.from, environment: source } };
  recordBranch(given.environment, environment, codex, session);
  noticeBranch(given.from.environment, source, codex, session);
  const from = await readSource(request.from, codex, sourceTip, codexApi);
  const env = expectTip(request.environment, codex, tip, `name another environment as ${inputName('env')}`);
  // Without commits, because nothing is built on them. A project is a folder in at least one tip, so a README is none.
  const listed = await listSnapshots([{ tree: from.tree }, { tree: env.tree }], session);
  const names = [...new Set(listed.names.flat())];
  const [ours, theirs] = await listed.projects(listed.differing());
  const places = [
    { environment: environmentLabel(request.from), branch: source.branch },
    { environment: request.environment.name, branch: request.environment.branch },
  ] as const;
  const compared = new Map<string, ProjectStatus>();
  const how = { production: request.environment.production, now: session.now() };
  for (const [name, here] of ours ?? []) {
    const there = theirs?.get(name);
    if (there) compared.set(name, planStatus(name, sideOf(name, here, places[0]), sideOf(name, there, places[1]), how));
  }
  const projects = sortStatuses(names.map((name) => compared.get(name) ?? inStep(name)));
  const sources = await askSources(projects, session);
  return {
    request,
    codex: codex.fullName,
    from: from.commit,
    env: env.commit,
    projects,
    sources,
    now: how.now,
    warnings: [],
  };
}

/** Stops asking after the first question that GitHub does not answer. */
async function askSources(
  projects: readonly ProjectStatus[],
  { codexApi }: Session,
): Promise<Map<string, SourceState>> {
  const repositories = new Set(projects.flatMap((project) => sourceRepository(project)?.toLowerCase() ?? []));
  let left = MAX_ASKED;
  const states = await inParallel([...repositories], AT_A_TIME, async (repository) => {
    const asks = left-- > 0;
    const state = sourceState(repository, asks ? await codexApi.findRepository(repository) : { kind: 'unknown' });
    if (state === 'unknown') left = 0;
    return [repository, state] as const;
  });
  return new Map(states);
}

function sideOf(
  name: string,
  reading: ProjectReading,
  place: { readonly environment: string; readonly branch: BranchName },
): ProjectSide {
  const problem = (text: string) => ({ problem: `In ${place.environment}: ${text}` });
  if ('error' in reading) return problem(reading.error.message);
  const { folder, manifest, warning } = reading;
  if (warning !== undefined) {
    return problem(
      `projects/${name}/${MANIFEST_FILE} cannot be read. Publish the project there again, or restore that file.`,
    );
  }
  return { ...place, entries: folder.entries, manifest: folder.manifest === undefined ? undefined : manifest };
}
