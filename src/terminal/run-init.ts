import { type ConfigText, readConfig } from '../git/find-config.ts';
import { createClient, plainToken } from '../github/client.ts';
import { createOrganizationApi } from '../github/organization-api.ts';
import { parseConfig } from '../inputs/config.ts';
import { parseInputs } from '../inputs/parse.ts';
import { parseTrigger } from '../inputs/trigger.ts';
import type { Console } from '../report/console.ts';
import { repositoryName } from '../text/names.ts';
import type { TypedCommand } from './arguments.ts';
import { checkToken, type readTerminalRun } from './context.ts';
import { type FoundCodex, type InitWorld, initialize, isCodexName } from './init.ts';
import { writeInitLog } from './init-report.ts';
import { parseInit } from './init-request.ts';

/** `init` from its words to its report. */
export async function runInit(
  { flag }: TypedCommand,
  words: Awaited<ReturnType<typeof readTerminalRun>>,
  ask: InitWorld['ask'],
  console: Console,
): Promise<void> {
  const inputs = parseInputs(words.given, { needsToken: false });
  const { apiUrl, serverUrl, repository, defaultBranch } = parseTrigger(words.context);
  const project = repository === '' ? undefined : repositoryName(repository);
  const request = parseInit(inputs, flag, { organization: words.organization, project });

  async function listCodexes(organization: string): Promise<FoundCodex[]> {
    checkToken(inputs.token, serverUrl, words.variables);
    const connection = { apiUrl, debug: console.debug, warn: console.warning };
    const client = createClient(plainToken(inputs.token), connection);
    const all = await createOrganizationApi(client, organization, 'person', 'token').listRepositories();
    return all.filter(({ name, archived }) => !archived && isCodexName(name));
  }

  const parse = (text: ConfigText) => {
    const parsed = parseConfig(text);
    const usual = words.organization === undefined ? {} : { organization: words.organization };
    return parsed && { config: { ...usual, ...parsed.config }, file: text.file, inside: text.inside };
  };
  const result = await initialize(request, {
    root: words.workspace,
    repository,
    defaultBranch: defaultBranch ?? 'main',
    ask: flag('yes') ? undefined : ask,
    listCodexes,
    readConfig: () => readConfig({ directory: words.workspace, root: words.workspace, path: '.' }, undefined, parse),
  });
  writeInitLog(result, console);
}
