import { CodexSyncError } from '../errors.ts';
import { nearest, printable } from '../text/phrases.ts';
import { inputName, inputSubject } from '../text/spell-inputs.ts';
import { INPUTS, type InputDefinition, type InputName } from './definitions.ts';
import { environmentName } from './environment.ts';
import { type AppKey, emptySecretAdvice, MODES, type Mode, parseAppKey, readInput } from './readers.ts';
import { actionName, inputsOfAction, SUB_ACTIONS, type SubAction } from './sub-actions.ts';

type CamelCase<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;
/** The value of one input: always present for an input with a default. */
type Value<Name extends InputName> = (typeof INPUTS)[Name] extends { readonly default: string }
  ? NonNullable<ReturnType<(typeof INPUTS)[Name]['read']>>
  : ReturnType<(typeof INPUTS)[Name]['read']>;
type Values = { readonly [Name in InputName as CamelCase<Name>]: Value<Name> };

/** The inputs of a run, each checked; `undefined` or an empty list means "not given". */
export interface Inputs extends Omit<Values, 'environment' | 'token' | 'clientId' | 'appId' | 'privateKey'> {
  /** Empty only with an App. */
  readonly token: string;
  /** The App that acts in the codex instead of the token. */
  readonly app: AppKey | undefined;
}

const PREFIX = 'INPUT_';

/** The variable of GitHub's runner for an input: upper case, hyphens kept. */
export function inputVariable(name: string): string {
  return PREFIX + name.replaceAll(' ', '_').toUpperCase();
}

type Variables = Readonly<Record<string, string | undefined>>;

function givenIn(variables: Variables, name: string): string | undefined {
  return variables[inputVariable(name)]?.trim() || undefined;
}

/** The mode of a run, read before all other inputs; `undefined` for an invalid one, which `parseInputs` reports. */
export function parseMode(variables: Variables, subAction?: SubAction): Mode | undefined {
  if (subAction !== undefined) return SUB_ACTIONS[subAction].mode;
  const given = givenIn(variables, 'mode') ?? INPUTS.mode.default;
  return MODES.find((mode) => mode === given);
}

/**
 * Reads the inputs from the variables of a run (`INPUT_*`).
 * @param needsToken whether a run without credentials is an error
 * @param subAction the action of one mode that accepts only inputs of that mode
 * @throws CodexSyncError `bad-input` with one line for each invalid input (NFR2, NFR3). Includes near-misses of a name: the
 * runner only warns about those, and the run would do the opposite of the intention.
 */
export function parseInputs(
  variables: Variables,
  { needsToken = true, subAction }: { readonly needsToken?: boolean; readonly subAction?: SubAction | undefined } = {},
): Inputs {
  const problems = [...foreignInputs(variables, subAction), ...nearMisses(variables, subAction)];
  const given = (name: InputName): string | undefined => givenIn(variables, name);
  const env = parseEnv(given('env'), given('environment'), problems);
  const credentials = {
    clientId: given('client-id'),
    appId: given('app-id'),
    privateKey: given('private-key'),
    token: given('token'),
    projectToken: given('project-token'),
  };
  const app = parseAppKey(credentials, problems);
  const read = (name: InputName, mode: Mode): unknown => {
    const definition: InputDefinition = INPUTS[name];
    return readInput(name, definition, { text: given(name) ?? definition.default, mode }, problems);
  };
  const mode = parseMode(variables, subAction) ?? 'sync-project';
  if (subAction === undefined) read('mode', mode);
  const { clientId, appId, privateKey, token = '' } = credentials;
  // The caches that this mode lists are on disk.
  if (needsToken && mode !== 'cache-list' && token === '' && (clientId ?? appId ?? privateKey) === undefined) {
    problems.push(`${inputSubject('token')} is empty. ${emptySecretAdvice()}`);
  }
  const names = Object.keys(INPUTS) as InputName[];
  const others = names.filter((name) => name !== 'mode' && !PARTS.includes(name));
  const values = Object.fromEntries(others.map((name) => [camelCase(name), read(name, mode)])) as unknown as Values;
  if (problems.length > 0) throw new CodexSyncError('bad-input', problems.join('\n'));
  return { ...values, mode, env, token, app };
}

/** Inputs that are read only together with others. */
const PARTS: readonly InputName[] = ['environment', 'client-id', 'app-id', 'private-key'];

/** The property of an input: `dryRun` for `dry-run`. */
export function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** One input under two names. */
function parseEnv(env: string | undefined, environment: string | undefined, problems: string[]): string | undefined {
  if (env !== undefined && environment !== undefined && environmentName(env) !== environmentName(environment)) {
    problems.push(
      `${inputSubject('env', 'environment')} are one input, but their values are "${printable(env, 64)}" and "${printable(environment, 64)}". Give only ${inputName('env')}.`,
    );
  }
  return env ?? environment;
}

/** Names that a workflow gave. */
function namesIn(variables: Variables): string[] {
  return Object.keys(variables)
    .filter((variable) => variable.startsWith(PREFIX))
    .map((variable) => variable.slice(PREFIX.length).toLowerCase());
}

function nearMisses(variables: Variables, subAction: SubAction | undefined): string[] {
  const accepted = inputsOfAction(subAction).map(([name]) => name);
  return namesIn(variables)
    .filter((text) => !isInput(text))
    .flatMap((text) => {
      const meant = nearest(hyphenated(text), accepted);
      return meant
        ? [`${inputSubject(printable(text))} does not exist. Did you mean ${inputName(meant)}? Nothing was done.`]
        : [];
    });
}

function isInput(text: string): boolean {
  return Object.hasOwn(INPUTS, text);
}

function hyphenated(text: string): string {
  return text.replaceAll('_', '-');
}

/** Inputs of other modes, or near-misses of one, in an action of one mode: the runner only warns about those as well. */
function foreignInputs(variables: Variables, subAction: SubAction | undefined): string[] {
  if (subAction === undefined) return [];
  const { mode } = SUB_ACTIONS[subAction];
  const accepted = inputsOfAction(subAction).map(([name]) => name);
  const isForeign = (text: string) =>
    isInput(text)
      ? !accepted.some((name) => name === text)
      : nearest(hyphenated(text), accepted) === undefined &&
        nearest(hyphenated(text), Object.keys(INPUTS)) !== undefined;
  const foreign = namesIn(variables).filter((text) => text !== 'mode' && isForeign(text) && givenIn(variables, text));
  const problems: string[] = [];
  const given = givenIn(variables, 'mode');
  if (given !== undefined && given !== mode) {
    problems.push(
      `${inputSubject('mode')} is "${printable(given, 100)}", but ${actionName(subAction)} always runs "${mode}". Leave out ${inputName('mode')}, or ` +
        `use ${actionName()}.`,
    );
  }
  if (foreign.length > 0) {
    const names = foreign.map((name) => `"${printable(name)}"`).join(', ');
    problems.push(
      `${actionName(subAction)} does not accept the ${foreign.length === 1 ? 'input' : 'inputs'} ${names}. Use only: ${accepted.join(', ')}.`,
    );
  }
  return problems;
}
