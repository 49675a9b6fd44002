/** What the first files of a project say. */
export interface FirstFacts {
  /** `owner/name` */
  readonly codex: string;
  /** Branch of the codex that production is. */
  readonly productionBranch: string;
  readonly project: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Branch of the project that is pushed to. */
  readonly defaultBranch: string;
}

/** The configuration that `init` writes: the one that takes comments. */
export const FIRST_CONFIG = '.fractary/codex.yaml';

/** A commented configuration: path -> text. */
export function planConfig(facts: FirstFacts): Map<string, string> {
  const { codex, productionBranch, project, include, exclude } = facts;
  const [owner = '', name = ''] = codex.split('/');
  return new Map([
    [
      FIRST_CONFIG,
      `# yaml-language-server: $schema=https://raw.githubusercontent.com/fractary/codex-sync/v1/schema/config.schema.json
# What of this repository is published into the codex, and where.
version: "3.0"

# The codex: <organization>/<codex_repo>.
organization: ${quoted(owner)}
codex_repo: ${quoted(name)}

# Its folder there is projects/<project_name>.
project_name: ${quoted(project)}

# Which documents, as globs on paths of this repository.
sync_patterns:
${list(include)}
# These are left out, whatever stands above.
exclude_patterns:
${list(exclude)}
# Each environment is a branch of the codex. Where a run names none, its documents go to the default: a mistake in test is
# cheap, so leave production to be named by those who release.
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

/** The workflows that most projects want, as the README has them: path -> text. */
export function planWorkflows({ codex, defaultBranch }: FirstFacts): Map<string, string> {
  return new Map([
    [
      '.github/workflows/codex-test.yml',
      `name: Codex (test)
on:
  push: { branches: [${quoted(defaultBranch)}] }
  pull_request: { types: [opened, synchronize, reopened, closed] }
permissions:
  contents: read
  pull-requests: write # for the comment; "read" is enough without it
concurrency: codex-test-\${{ github.event.pull_request.number || github.ref }}
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
        if: github.event.action != 'closed'
        with:
          fetch-depth: 2 # shows what a pull request changes
      - uses: fractary/codex-sync@v1
        with:
          env: test
          comment: true
          codex-repository: ${codex}
          token: \${{ secrets.CODEX_TOKEN }}
`,
    ],
    [
      '.github/workflows/codex-release.yml',
      `name: Codex (release)
on:
  release: { types: [released] } # not pre-releases
permissions:
  contents: read
jobs:
  publish:
    runs-on: ubuntu-latest
    strategy:
      fail-fast: false
      matrix:
        env: [prod, test]
    steps:
      - uses: actions/checkout@v6
      - uses: fractary/codex-sync@v1
        with:
          env: \${{ matrix.env }}
          codex-repository: ${codex}
          token: \${{ secrets.CODEX_TOKEN }}
`,
    ],
  ]);
}

function list(globs: readonly string[]): string {
  return globs.map((glob) => `  - ${JSON.stringify(glob)}\n`).join('');
}

/** A word as YAML takes it for text, without quotes where it needs none. */
function quoted(word: string): string {
  const isPlain = /^[A-Za-z][A-Za-z0-9._/-]*$/.test(word) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(word);
  return isPlain ? word : JSON.stringify(word);
}
