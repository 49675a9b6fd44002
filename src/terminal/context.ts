import { relative, resolve, sep } from 'node:path';
import { collectFaults, type FaultCollector } from '../doctor/faults.ts';
import { CodexSyncError } from '../errors.ts';
import { checkWorkingTree } from '../git/checkout.ts';
import { findRepositoryRoot, type LocalRepository, readSshHost, tryReadLocalRepository } from '../git/find-config.ts';
import { tryReadGhToken } from '../github/credentials.ts';
import { readRunContext } from '../github/run-context.ts';
import { ENVIRONMENT_DEFAULT, type Environment, PRODUCTION_NAMES } from '../inputs/environment.ts';
import { inputVariable } from '../inputs/parse.ts';
import {
  apiOf,
  checkAddresses,
  isKnownServer,
  isLocalPath,
  type Origin,
  parseOrigin,
  serverOf,
  type TerminalContext,
} from '../inputs/trigger.ts';
import type { Console } from '../report/log.ts';
import type { RunInput } from '../run.ts';
import { printable } from '../text/phrases.ts';
import type { TokenInput, TokenSource, TokenSources } from '../text/spell-inputs.ts';
import type { TypedCommand } from './arguments.ts';

type Variables = RunInput['variables'];
type Debug = Console['debug'];

export interface TerminalRun
  extends Pick<RunInput, 'given' | 'context' | 'workspace' | 'variables' | 'organization' | 'faults'> {
  readonly sources: TokenSources;
  /** The paths of the command line, by input. */
  readonly typed: Readonly<Record<string, string>>;
}

/** Inputs of which none is sent to a server that only a checkout names. */
const SECRETS = ['token', 'project-token', 'client-id', 'app-id', 'private-key'] as const;

/**
 * Completes a command line from its surroundings: the repository and its `origin`, the server, a token. In a workflow
 * step the event counts, so that the guards hold as in the action. `doctor` gets the problems instead of an error.
 * @throws CodexSyncError `bad-input` without a token, or when the server may not receive one; `bad-checkout` when git
 * takes files from elsewhere than around `directory`
 */
export async function readTerminalRun(
  typed: TypedCommand,
  directory: string,
  variables: Variables,
  { debug, progress }: Pick<Console, 'debug' | 'progress'>,
): Promise<TerminalRun> {
  const collector = typed.command === 'doctor' ? collectFaults([]) : undefined;
  const attempt: FaultCollector['attempt'] = collector?.attempt ?? (async (_, act) => act());
  const local = await attempt('checkout', async () => {
    const found = await tryReadLocalRepository({ directory, environment: variables, debug });
    if (found) await checkWorkingTree(found.root, await findRepositoryRoot(directory));
    return found;
  });
  const origin = await readOrigin(local, debug);
  const isWorkflow = variables.GITHUB_ACTIONS === 'true';
  const placed = isWorkflow
    ? await readRunContext(variables)
    : await attempt('server', () => contextOf(local, origin, variables));
  const context = placed ?? contextOf(local, origin, {});
  const workspace = local?.root ?? directory;
  const { serverUrl } = context;
  const tokens = placed ? await readTokens(typed, serverUrl, variables, { debug, progress }) : NO_TOKENS;
  if (placed && needsToken(typed, tokens)) await attempt('token', () => checkToken(tokens.token, serverUrl, variables));
  const given = {
    ...typed.variables,
    ...tokens.given,
    ...placesOf(typed, workspace, directory),
    ...cacheOf(typed, variables),
  };
  const [organization] = context.repository?.split('/') ?? [];
  const { sources } = tokens;
  const faults = collector?.faults ?? [];
  const paths = typedPaths(typed);
  return { given, context, workspace, variables, sources, typed: paths, faults, ...(organization && { organization }) };
}

/** An App makes its own token. */
function needsToken({ command, variables: typed }: TypedCommand, { mayBeSent }: FoundTokens): boolean {
  if (command === 'cache-list' || command === 'init') return false;
  return !mayBeSent || (['client-id', 'app-id'] as const).every((name) => typed[inputVariable(name)] === undefined);
}

