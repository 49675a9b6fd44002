import { DEFAULT_CONFIG } from '../inputs/config.ts';
import type { Inputs } from '../inputs/parse.ts';
import { resolvePatterns } from '../inputs/request.ts';
import type { Console } from '../report/log.ts';
import { printable } from '../text/phrases.ts';

export interface FirstFacts {
  /** `owner/name` */
  readonly codex: string;
  readonly productionBranch: string;
  readonly project: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly defaultBranch: string;
}

/** `init` writes this configuration: its format allows comments. */
export const FIRST_CONFIG = '.fractary/codex.yaml';

/** Path -> text. */
export function planConfig(facts: FirstFacts): Map<string, string> {
  const { codex, productionBranch, project, include, exclude } = facts;
  const [owner = '', name = ''] = codex.split('/');
  return new Map([
    [
      FIRST_CONFIG,
      `# yaml-language-server: $schema=https://raw.githubusercontent.com/fractary/codex-sync/v1/schema/config.schema.json
# Documents of this repository that are published, and the codex that they are published into.
version: "3.0"

# The codex: <organization>/<codex_repo>.
organization: ${quoted(owner)}
codex_repo: ${quoted(name)}

# Its folder there is projects/<project_name>.
project_name: ${quoted(project)}

# Documents to publish, as globs on paths of this repository.
sync_patterns:
${list(include)}
# Documents to exclude; these globs win over those above.
exclude_patterns:
${list(exclude)}
# Each environment is a branch of the codex. A run that names none publishes to the default: a mistake in test is cheap,
# so name production only in a release.
environments:
  default: test
  branches:
    test: test
    prod: ${quoted(productionBranch)}
    # staging: staging
`,
    ],
  ]);
}

/** The codex's own configuration, which holds for every project: path -> text. */
export function planCodexConfig({
  codex,
  productionBranch,
}: Pick<FirstFacts, 'codex' | 'productionBranch'>): Map<string, string> {
  const [owner = '', name = ''] = codex.split('/');
  return new Map([
    [
      FIRST_CONFIG,
      `# yaml-language-server: $schema=https://raw.githubusercontent.com/fractary/codex-sync/v1/schema/config.schema.json
# Settings for every project that publishes into this codex. They count on the default branch only, which must be production.
version: "3.0"

# This codex: <organization>/<codex_repo>.
organization: ${quoted(owner)}
codex_repo: ${quoted(name)}

# Each environment is a branch of this codex. A project's configuration names the same branch, or none.
environments:
  branches:
    test: test
    prod: ${quoted(productionBranch)}
    # staging: staging

# The repository that each project belongs to: its folder here is projects/<name>. Runs of others are refused.
# projects:
#   widgets: ${owner}/widgets
#   gears: { repository: ${owner}/machines, directory: packages/gears }

# Refuse every project that is not listed above.
# unlisted: refuse
`,
    ],
  ]);
}

/**
 * Workflows for most projects, as in docs/RECIPES.md: path -> text. Anyone who can push to the project can write a workflow
 * that uses its secrets. So the token for production is a secret of a GitHub environment, which serves only runs of the
 * default branch and of tags. The two tokens have different names: without the environment, the run fails for lack of a
 * token and never uses the other one.
 */
export function planWorkflows({ codex, defaultBranch }: FirstFacts): Map<string, string> {
  return new Map([
    [
      '.github/workflows/codex-test.yml',
      `name: Codex (test)
on:
  push: { branches: [${quoted(defaultBranch)}] }
  pull_request: { types: [opened, synchronize, reopened, closed] } # "closed" closes the preview
permissions:
  contents: read
  pull-requests: write # for the comment; without it "read" is enough, to find closed pull requests
concurrency: codex-test-\${{ github.event.pull_request.number || github.ref }}
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
        if: github.event.action != 'closed'
        with:
          fetch-depth: 2 # shows the changes of a pull request
      - uses: fractary/codex-sync@v1
        with:
          env: test
          comment: true
          codex-repository: ${codex}
          token: \${{ secrets.CODEX_TOKEN }} # must not be able to push to production: every branch of this repository can use it
`,
    ],
    [
      '.github/workflows/codex-release.yml',
      `name: Codex (release)
on:
  release: { types: [released] } # not pre-releases
permissions:
  contents: read
  pull-requests: read # to find previews in test whose pull request is closed
jobs:
  production:
    runs-on: ubuntu-latest
    environment: production # limit it to the default branch and tags, so that no other run gets its secret
    steps:
      - uses: actions/checkout@v7
      - uses: fractary/codex-sync@v1
        with:
          env: prod
          codex-repository: ${codex}
          token: \${{ secrets.CODEX_PRODUCTION_TOKEN }} # a secret of that environment, and the only token that may push to production
  test: # gets the release as well, and needs no environment
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - uses: fractary/codex-sync@v1
        with:
          env: test
          codex-repository: ${codex}
          token: \${{ secrets.CODEX_TOKEN }}
`,
    ],
  ]);
}

