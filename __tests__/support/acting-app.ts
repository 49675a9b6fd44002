import { generateKeyPairSync } from 'node:crypto';
import type { App, AppOptions } from './github-apps.ts';
import type { ActionOptions, ActionRun } from './runner.ts';
import type { GivenInputs } from './runner-files.ts';
import { codex, type HostedProject, type Story } from './story.ts';
import { runTidily } from './tidy-run.ts';

/** The key of every App here. */
export const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const key = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
/** A key that belongs to no App here. */
export function strangeKey(): string {
  const { privateKey: other } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return other.export({ type: 'pkcs1', format: 'pem' }).toString();
}

export const write = { contents: 'write', metadata: 'read' } as const;
export const read = { contents: 'read', metadata: 'read' } as const;
/** On the codex of every story. */
export const installation = { owner: 'acme', permissions: write, repositories: [codex] };

/** Lets Apps act in the codex of a story. */
export function employApps({ github }: Story) {
  let apps = 4711;
  return {
    /** Registers an App that may write to the codex. */
    register(more: Partial<AppOptions> = {}): App {
      apps += 1;
      return github.addApp({ id: apps, privateKey: key, installations: [installation], ...more });
    },
    /** Runs the action with an App, and with the token that the runner sends by default. */
    act(
      app: Pick<App, 'id'>,
      { directory: workspace, fullName: repository }: Pick<HostedProject, 'directory' | 'fullName'>,
      inputs: GivenInputs = {},
      options: Partial<ActionOptions> = {},
    ): Promise<ActionRun> {
      const given = { 'codex-repository': codex, 'app-id': app.id, 'private-key': key, ...inputs };
      return runTidily({ github, workspace, repository, inputs: given, ...options });
    },
  };
}

/** What tokens were asked for in a run. */
export function asked({ requests }: ActionRun): unknown[] {
  return requests.filter(({ path }) => path.endsWith('/access_tokens')).map(({ body }) => JSON.parse(body));
}

/** The tokens that a run used at the codex, each once, in the order of their first use. */
export function used({ requests }: ActionRun): string[] {
  const atCodex = requests.filter(
    ({ path }) => path === '/api/graphql' || (path.includes(codex) && !path.endsWith('/installation')),
  );
  const tokens = atCodex.flatMap(({ authorizations }) => authorizations).map((one) => one.split(' ')[1] ?? '');
  return [...new Set(tokens.map((one) => (one.startsWith('ghs_') ? one : (atob(one).split(':')[1] ?? ''))))];
}

/** Lines of a key that must not be shown. */
export function secretLines(pem: string): string[] {
  return pem
    .split(/\\n|\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('-----'));
}
