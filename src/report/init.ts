import type { Console } from './console.ts';

/** Says what was written, and what comes next. */
export function writeInitLog(
  { codex, written, workflows }: { codex: string; written: readonly string[]; workflows: boolean },
  console: Pick<Console, 'line' | 'group'>,
): void {
  console.group(`Written (${written.length})`, written);
  const steps = [
    'Look at what would be published: codex-sync sync-project --dry-run',
    ...(workflows
      ? [
          `Store a token that may write to ${codex} as the secret CODEX_TOKEN: gh secret set CODEX_TOKEN`,
          'Commit the files. Pull requests and pushes go to test, releases to production.',
        ]
      : ['Publish to test: codex-sync sync-project --env test', 'Commit the configuration.']),
  ];
  console.group(
    'Next',
    steps.map((step, index) => `${index + 1}. ${step}`),
  );
}