function list(globs: readonly string[]): string {
  return globs.map((glob) => `  - ${JSON.stringify(glob)}\n`).join('');
}

/** A word as YAML text, quoted only when necessary. */
function quoted(text: string): string {
  const isPlain = /^[A-Za-z][A-Za-z0-9._/-]*$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}

export interface InitReport {
  readonly kind: 'project' | 'codex';
  readonly codex: string;
  /** The codex's branch of production, and the project's branch that gets pushes. */
  readonly productionBranch: string;
  readonly defaultBranch: string;
  readonly written: readonly string[];
  readonly workflows: boolean;
  /** An earlier configuration, which stays in effect. */
  readonly kept: string | undefined;
}

export function writeInitLog(
  { kind, codex, productionBranch, defaultBranch, written, workflows, kept }: InitReport,
  console: Pick<Console, 'line' | 'group'>,
): void {
  const production = `branch ${printable(productionBranch)}`;
  if (kept !== undefined) console.group('Kept (1)', [`${kept} (its codex section)`]);
  if (written.length > 0) console.group(`Written (${written.length})`, written);
  const ofCodex = [
    'List the repositories that own projects here.',
    'Commit the configuration to the default branch: it counts there only.',
  ];
  const ofProject = [
    'Check the planned changes: codex-sync sync-project --dry-run',
    ...(workflows
      ? [
          `Store a token that may write to ${codex}, but not to its ${production}, as the secret CODEX_TOKEN: gh secret set CODEX_TOKEN`,
          `Create the environment "production" and limit it to ${printable(defaultBranch)} and tags (Settings, Environments). Store the token that may push to ${production} there, and nowhere else: gh secret set CODEX_PRODUCTION_TOKEN --env production`,
          `Protect ${production} of ${codex} by a ruleset that only the owner of that token may bypass.`,
          'Commit the files. Pull requests and pushes go to test, releases to production. Run codex-sync doctor to check the setup.',
        ]
      : [
          ...(kept === undefined
            ? [
                `Commit the configuration and push it to ${printable(defaultBranch)}: without it there, other branches publish only previews.`,
              ]
            : []),
          'Publish to test: codex-sync sync-project --env test',
        ]),
  ];
  console.group(
    'Next',
    (kind === 'codex' ? ofCodex : ofProject).map((step, index) => `${index + 1}. ${step}`),
  );
}

export interface InitRequest {
  /** Its repositories are searched for a codex. */
  readonly organization: string | undefined;
  /** `owner/name` */
  readonly codex: string | undefined;
  readonly project: string | undefined;
  readonly usualProject: string | undefined;
  /** `undefined`: the defaults, with the README file that exists. */
  readonly include: readonly string[] | undefined;
  readonly exclude: readonly string[];
  readonly workflows: boolean | undefined;
  readonly force: boolean;
  /** Given flags for settings of a configuration. */
  readonly given: readonly string[];
}

export function parseInit(
  inputs: Inputs,
  flag: (name: string) => boolean | undefined,
  around: { readonly organization: string | undefined; readonly project: string | undefined },
): InitRequest {
  const { exclude } = resolvePatterns(inputs, DEFAULT_CONFIG);
  const about = {
    organization: inputs.organization,
    'codex-repository': inputs.codexRepository,
    project: inputs.project[0],
    include: inputs.include[0],
    exclude: inputs.exclude[0],
  };
  return {
    organization: inputs.organization ?? around.organization,
    codex: inputs.codexRepository,
    project: inputs.project[0],
    usualProject: around.project,
    include: inputs.include.length > 0 ? inputs.include : undefined,
    exclude,
    workflows: flag('workflows'),
    force: flag('force') ?? false,
    given: Object.entries(about).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`])),
  };
}
