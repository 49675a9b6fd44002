import { parse, stringify } from 'yaml';
import { type SceneStep, STEPS } from '../demo-scenes.ts';
import type { Workflow } from './plan.ts';

/** The steps of the demo, each as a whole workflow that checks out first and reads the output `conclusion` afterwards. */
export function demoWorkflows(): Workflow[] {
  return Object.entries(STEPS).map(([name, step]) => workflowOf(`demo: ${name}`, step));
}

/** Where a failure is expected, the job goes on and looks at it. */
function workflowOf(title: string, { event, inputs, conclusion, inCodex = false }: SceneStep): Workflow {
  const isFailure = conclusion === 'failed';
  const workflow = {
    name: title,
    on: { [event]: event === 'schedule' ? [{ cron: '17 3 * * *' }] : {} },
    permissions: { contents: 'read', 'pull-requests': 'write' },
    jobs: {
      sync: {
        'runs-on': 'ubuntu-latest',
        steps: [
          ...(inCodex ? [] : [{ uses: 'actions/checkout@v7', with: { 'fetch-depth': 2 } }]),
          {
            id: 'codex',
            ...(isFailure && { 'continue-on-error': true }),
            uses: 'fractary/codex-sync@v1',
            with: {
              token: expression('secrets.CODEX_TOKEN'),
              'project-token': expression('secrets.CODEX_TOKEN'),
              ...inputs,
            },
          },
          {
            name: 'Look at the output and the outcome',
            run: 'test "$CONCLUSION, $OUTCOME" = "$EXPECTED"',
            env: {
              CONCLUSION: expression('steps.codex.outputs.conclusion'),
              OUTCOME: expression('steps.codex.outcome'),
              EXPECTED: `${conclusion}, ${isFailure ? 'failure' : 'success'}`,
            },
          },
        ],
      },
    },
  };
  const text = `# ${inCodex ? 'in the codex itself' : 'in a project'}\n${stringify(workflow, { lineWidth: 0 })}`;
  return { ...(parse(text) as Omit<Workflow, 'title' | 'text'>), title, text };
}

function expression(text: string): string {
  return `\${{ ${text} }}`;
}
