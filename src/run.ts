import { collectFaults, type Fault, type FaultCollector } from './doctor/faults.ts';
import { type ConfigText, listShadowedConfigs, type ProjectPlace, readConfig } from './git/find-config.ts';
import { type ParsedConfig, parseConfigPartly } from './inputs/config.ts';
import type { InputName } from './inputs/definitions.ts';
import type { Environment } from './inputs/environment.ts';
import { skipReason } from './inputs/guards.ts';
import { inputVariable, parseInputs, parseMode, type ReadInputs, readInputs } from './inputs/parse.ts';
import { needsNoCheckout, secretForms, secretLines, writes } from './inputs/readers.ts';
import type { SubAction } from './inputs/sub-actions.ts';
import { parseTrigger, type RunContext } from './inputs/trigger.ts';
import { EDGES, type Edges, runMode } from './modes.ts';
import type { ConfigFacts } from './publish/read-merged-config.ts';
import type { Console } from './report/log.ts';
import { type OutputValues, renderFailure, renderOutputs, writeOutputs } from './report/outputs.ts';
import { renderSkippedSummary } from './report/summary.ts';
import { printable } from './text/phrases.ts';

type Variables = Readonly<Record<string, string | undefined>>;

export interface RunInput {
  /** The inputs as a runner passes them (`INPUT_*`). */
  readonly given: Variables;
  /** The action of one mode that the workflow uses, if any. */
  readonly subAction?: SubAction;
  readonly context: RunContext;
  /** The run reads and writes the project only below this folder. */
  readonly workspace: string;
  readonly variables: Variables;
  /** Path of the built client of the Actions cache. */
  readonly cacheClient: string;
  /** The default if the configuration has none. */
  readonly organization?: string;
  /** Problems that `doctor` reports; other modes did not get this far. */
  readonly faults?: readonly Fault[];
  /** Called before a write to production that no input of this run names. */
  readonly confirmProduction: (environment: Environment, configFile: string | undefined) => Promise<void>;
}

export interface Run {
  readonly start: (input: RunInput) => Promise<void>;
  /** Reports the first failure with the known outputs. */
  readonly fail: (error: unknown) => Promise<void>;
}

export function createRun(console: Console, edges: Edges = EDGES): Run {
  let known: OutputValues = {};
  let reported = false;
  const record = (more: OutputValues) => {
    known = { ...known, ...more };
  };
  return {
    start: (input) => start(input, console, edges, record),
    async fail(error) {
      console.fail();
      // Reports once: the report can fail as well, if the runner's files cannot be written.
      if (reported) return;
      reported = true;
      const failure = renderFailure(error, known);
      for (const line of failure.stack) console.line(line);
      console.error(failure.annotation);
      writeOutputs(failure.outputs, console);
      await console.summary(failure.summary);
    },
  };
}

async function start(
  input: RunInput,
  console: Console,
  edges: Edges,
  record: (more: OutputValues) => void,
): Promise<void> {
  const { given, subAction, workspace, variables, cacheClient, confirmProduction } = input;
  const inputOf = (name: InputName) => given[inputVariable(name)] ?? '';
  const tokens = [inputOf('token'), inputOf('project-token')].flatMap(secretForms);
  for (const form of [...tokens, ...secretLines(inputOf('private-key'))]) console.secret(form);

  const trigger = parseTrigger(input.context);
  // A run that only reads needs no guard, and a skip would leave a consumer without documents in a green job.
  const isGuarded = writes(parseMode(given, subAction) ?? 'sync-project');
  const namesApp = (['client-id', 'app-id'] as const).some((name) => inputOf(name).trim() !== '');
  const secret = inputOf(namesApp ? 'private-key' : 'token');
  const skipped = isGuarded ? skipReason(trigger, secret) : undefined;
  if (skipped !== undefined) {
    console.notice(skipped);
    writeOutputs(renderOutputs('skipped', {}), console);
    return console.summary(renderSkippedSummary(skipped));
  }

  const faults = parseMode(given, subAction) === 'doctor' ? collectFaults(input.faults ?? []) : undefined;
  const { inputs, invalid } = faults
    ? readInputsPartly(given, faults)
    : { inputs: parseInputs(given, { subAction }), invalid: new Map<InputName, string>() };
  const attempt: FaultCollector['attempt'] = faults?.attempt ?? (async (_, act) => act());
  const withoutCheckout = trigger.pullRequest?.closed || needsNoCheckout(inputs.mode);
  const place =
    (await attempt('checkout', () => edges.disk.findProject(workspace, inputs.workingDirectory, withoutCheckout))) ??
    (await edges.disk.findProject(workspace, '.', true));
  const parse: ConfigFacts['parse'] = (text) => {
    const parsed = faults ? parseConfigWith(faults, text) : edges.parseConfig(text);
    return parsed && { ...withOrganization(parsed, input.organization), file: text.file, inside: text.inside };
  };
  // A closed pull request is not checked out, so its configuration is requested later.
  const isClosed = trigger.pullRequest?.closed && writes(inputs.mode);
  const first = isClosed
    ? undefined
    : await attempt('configuration', () => readConfig(place, inputs.config, parse, edges.disk));
  const found = first && {
    ...first,
    notices: [...first.notices, ...(await shadowNotices(place, inputs.config, first, edges))],
  };
  const { token, app, projectToken } = inputs;
  const { directory } = place;
  const options = { directory, workspace, variables, token, app, projectToken, cacheClient, console, record };
  const call = { inputs, found, place, trigger, confirmProduction, options, edges, parse };
  await runMode({ ...call, previewsOnly: false, faults, invalid });
}

/** Reports which configuration counts where there are several, unless an input names one. */
async function shadowNotices(
  place: ProjectPlace,
  asked: string | undefined,
  { file }: { readonly file: string },
  { disk, parseConfig }: Edges,
): Promise<string[]> {
  const others = asked === undefined ? await listShadowedConfigs(place, file, parseConfig, disk) : [];
  if (others.length === 0) return [];
  return [
    `The configuration is ${printable(file)}; ${others.join(' and ')} ${others.length === 1 ? 'is' : 'are'} not read, since only the first of them counts. Keep one.`,
  ];
}

function readInputsPartly(given: Variables, faults: FaultCollector): Pick<ReadInputs, 'inputs' | 'invalid'> {
  const needsToken = !faults.faults.some(({ check }) => check === 'token' || check === 'server');
  const { inputs, invalid, problems, credentialProblems } = readInputs(given, { needsToken });
  const others = problems.filter((problem) => !credentialProblems.includes(problem));
  faults.add('inputs', others);
  faults.add('token', credentialProblems);
  return { inputs, invalid };
}

function parseConfigWith(faults: FaultCollector, text: ConfigText) {
  const parsed = parseConfigPartly(text);
  faults.add('configuration', parsed?.problems ?? []);
  return parsed;
}

function withOrganization<Parsed extends ParsedConfig>(parsed: Parsed, organization: string | undefined): Parsed {
  return organization === undefined ? parsed : { ...parsed, config: { organization, ...parsed.config } };
}
