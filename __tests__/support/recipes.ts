import { parse } from 'yaml';
import type { SubAction } from '../../src/inputs/sub-actions.ts';
import type { LocalGitHub } from './github.ts';
import { blocksOf, isConfiguration, readPapers } from './papers.ts';
import { checkoutProject } from './project.ts';
import type { ActionOptions, ActionRun } from './runner.ts';
import { evaluate, type GivenInputs } from './runner-files.ts';
import { runTidily } from './tidy-run.ts';

interface Step {
  readonly uses?: string;
  readonly if?: string;
  readonly with?: GivenInputs;
}

interface Job {
  readonly 'runs-on': string | readonly string[];
  readonly environment?: string;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly (string | number)[]>> };
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly name: string;
  readonly on: Readonly<Record<string, EventFilter | null>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}
interface EventFilter {
  readonly inputs?: DispatchInputs;
  readonly types?: readonly string[];
  readonly 'branches-ignore'?: readonly string[];
}
type DispatchInputs = Readonly<Record<string, { required?: boolean; default?: string | boolean; options?: string[] }>>;

/** A workflow that one of the papers shows. */
export interface Recipe extends Workflow {
  /** `README.md: Codex` */
  readonly title: string;
  readonly text: string;
}

/** Every workflow in the papers; other YAML there is a configuration. */
export async function readRecipes(): Promise<Recipe[]> {
  return (await readPapers()).flatMap((paper) =>
    blocksOf(paper, 'yaml')
      .filter((text) => !isConfiguration(text))
      .map((text) => {
        const workflow = parse(text) as Workflow;
        return { ...workflow, title: `${paper.file}: ${workflow.name}`, text };
      }),
  );
}

/** The steps of a recipe that run this action. */
export function actionSteps({ jobs }: Recipe): Step[] {
  return Object.values(jobs).flatMap(({ steps }) => steps.filter(isOurs));
}

function isOurs({ uses = '' }: Step): boolean {
  return /^fractary\/codex-sync[@/]/.test(uses);
}

/** The action of a step, where it is not the one in the root. */
export function subActionOf({ uses = '' }: Step): { subAction?: SubAction } {
  const [, , name] = /^([^/]+\/[^/@]+)\/([^@]+)@/.exec(uses) ?? [];
  return name === undefined ? {} : { subAction: name as SubAction };
}

/** What starts a workflow, and where. */
export interface Occasion extends Partial<Omit<ActionOptions, 'github' | 'workspace' | 'githubToken'>> {
  readonly repository: string;
  readonly event: string;
  /** What a person fills in, of a workflow that is started by hand. */
  readonly inputs?: GivenInputs;
  /** `secrets.…` and `vars.…` */
  readonly secrets: Readonly<Record<string, string>>;
  /** Those that only the jobs of an environment see, by its name. */
  readonly environments?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Each run of the action in it, with the folder that it ran in. */
export type RecipeRun = ActionRun & { readonly directory: string };

/**
 * Runs the one step of each job of a recipe that runs this action, once for each entry of its matrix: for an event that starts
 * it, with the checkout that it makes, the rights that it asks for, and what its expressions stand for. Other steps are left out.
 */
export async function perform(github: LocalGitHub, recipe: Recipe, occasion: Occasion): Promise<RecipeRun[]> {
  const { repository, event } = occasion;
  if (!(event in recipe.on)) throw new Error(`${recipe.title} is not started by ${event}`);
  const githubToken = addRecipeToken(github, recipe, repository);
  const runs = Object.values(recipe.jobs).map((job) => performJob(github, recipe, job, githubToken, occasion));
  return (await Promise.all(runs)).flat();
}

/** Adds the token that the runs of a recipe are given for themselves, with what its `permissions` grant. */
export function addRecipeToken(
  github: LocalGitHub,
  { title, permissions }: Pick<Recipe, 'title' | 'permissions'>,
  repository: string,
): string {
  const token = `ghs_${Buffer.from(title).toString('hex').padEnd(40, '0')}`;
  const granted = Object.values(permissions);
  const access = granted.includes('write') ? 'write' : granted.length > 0 ? 'read' : undefined;
  github.addToken(token, access ? { [repository]: access } : {}, { kind: 'installation' });
  return token;
}

async function performJob(
  github: LocalGitHub,
  recipe: Recipe,
  job: Job,
  githubToken: string,
  occasion: Occasion,
): Promise<RecipeRun[]> {
  const { inputs = {}, secrets, environments = {}, ...options } = occasion;
  const { repository, event, action } = options;
  const [step, ...otherSteps] = job.steps.filter(isOurs);
  if (!step || otherSteps.length > 0) throw new Error(`A job of ${recipe.title} is not one step`);

  const checkout = job.steps.find(({ uses = '' }) => uses.startsWith('actions/checkout@'));
  const hasCheckout = checkout !== undefined && !(action === 'closed' && checkout.if?.includes('closed'));
  const ref = options.ref ?? (event === 'pull_request' ? `refs/pull/${options.pullRequest}/merge` : 'main');
  const matrix = combine(job.strategy?.matrix ?? {});
  return Promise.all(
    matrix.map(async (entry) => {
      const context = {
        ...{ 'github.repository': repository, 'strategy.job-total': `${matrix.length}` },
        ...{ 'secrets.CODEX_READ_TOKEN || github.token': secrets['secrets.CODEX_READ_TOKEN'] ?? githubToken },
        ...secrets,
        ...environments[job.environment ?? ''],
        ...filledIn(recipe, inputs, event),
        ...entry,
      };
      const given = Object.entries(step.with ?? {}).map(([name, value]) => [name, evaluate(`${value}`, context)]);
      const depth = Number(checkout?.with?.['fetch-depth'] ?? 1);
      const directory = hasCheckout
        ? (await checkoutProject(github, `${checkout.with?.repository ?? repository}`, { ref, depth })).directory
        : await github.scratch('no-checkout');
      const words = {
        github,
        workspace: directory,
        githubToken,
        inputs: Object.fromEntries(given),
        ...subActionOf(step),
      };
      return { ...(await runTidily({ ...options, ...words })), directory };
    }),
  );
}

/** `inputs.…`, as a person fills them in; those of the other events have none. */
function filledIn({ title, on }: Recipe, given: GivenInputs, event: string): Record<string, string> {
  const asked = on.workflow_dispatch?.inputs ?? {};
  const unknown = Object.keys(given).filter((name) => !(name in asked));
  if (unknown.length > 0) throw new Error(`${title} does not ask for ${unknown}`);
  const values = Object.entries(asked).flatMap(([name, { default: standard = '', required, options }]) => {
    const value = event === 'workflow_dispatch' ? (given[name] ?? options?.[0] ?? standard) : '';
    if (required && event === 'workflow_dispatch' && given[name] === undefined) throw new Error(`${title}: ${name}?`);
    return [
      [`inputs.${name}`, `${value}`],
      [`inputs.${name} || false`, `${value || false}`],
    ];
  });
  return Object.fromEntries(values);
}

/** Each entry of a matrix, as what its expressions stand for. */
function combine(matrix: NonNullable<Job['strategy']>['matrix']): Record<string, string>[] {
  return Object.entries(matrix).reduce<Record<string, string>[]>(
    (entries, [name, values]) =>
      entries.flatMap((entry) => values.map((value) => ({ ...entry, [`matrix.${name}`]: `${value}` }))),
    [{}],
  );
}
