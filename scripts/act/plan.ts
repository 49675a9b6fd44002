import type { Recipe } from '../../__tests__/support/recipes.ts';
import type { ActionOptions } from '../../__tests__/support/runner.ts';

/** A workflow that act can be given: one that a document shows, or one that is made of the demo's steps. */
export type Workflow = Pick<Recipe, 'title' | 'text' | 'on' | 'permissions' | 'jobs'>;

/** An event for which a workflow is run once. */
export interface Occasion {
  /** `pull_request (closed)` */
  readonly name: string;
  readonly event: string;
  readonly repository: string;
  /** What else describes the event to the local GitHub. */
  readonly options: Partial<ActionOptions>;
}

/** Names in the local organization that every workflow is run in. */
export interface Places {
  readonly codex: string;
  readonly project: string;
  readonly feature: string;
  readonly tag: string;
  readonly pullRequest: number;
  /** An earlier commit of the codex's production branch. */
  readonly earlier: string;
}

/** What a workflow is started with by hand, where its own default is not what shows most. */
const handFilled = ({ project, earlier }: Places): Readonly<Record<string, string>> => ({
  project: project.split('/')[1] ?? '',
  commit: earlier,
  reason: 'To show it',
  'dry-run': 'false',
});

/** One occasion for each event that starts the workflow, two for a pull request that it closes the preview of. */
export function planOccasions(workflow: Workflow, places: Places): Occasion[] {
  const { codex, project, feature, tag, pullRequest } = places;
  const repository = /^#[^\n]*\bin the codex itself\b/.test(workflow.text) ? codex : project;
  return Object.entries(workflow.on).flatMap(([event, filter]): Occasion[] => {
    const on = (options: Partial<ActionOptions>, name = event) => ({ name, event, repository, options });
    switch (event) {
      case 'push':
        return [on({ about: { branch: filter?.['branches-ignore'] === undefined ? 'main' : feature } })];
      case 'pull_request': {
        const actions = (['opened', 'closed'] as const).filter(
          (one) => filter?.types?.includes(one) ?? one === 'opened',
        );
        return actions.map((action) => on({ action, pullRequest }, `${event} (${action})`));
      }
      case 'release':
        return [on({ about: { tag } })];
      case 'delete':
        return [on({ payload: { ref: 'gone', ref_type: 'branch' } })];
      case 'workflow_dispatch':
        return [
          on({ about: { branch: 'main' }, payload: { inputs: fillIn(filter?.inputs ?? {}, handFilled(places)) } }),
        ];
      default:
        return [on({ about: {} })];
    }
  });
}

/** As GitHub sends them: every value is text. */
function fillIn(
  asked: NonNullable<NonNullable<Workflow['on'][string]>['inputs']>,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const values = Object.entries(asked).map(([name, { default: standard, options }]) => [
    name,
    given[name] ?? `${standard ?? options?.[0] ?? ''}`,
  ]);
  return Object.fromEntries(values);
}

/** Every `uses:` of a workflow, each once. */
export function actionsOf({ jobs }: Workflow): string[] {
  return [...new Set(Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? [])))];
}

/** Labels of the runners that the jobs ask for; all of them are this machine. */
export function labelsOf({ jobs }: Workflow): string[] {
  return [...new Set(Object.values(jobs).flatMap((job) => job['runs-on']))];
}

/** Labels of runners that this machine can stand for. */
const HERE = /^(ubuntu-[\w.-]+|self-hosted)$/;
/** Programs in the workflows that GitHub's runners have, and not every machine. */
const UNUSUAL = ['rsync'];
// biome-ignore lint/suspicious/noTemplateCurlyInString: as it is written in a workflow.
const JOB_TOTAL = '${{ strategy.job-total }}';

/** Why a workflow cannot run here; nothing where it can. */
export function reasonToSkip(workflow: Workflow, isInstalled: (program: string) => boolean): string | undefined {
  const strange = labelsOf(workflow).find((label) => !HERE.test(label));
  if (strange !== undefined) return `asks for a runner ${strange}`;
  const missing = UNUSUAL.find((program) => workflow.text.includes(`${program} `) && !isInstalled(program));
  return missing && `${missing} is not installed`;
}

/** What act leaves empty, filled in as GitHub does. */
export function fillGaps({ text, jobs }: Workflow): string {
  const [values = []] = Object.values(jobs).flatMap(({ strategy }) => Object.values(strategy?.matrix ?? {}));
  return text.replaceAll(JOB_TOTAL, `${values.length}`);
}

/** What was filled in. */
export function gapsOf({ text }: Workflow): string[] {
  return text.includes(JOB_TOTAL) ? ['strategy.job-total filled in'] : [];
}
