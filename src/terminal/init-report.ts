import type { Console } from '../report/console.ts';
import { printable } from '../text/printable.ts';

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
    'Look at what would be published: codex-sync sync-project --dry-run',
    ...(workflows
      ? [
          `Store a token that may write to ${codex}, but not to its ${production}, as the secret CODEX_TOKEN: gh secret set CODEX_TOKEN`,
          `Create the environment "production" and limit it to ${printable(defaultBranch)} and tags (Settings, Environments). Store the token that may push to ${production} there, and nowhere else: gh secret set CODEX_PRODUCTION_TOKEN --env production`,
          `Protect ${production} of ${codex} by a ruleset that only the owner of that token may bypass.`,
          'Commit the files. Pull requests and pushes go to test, releases to production. To see what is missing, run codex-sync doctor.',
        ]
      : [
          'Publish to test: codex-sync sync-project --env test',
          ...(kept === undefined ? ['Commit the configuration.'] : []),
        ]),
  ];
  console.group(
    'Next',
    (kind === 'codex' ? ofCodex : ofProject).map((step, index) => `${index + 1}. ${step}`),
  );
}
