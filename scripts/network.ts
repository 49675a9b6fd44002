import { readFile } from 'node:fs/promises';
import { renderTable } from './reference.ts';

/** An address that the action asks, as `__tests__/stories/network-hosts.test.ts` records it. */
export interface Contact {
  /** `host:port`; capitals and an asterisk are for what differs from one to another. */
  readonly address: string;
  readonly use: keyof typeof USES;
  readonly credentials: readonly (keyof typeof CREDENTIALS)[];
}

const USES = {
  git: 'Git: reads and pushes documents of the codex, reads documents that a partial checkout of the project lacks',
  api: 'REST and GraphQL: repositories, branches, commits, rules, pull requests and their comment, tokens of an App, the list of Actions caches',
  'cache-entries': 'Actions cache of `fetch` (and `doctor`): looks entries up, and reserves them',
  'cache-archives': 'Actions cache of `fetch`: reads and writes the archive of an entry',
};

const CREDENTIALS = {
  'app-key': 'a statement signed with `private-key`',
  'app-token': 'a token that the run makes for the App',
  'project-token': '`project-token`',
  'runtime-token': 'the token of the job for the cache (`ACTIONS_RUNTIME_TOKEN`)',
  'signed-address': "none: GitHub's answer is a signed address",
  token: '`token`',
};

/** Every address with its purpose and its credentials. */
export async function renderNetwork(): Promise<string> {
  const contacts: Contact[] = JSON.parse(await readFile('docs/network.json', 'utf8'));
  const rows = contacts.map(({ address, use, credentials }) => [
    `\`${address}\``,
    USES[use],
    credentials.map((name) => CREDENTIALS[name]).join(', '),
  ]);
  return renderTable(['Host and port', 'Purpose', 'Credential'], rows);
}
