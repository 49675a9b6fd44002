/** Every output, always set; generated into `action.yml` and the README. */
export const OUTPUTS = {
  conclusion:
    '`published`, `unchanged`, `withheld` (whenever deletions were, but in a dry run), `superseded` (a newer commit is published already), ' +
    '`skipped` (a fork or Dependabot), `dry-run`, or `failed`.',
  env: 'Environment of the run; `production` is `prod`.',
  branch: 'Branch of the codex that the environment maps to.',
  changed: 'Whether a commit was made.',
  'commit-sha': 'Commit in the codex.',
  'commit-url': 'Link to that commit.',
  'branch-created': 'Whether this run created the branch.',
  'files-added': 'Documents added (planned ones in a dry run, as are the other counts).',
  'files-modified': 'Documents modified.',
  'files-deleted': 'Documents deleted.',
  'deletions-withheld': 'Deletions that the guard withheld.',
  drifted: 'Published documents that someone edited or removed in the codex, conflicts included.',
  conflicts: 'Documents that both the project and someone in the codex changed.',
  pulled: 'Documents written into the checkout, or removed from it.',
  superseded: 'Whether a newer commit of the same ref is published already.',
  attempts: 'How often the run planned and pushed until it landed.',
  result: 'All of this and the list of changes, as JSON with these names as keys.',
} as const;
export type OutputName = keyof typeof OUTPUTS;
export type Outputs = Record<OutputName, string>;

export const CONCLUSIONS = [
  'published',
  'unchanged',
  'withheld',
  'superseded',
  'skipped',
  'dry-run',
  'failed',
] as const;
export type Conclusion = (typeof CONCLUSIONS)[number];

/** What a run that says nothing else says. */
export type OutputValues = Partial<Record<Exclude<OutputName, 'conclusion' | 'result'>, string | number | boolean>>;

const SILENT: Record<Exclude<OutputName, 'conclusion' | 'result'>, string | number | boolean> = {
  env: '',
  branch: '',
  changed: false,
  'commit-sha': '',
  'commit-url': '',
  'branch-created': false,
  'files-added': 0,
  'files-modified': 0,
  'files-deleted': 0,
  'deletions-withheld': 0,
  drifted: 0,
  conflicts: 0,
  pulled: 0,
  superseded: false,
  attempts: 0,
};

/** GitHub takes 1 MB of outputs; JSON ones are cut below this. */
const MOST_BYTES = 900_000;

/**
 * Renders all outputs.
 * @param lists lists for `result`; entries for which there is no room are left out, and then `left-out` counts them
 */
export function renderOutputs(
  conclusion: Conclusion,
  values: OutputValues,
  lists: Readonly<Record<string, readonly unknown[]>> = {},
): Outputs {
  const said = { conclusion, ...SILENT, ...values };
  const texts = Object.entries(said).map(([name, value]) => [name, String(value)]);
  return { ...Object.fromEntries(texts), result: renderResult(said, lists) } as Outputs;
}

function renderResult(said: object, lists: Readonly<Record<string, readonly unknown[]>>): string {
  let room = MOST_BYTES - Buffer.byteLength(JSON.stringify(said)) - 200 * Object.keys(lists).length;
  let leftOut = 0;
  const kept = Object.entries(lists).map(([name, list]) => {
    const fitting = list.filter((entry) => {
      const fits = Buffer.byteLength(JSON.stringify(entry)) + 1 <= room;
      if (fits) room -= Buffer.byteLength(JSON.stringify(entry)) + 1;
      else leftOut += 1;
      return fits;
    });
    return [name, fitting];
  });
  return JSON.stringify({ ...said, ...Object.fromEntries(kept), ...(leftOut > 0 && { 'left-out': leftOut }) });
}
