import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

/** A step of a workflow, as far as it runs this action. */
export interface ActionStep {
  readonly with: Readonly<Record<string, string | boolean | number>>;
}

export interface WorkflowJob {
  readonly environment?: string;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly (string | number)[]>> };
  readonly steps: readonly ActionStep[];
}

/** Every job in the README's workflows that runs this action, with just the steps that do, in their order. */
export async function readmeJobs(): Promise<WorkflowJob[]> {
  const readme = await readFile('README.md', 'utf8');
  const workflows = [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => parse(text));
  return workflows.flatMap(({ jobs }) =>
    Object.values<{ steps: { uses?: string; with: ActionStep['with'] }[] }>(jobs).map((job) => ({
      ...job,
      steps: job.steps.filter(({ uses }) => uses?.startsWith('fractary/codex-sync@')),
    })),
  );
}
