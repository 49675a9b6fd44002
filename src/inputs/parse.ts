import { CodexSyncError, joinProblems, type Problem } from '../errors.ts';
import { nearest, printable } from '../text/phrases.ts';
import { inputName, inputPhrase, inputSubject } from '../text/spell-inputs.ts';
import { INPUTS, type InputDefinition, type InputName } from './definitions.ts';
import { environmentName } from './environment.ts';
import { type AppKey, emptySecretAdvice, MODES, type Mode, parseAppKey, readInput, tokenProblem } from './readers.ts';
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

interface ParseOptions {
  /** Whether a run without credentials is an error. */
  readonly needsToken?: boolean;
  /** The action of one mode that accepts only inputs of that mode. */
  readonly subAction?: SubAction | undefined;
}

/**
 * Reads the inputs from the variables of a run (`INPUT_*`).
 * @throws CodexSyncError `bad-input` with one line for each invalid input (NFR2, NFR3). Includes near-misses of a name: the
 * runner only warns about those, and the run would do the opposite of the intention.
 */
export function parseInputs(variables: Variables, options: ParseOptions = {}): Inputs {
  const { inputs, problems } = readInputs(variables, options);
  if (problems.length === 0) return inputs;
  const { problem, hint } = joinProblems(problems);
  throw new CodexSyncError('bad-input', problem, hint);
}

/** The inputs of a run, where an invalid one counts as not given. */
export interface ReadInputs {
  readonly inputs: Inputs;
  readonly problems: readonly Problem[];
  /** Those of the problems that concern the token or the App; with any, the run has neither. */
  readonly credentialProblems: readonly Problem[];
  /** Why the value of an input is not known, as one clause: the text is invalid, or its name is misspelt. */
  readonly invalid: ReadonlyMap<InputName, string>;
}

export function readInputs(variables: Variables, { needsToken = true, subAction }: ParseOptions = {}): ReadInputs {
  const misspelt = nearMisses(variables, subAction);
  const problems = [...foreignInputs(variables, subAction), ...misspelt.map(({ problem }) => problem)];
  const invalid = new Map(misspelt.map(({ meant, because }) => [meant, because]));
  const credentialProblems: Problem[] = [];
  const given = (name: InputName): string | undefined => givenIn(variables, name);
  const before = problems.length;
  const env = parseEnv(given('env'), given('environment'), problems);
  if (problems.length > before) invalid.set('env', `${inputPhrase('env', 'environment')} differ`);
  const credentials = {
    clientId: given('client-id'),
    appId: given('app-id'),
    privateKey: given('private-key'),
    token: given('token'),
    projectToken: given('project-token'),
  };
  const app = parseAppKey(credentials, credentialProblems);
  const { token = '', projectToken } = credentials;
  const flaw = tokenProblem('token', credentials.token);
  if (flaw !== undefined) credentialProblems.push(flaw);
  // One token may be given as both, and then has one problem.
  const projectFlaw = tokenProblem('project-token', projectToken);
  if (projectFlaw !== undefined && projectToken !== credentials.token) problems.push(projectFlaw);
  problems.push(...credentialProblems);
  const read = (name: InputName, mode: Mode): unknown => {
    const definition: InputDefinition = INPUTS[name];
    const before = problems.length;
    const value = readInput(name, definition, { text: given(name) ?? definition.default, mode }, problems);
    if (problems.length === before) return value;
    invalid.set(name, `${inputPhrase(name)} is not valid`);
    return readInput(name, definition, { text: definition.default, mode }, []);
  };
  const mode = parseMode(variables, subAction) ?? 'sync-project';
  if (subAction === undefined) read('mode', mode);
  const { clientId, appId, privateKey } = credentials;
  // The caches that this mode lists are on disk.
  if (needsToken && mode !== 'cache-list' && token === '' && (clientId ?? appId ?? privateKey) === undefined) {
    const empty = { problem: `${inputSubject('token')} is empty.`, hint: emptySecretAdvice() };
    problems.push(empty);
    credentialProblems.push(empty);
  }
  const names = Object.keys(INPUTS) as InputName[];
  const others = names.filter((name) => name !== 'mode' && !PARTS.includes(name));
  const values = Object.fromEntries(others.map((name) => [camelCase(name), read(name, mode)])) as unknown as Values;
  const usable = credentialProblems.length === 0 ? { token, app } : { token: '', app: undefined };
  const inputs = { ...values, mode, env, ...usable, ...(projectFlaw && { projectToken: undefined }) };
  return { inputs, problems, credentialProblems, invalid };
}

