import { CodexSyncError } from '../errors.ts';
import { printable } from '../text/printable.ts';

/** Returns the problem of a value, such as `key.key is null`; `undefined` for a usable one. */
export type Shape = (value: unknown) => string | undefined;

function kind(isOfKind: (value: unknown) => boolean): Shape {
  return (value) => (isOfKind(value) ? undefined : ` is ${nameOf(value)}`);
}

function nameOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const anything: Shape = kind((value) => typeof value === 'object' && value !== null);
const text = kind((value) => typeof value === 'string');
const nonEmptyText = kind((value) => typeof value === 'string' && value !== '');
const id = kind((value) => typeof value === 'string' && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(value));
const flag = kind((value) => typeof value === 'boolean');
const number = kind((value) => typeof value === 'number');
const optional =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined || value === null ? undefined : shape(value);

function object(shapes: Readonly<Record<string, Shape>>): Shape {
  return (value) => {
    const problem = Array.isArray(value) ? ' is a list' : anything(value);
    if (problem !== undefined) return problem;
    for (const [key, shape] of Object.entries(shapes)) {
      const inside = shape((value as Readonly<Record<string, unknown>>)[key]);
      if (inside !== undefined) return `.${key}${inside}`;
    }
    return undefined;
  };
}

function list(shape: Shape): Shape {
  return (value) => {
    if (!Array.isArray(value)) return ` is ${nameOf(value)}`;
    for (const [index, item] of value.entries()) {
      const inside = shape(item);
      if (inside !== undefined) return `[${index}]${inside}`;
    }
    return undefined;
  };
}

const tree = object({ sha: id });
const commit = object({ sha: id, commit: object({ tree, committer: optional(object({ date: optional(text) })) }) });
const pull = object({
  ...{
    number,
    state: nonEmptyText,
    merged_at: optional(text),
    closed_at: optional(text),
    merge_commit_sha: optional(id),
  },
  head: object({ sha: id, ref: nonEmptyText, repo: optional(object({ full_name: nonEmptyText })) }),
  base: object({ ref: nonEmptyText }),
});
const installation = object({ id: number, html_url: text, suspended_at: optional(text), permissions: anything });

export const ITEMS = {
  cache: object({
    key: optional(text),
    ref: optional(text),
    size_in_bytes: optional(number),
    created_at: optional(text),
  }),
  comment: object({ id: number, body: optional(text), user: optional(object({ login: nonEmptyText, id: number })) }),
  repository: object({
    ...{
      full_name: nonEmptyText,
      name: nonEmptyText,
      private: flag,
      fork: flag,
      archived: optional(flag),
      disabled: optional(flag),
    },
    ...{ default_branch: optional(text), visibility: optional(text), owner: optional(object({ login: nonEmptyText })) },
  }),
  ruleset: object({ id: number, target: optional(text), enforcement: text }),
  rule: object({ type: nonEmptyText, ruleset_id: optional(number), ruleset_source: optional(text) }),
};

/** The fields that we read of an answer, by Octokit's operation. Other answers must be an object or a list. */
const SHAPES: Readonly<Record<string, Shape>> = {
  'GET /app': object({ html_url: text }),
  'POST /app/installations/{installation_id}/access_tokens': object({ token: nonEmptyText, expires_at: nonEmptyText }),
  'GET /repos/{owner}/{repo}': object({
    ...{
      full_name: nonEmptyText,
      default_branch: nonEmptyText,
      private: flag,
      archived: flag,
      visibility: optional(text),
    },
    disabled: optional(flag),
    permissions: optional(object({ push: optional(flag) })),
  }),
  'GET /repos/{owner}/{repo}/branches': list(object({ name: nonEmptyText, protected: flag })),
  'GET /repos/{owner}/{repo}/branches/{branch}': object({
    name: nonEmptyText,
    commit,
    protected: flag,
    protection: protection(),
  }),
  'GET /repos/{owner}/{repo}/commits': list(commit),
  'GET /repos/{owner}/{repo}/commits/{ref}': commit,
  'GET /repos/{owner}/{repo}/compare/{basehead}': object({ status: nonEmptyText }),
  'GET /repos/{owner}/{repo}/contents/{path}': (value) =>
    Array.isArray(value) ? undefined : object({ entries: optional(list(folderEntry())) })(value),
  'GET /repos/{owner}/{repo}/environments': object({ environments: optional(list(environment())) }),
  'GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies': object({
    ...{ total_count: number, branch_policies: list(object({ name: optional(text), type: optional(text) })) },
  }),
  'GET /repos/{owner}/{repo}/git/blobs/{file_sha}': object({ content: text }),
  'GET /repos/{owner}/{repo}/git/commits/{commit_sha}': object({
    sha: id,
    tree,
    committer: object({ date: nonEmptyText }),
  }),
  'GET /repos/{owner}/{repo}/git/trees/{tree_sha}': object({
    tree: list(object({ mode: nonEmptyText, type: nonEmptyText, sha: id, path: nonEmptyText })),
  }),
  'GET /repos/{owner}/{repo}/installation': installation,
  'GET /repos/{owner}/{repo}/pulls': list(pull),
  'GET /repos/{owner}/{repo}/pulls/{pull_number}': pull,
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/files': list(
    object({ filename: nonEmptyText, previous_filename: optional(nonEmptyText) }),
  ),
  'GET /repos/{owner}/{repo}/releases/latest': object({ tag_name: nonEmptyText }),
  'GET /repos/{owner}/{repo}/rulesets/{ruleset_id}': object({
    rules: optional(list(object({ type: nonEmptyText }))),
    conditions: optional(object({ ref_name: optional(object({ include: refs(), exclude: refs() })) })),
  }),
  'GET /user': object({ login: nonEmptyText }),
  'GET /users/{username}': object({ type: nonEmptyText }),
  'GET /users/{username}/installation': installation,
};

function protection(): Shape {
  const checks = object({ enforcement_level: optional(text), contexts: optional(list(text)) });
  return optional(object({ enabled: optional(flag), required_status_checks: optional(checks) }));
}

function environment(): Shape {
  const policy = object({ protected_branches: flag, custom_branch_policies: flag });
  return object({ name: nonEmptyText, deployment_branch_policy: optional(policy) });
}

function refs(): Shape {
  return optional(list(text));
}

function folderEntry(): Shape {
  return object({ type: nonEmptyText, name: nonEmptyText, sha: nonEmptyText });
}

/** @throws CodexSyncError `remote-failed` when a successful answer lacks fields that its type declares */
export function checkAnswer(operation: string, url: string, data: unknown): void {
  expectShape(SHAPES[operation] ?? anything, url, data);
}

export function checkItems(item: Shape, url: string, data: unknown): void {
  expectShape(list(item), url, data);
}

function expectShape(shape: Shape, url: string, data: unknown): void {
  const problem = shape(data);
  if (problem === undefined) return;
  const path = URL.canParse(url) ? new URL(url).pathname : url;
  throw new CodexSyncError(
    'remote-failed',
    `GitHub's answer to ${printable(path, 200)} cannot be used: it${problem.startsWith(' ') ? '' : ', at '}${printable(problem, 100)}.`,
    'Run it again later.',
  );
}