async function readOrigin(local: LocalRepository | undefined, debug: Debug): Promise<Origin | undefined> {
  const origin = local?.origin === undefined ? undefined : parseOrigin(local.origin);
  if (!origin?.ssh || origin.host === 'github.com') return origin;
  const host = await readSshHost(origin.host, debug);
  return { ...origin, host, serverUrl: serverOf(host) };
}

/**
 * What is around the terminal.
 * @throws CodexSyncError `bad-input` where the variables name no server, or no API
 */
function contextOf(
  local: LocalRepository | undefined,
  origin: Origin | undefined,
  variables: Variables,
): TerminalContext {
  const host = variables.GH_HOST ? serverOf(variables.GH_HOST) : 'https://github.com';
  const serverUrl = variables.GITHUB_SERVER_URL || (origin?.serverUrl ?? host);
  const apiUrl = variables.GITHUB_API_URL || (URL.canParse(serverUrl) ? apiOf(serverUrl) : '');
  checkAddresses(serverUrl, apiUrl);
  // A repository on another server is not the one of that name on this server.
  const isHere = origin !== undefined && new URL(origin.serverUrl).hostname === new URL(serverUrl).hostname;
  return {
    kind: 'terminal',
    ref: local?.ref,
    commit: local?.commit,
    repository: isHere ? origin.repository : undefined,
    ...(local?.origin !== undefined && isLocalPath(local.origin) && { localOrigin: local.origin }),
    defaultBranch: local?.defaultBranch,
    serverUrl,
    apiUrl,
  };
}

/** @throws CodexSyncError `bad-input` without one */
export function checkToken(token: string | undefined, server: string, variables: Variables): void {
  if (token) return;
  const { host } = new URL(server);
  if (isKnown(server, variables)) {
    throw new CodexSyncError(
      'bad-input',
      `There is no token for ${host}.`,
      'Set GITHUB_TOKEN or GH_TOKEN, log in with "gh auth login", or pass "--token".',
    );
  }
  throw new CodexSyncError(
    'bad-input',
    `Only the remote "origin" names the server ${host}, so no token is sent there.`,
    `If you trust it, log in with "gh auth login --hostname ${host}", or set GH_HOST to it.`,
  );
}

function isKnown(server: string, { GITHUB_SERVER_URL, GH_HOST }: Variables): boolean {
  return isKnownServer(server, [GITHUB_SERVER_URL, GH_HOST]);
}

interface FoundTokens {
  readonly given: Readonly<Record<string, string>>;
  readonly token: string | undefined;
  readonly sources: TokenSources;
  /** Whether a token, or a request that an App's key signs, may be sent to the server. */
  readonly mayBeSent: boolean;
}

const NO_TOKENS: FoundTokens = {
  given: Object.fromEntries(SECRETS.map((name) => [inputVariable(name), ''])),
  token: undefined,
  sources: { token: typedToken('token', ''), 'project-token': typedToken('project-token', '') },
  mayBeSent: false,
};

async function readTokens(
  { variables: typed }: TypedCommand,
  server: string,
  variables: Variables,
  { debug, progress }: Pick<Console, 'debug' | 'progress'>,
): Promise<FoundTokens> {
  const [name, projectName] = [inputVariable('token'), inputVariable('project-token')];
  const known = isKnown(server, variables);
  const own = typed[name] ? typedToken('token', typed[name]) : known ? variableToken(variables) : undefined;
  if (!known || !own) progress('Waiting for "gh auth token"');
  const ghToken = known && own ? undefined : await tryReadGhToken(new URL(server).host, known, variables, debug);
  progress();
  const mayBeSent = known || ghToken !== undefined;
  if (!mayBeSent) return NO_TOKENS;
  const token = own ?? (ghToken === undefined ? undefined : { token: ghToken, ...FROM_GH });
  const project = typed[projectName] ? typedToken('project-token', typed[projectName]) : token;
  return {
    given: { ...(token && { [name]: token.token }), ...(project && { [projectName]: project.token }) },
    token: token?.token,
    sources: {
      token: token ?? NO_TOKENS.sources.token,
      'project-token': project ?? NO_TOKENS.sources['project-token'],
    },
    mayBeSent,
  };
}

interface FoundToken extends TokenSource {
  readonly token: string;
}

const FROM_GH: TokenSource = {
  phrase: 'token from "gh auth token"',
  renewal: 'log in again with "gh auth login"',
};