/** Inputs that are read only together with others. */
const PARTS: readonly InputName[] = ['environment', 'client-id', 'app-id', 'private-key'];

/** The property of an input: `dryRun` for `dry-run`. */
export function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** One input under two names. */
function parseEnv(env: string | undefined, environment: string | undefined, problems: Problem[]): string | undefined {
  if (env !== undefined && environment !== undefined && environmentName(env) !== environmentName(environment)) {
    const values = `"${printable(env, 64)}" and "${printable(environment, 64)}"`;
    problems.push({
      problem: `${inputSubject('env', 'environment')} are one input, but their values are ${values}.`,
      hint: `Give only ${inputName('env')}.`,
    });
  }
  return env ?? environment;
}

/** Names that a workflow gave. */
function namesIn(variables: Variables): string[] {
  return Object.keys(variables)
    .filter((variable) => variable.startsWith(PREFIX))
    .map((variable) => variable.slice(PREFIX.length).toLowerCase());
}

interface Misspelt {
  readonly problem: Problem;
  readonly meant: InputName;
  readonly because: string;
}

function nearMisses(variables: Variables, subAction: SubAction | undefined): Misspelt[] {
  const accepted = inputsOfAction(subAction).map(([name]) => name);
  return namesIn(variables)
    .filter((text) => !isInput(text))
    .flatMap((text) => {
      const meant = meantInput(text, accepted);
      const problem = `${inputSubject(printable(text))} does not exist.`;
      if (!meant) return [];
      // `doctor` continues.
      const hint = `Did you mean ${inputName(meant)}?${parseMode(variables, subAction) === 'doctor' ? '' : ' Nothing was done.'}`;
      const because = `${inputPhrase(printable(text))} does not exist`;
      return [{ problem: { problem, hint }, meant: meant === 'environment' ? 'env' : meant, because }];
    });
}

function isInput(text: string): boolean {
  return Object.hasOwn(INPUTS, text);
}

/** The input that a text means: a typing error, another number, or a shortened name (`repos`, `working-dir`). */
function meantInput<Name extends string>(text: string, names: readonly Name[]): Name | undefined {
  const given = text.replaceAll('_', '-');
  const stem = singular(given);
  const longer = names.filter((name) => stem.length >= SHORTEST_STEM && name.startsWith(stem));
  const [shortest] = longer.sort((one, other) => one.length - other.length);
  const near = nearest(given, names);
  return names.find((name) => name === near) ?? names.find((name) => singular(name) === stem) ?? shortest;
}

/** Shorter ones begin many words. */
const SHORTEST_STEM = 4;

function singular(name: string): string {
  return name.replace(/(?:ies|y|s)$/, '');
}

/** Inputs of other modes, or near-misses of one, in an action of one mode: the runner only warns about those as well. */
function foreignInputs(variables: Variables, subAction: SubAction | undefined): Problem[] {
  if (subAction === undefined) return [];
  const { mode } = SUB_ACTIONS[subAction];
  const accepted = inputsOfAction(subAction).map(([name]) => name);
  const isForeign = (text: string) =>
    isInput(text)
      ? !accepted.some((name) => name === text)
      : meantInput(text, accepted) === undefined && meantInput(text, Object.keys(INPUTS)) !== undefined;
  const all = namesIn(variables).filter((text) => text !== 'mode' && isForeign(text) && givenIn(variables, text));
  const isMode = (text: string) => !isInput(text) && meantInput(text, Object.keys(INPUTS)) === 'mode';
  const foreign = all.filter((text) => !isMode(text));
  const problems: Problem[] = all.filter(isMode).map((text) => ({
    problem: `${inputSubject(printable(text))} does not exist.`,
    hint: `Did you mean ${inputName('mode')}? ${actionName(subAction)} always runs "${mode}": leave it out, or use ${actionName()}.`,
  }));
  const given = givenIn(variables, 'mode');
  if (given !== undefined && given !== mode) {
    problems.push({
      problem: `${inputSubject('mode')} is "${printable(given, 100)}", but ${actionName(subAction)} always runs "${mode}".`,
      hint: `Leave out ${inputName('mode')}, or use ${actionName()}.`,
    });
  }
  if (foreign.length > 0) {
    const names = foreign.map((name) => `"${printable(name)}"`).join(', ');
    problems.push({
      problem: `${actionName(subAction)} does not accept the ${foreign.length === 1 ? 'input' : 'inputs'} ${names}.`,
      hint: `Use only: ${accepted.join(', ')}.`,
    });
  }
  return problems;
}
