/** A token as a message names it: where it comes from, and how to renew it. */
export interface TokenSource {
  /** Without the article: `token from GH_TOKEN`. */
  readonly phrase: string;
  /** A clause: `create a new one, and set GH_TOKEN to it`. */
  readonly renewal: string;
}

/** The inputs whose values are tokens. */
export type TokenInput = 'token' | 'project-token';
export type TokenSources = Readonly<Record<TokenInput, TokenSource>>;

interface Spelling {
  readonly article: '' | 'the ';
  readonly names: (names: readonly string[], conjunction: 'and' | 'or') => string;
  /** A name alone, as part of a sentence. */
  readonly name: (name: string) => string;
  readonly value: (name: string, value: string) => string;
  readonly mode: (mode: string) => string;
  /** The verb that gives a value to an input. */
  readonly set: 'set' | 'pass';
  readonly tokens: TokenSources;
  /** Values as they were typed, by input, where a run gets another spelling of them. */
  readonly typed: Readonly<Record<string, string>>;
}

const WORKFLOW: Spelling = {
  article: 'the ',
  names: (names, conjunction) =>
    `${names.length > 1 && conjunction === 'and' ? 'inputs' : 'input'} ${listed(
      names.map((name) => `"${name}"`),
      conjunction,
    )}`,
  name: (name) => `"${name}"`,
  value: (name, value) => `${name}: ${value}`,
  mode: (mode) => `mode: ${mode}`,
  set: 'set',
  tokens: {
    token: { phrase: 'token in "token"', renewal: 'create a new one and update the secret' },
    'project-token': { phrase: 'token in "project-token"', renewal: 'create a new one and update the secret' },
  },
  typed: {},
};

const TERMINAL: Spelling = {
  article: '',
  names: (names, conjunction) => listed(names.map(flag), conjunction),
  name: flag,
  value: (name, value) =>
    value === 'true' ? flag(name) : value === 'false' ? `--no-${name}` : `${flag(name)} ${value}`,
  mode: (mode) => `codex-sync ${mode}`,
  set: 'pass',
  tokens: {
    token: { phrase: 'token in --token', renewal: 'create a new one and pass that' },
    'project-token': { phrase: 'token in --project-token', renewal: 'create a new one and pass that' },
  },
  typed: {},
};

/**
 * A process is either a workflow's step or a command at a terminal, so its entry point chooses once, before it reads
 * anything. Only sentences depend on it, never a decision. A constant that spells an input would be made before the choice:
 * `__tests__/input-names.test.ts` refuses that.
 */
let spelling = WORKFLOW;

/** Names inputs as flags from now on, the tokens by their sources where these are known, and paths as they were typed. */
export function spellAsFlags({ tokens, typed }: Pick<Spelling, 'tokens' | 'typed'> = TERMINAL): void {
  spelling = { ...TERMINAL, tokens, typed };
}

export function spellAsInputs(): void {
  spelling = WORKFLOW;
}

/** Names the only mode of an action by the action, which has no input for it. */
export function spellAsSubAction(mode: string, action: string): void {
  spelling = { ...WORKFLOW, mode: (other) => (other === mode ? action : WORKFLOW.mode(other)) };
}

export function spellsFlags(): boolean {
  return spelling.set === 'pass';
}

/** `input "env"` or `--env`; for several names `inputs "from" and "env"`. */
export function inputPhrase(...names: string[]): string {
  return spelling.names(names, 'and');
}

/** The same at the beginning of a sentence. */
export function inputSubject(...names: string[]): string {
  return sentence(inputPhrase(...names));
}

/** `the input "env"` or `--env`, inside a sentence. */
export function theInput(...names: string[]): string {
  return `${spelling.article}${spelling.names(names, 'and')}`;
}

/** `the input "env" or "project"`, or `--env or --project`. */
export function oneOfInputs(...names: string[]): string {
  return `${spelling.article}${spelling.names(names, 'or')}`;
}

/** `"env"` or `--env`, inside a sentence. */
export function inputName(name: string): string {
  return spelling.name(name);
}

/** The value of an input as it was typed: at a terminal, paths become absolute, or begin at the root. */
export function typedValue(name: string, value: string): string {
  return spelling.typed[name] ?? value;
}

/** `dry-run` or `--dry-run`, without quotes. */
export function unquotedName(name: string): string {
  return spellsFlags() ? flag(name) : name;
}

/** `env: prod` or `--env prod`, without quotes. */
export function inputValue(name: string, value: string): string {
  return spelling.value(name, value);
}

/** `set "allow-older: true"` or `pass "--allow-older"`. */
export function setInput(name: string, value: string): string {
  return `${spelling.set} "${spelling.value(name, value)}"`;
}

/** `mode: promote`, `fractary/codex-sync/promote` or `codex-sync promote`, without quotes. */
export function modeName(mode: string): string {
  return spelling.mode(mode);
}

/** `token in "token"` or `token from GH_TOKEN`, without the article. */
export function tokenPhrase(name: TokenInput): string {
  return spelling.tokens[name].phrase;
}

/** `"project-token"` or `the token from GH_TOKEN`, as who gets a permission. */
export function tokenName(name: TokenInput): string {
  return spellsFlags() ? `the ${tokenPhrase(name)}` : inputName(name);
}

/** How to replace a token that is wrong, as one clause. */
export function tokenRenewal(name: TokenInput): string {
  return spelling.tokens[name].renewal;
}

/** How to get the history that a shallow clone lacks, as one clause. */
export function deepCheckout(depth: number): string {
  return spelled({ workflow: `check out with "fetch-depth: ${depth}"`, terminal: 'run "git fetch --unshallow"' });
}

/** A clause as the beginning of a sentence. */
export function sentence(clause: string): string {
  return clause.charAt(0).toUpperCase() + clause.slice(1);
}

/** Advice that names other tools in a workflow than at a terminal. */
export function spelled(advice: { readonly workflow: string; readonly terminal: string }): string {
  return spellsFlags() ? advice.terminal : advice.workflow;
}

function flag(name: string): string {
  return `--${name}`;
}

/** `a, b and c` */
function listed(names: readonly string[], conjunction: string): string {
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} ${conjunction} ${names.at(-1)}` : (names[0] ?? '');
}