function typedToken(name: TokenInput, token: string): FoundToken {
  return { token, phrase: `token in --${name}`, renewal: 'create a new one and pass that' };
}

function variableToken(variables: Variables): FoundToken | undefined {
  for (const name of ['GITHUB_TOKEN', 'GH_TOKEN']) {
    const token = variables[name];
    if (token) return { token, phrase: `token from ${name}`, renewal: `create a new one, and set ${name} to it` };
  }
  return undefined;
}

function typedPaths({ variables: typed }: TypedCommand): Record<string, string> {
  return Object.fromEntries(
    (['working-directory', 'config', 'cache-dir'] as const).flatMap((name) => {
      const path = typed[inputVariable(name)];
      return path === undefined ? [] : [[name, path]];
    }),
  );
}

/** Folders and files are relative to the shell's current folder. */
function placesOf({ variables: typed }: TypedCommand, workspace: string, directory: string): Record<string, string> {
  const place = inputVariable('working-directory');
  const folder = typed[place];
  const paths = (['config', 'cache-dir'] as const).flatMap((name) => {
    const path = typed[inputVariable(name)];
    return path === undefined ? [] : [[inputVariable(name), resolve(directory, path)]];
  });
  return {
    ...Object.fromEntries(paths),
    ...(folder !== undefined && { [place]: fromRoot(workspace, resolve(directory, folder)) }),
  };
}

function fromRoot(root: string, path: string): string {
  return relative(root, path).split(sep).join('/') || '.';
}

/** Only a job has the Actions cache; elsewhere its absence is reported only on request. */
function cacheOf({ command, variables: typed }: TypedCommand, variables: Variables): Record<string, string> {
  const asked = (['use-cache', 'lookup-only', 'fail-on-cache-miss'] as const).some(
    (name) => typed[inputVariable(name)],
  );
  const isThere = variables.ACTIONS_RESULTS_URL || variables.ACTIONS_CACHE_URL;
  return command !== 'fetch' || asked || isThere ? {} : { [inputVariable('use-cache')]: 'false' };
}

/**
 * Asks a person to confirm production when only the configuration names it: as its default, or by another name for the
 * branch. At a terminal no payload gives the purpose of a run, so `--env prod` has to (the specification's safety).
 * @param ask `undefined` without a person
 * @throws CodexSyncError `refused-by-guard` without confirmation
 */
export async function confirmProduction(
  { name, branch }: Environment,
  configFile: string | undefined,
  ask: Ask | undefined,
): Promise<void> {
  const where = `Production (branch ${printable(branch)})`;
  const file = printable(configFile ?? 'the configuration');
  // An explicit `prod` needs no question.
  const isDefault = name === PRODUCTION_NAMES[0];
  const because = isDefault ? `only environments.default in ${file} names it` : `${file} maps ${name} to that branch`;
  const advice = `Pass "--env ${PRODUCTION_NAMES[0]}" or "--yes" if it is intended${name === ENVIRONMENT_DEFAULT ? '' : `, or "--env ${ENVIRONMENT_DEFAULT}"`}.`;
  if (ask === undefined) {
    throw new CodexSyncError(
      'refused-by-guard',
      `${where} is not written to: ${because}, and there is no interactive terminal to confirm it.`,
      advice,
    );
  }
  const answer = await ask(`${where} is about to be written, and ${because}. Go on? [y/N] `);
  if (isYes(answer, false)) return;
  throw new CodexSyncError('refused-by-guard', `${where} was not confirmed, so nothing was written.`, advice);
}

export type Ask = (question: string) => Promise<string>;

/** Asks until the answer is valid; an empty one is the default. */
export async function askUntil(
  ask: Ask,
  question: string,
  usual: string | undefined,
  accepted: (answer: string) => string | undefined,
): Promise<string> {
  for (let sentence = question; ; ) {
    const answer = (await ask(`${sentence}${usual === undefined ? '' : ` [${usual}]`} `)) || (usual ?? '');
    const wanted = accepted(answer);
    if (wanted === undefined) return answer;
    sentence = `"${printable(answer, 100)}" cannot be used. Use ${wanted}:`;
  }
}

/** `usual`: the meaning of an empty answer. */
export function isYes(answer: string, usual: boolean): boolean {
  return answer === '' ? usual : /^y(?:es)?$/i.test(answer);
}
