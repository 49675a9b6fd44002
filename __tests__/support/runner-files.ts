/**
 * Reads what a step wrote to GITHUB_OUTPUT (or GITHUB_ENV, GITHUB_STATE): `name=value` or `name<<delimiter`, lines,
 * delimiter. Throws where the runner would fail the step.
 */
export function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  // The newline at the end starts no line.
  if (lines.at(-1) === '') lines.pop();
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const [equals, heredoc] = [line.indexOf('='), line.indexOf('<<')];
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0) throw new Error(`Invalid format '${line}'. Name must not be empty`);
      outputs[line.slice(0, equals)] = line.slice(equals + 1);
    } else if (heredoc >= 0) {
      const [name, delimiter] = [line.slice(0, heredoc), line.slice(heredoc + 2)];
      if (name === '' || delimiter === '') {
        throw new Error(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`);
      }
      const end = lines.indexOf(delimiter, at + 1);
      if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
      outputs[name] = lines.slice(at + 1, end).join('\n');
      at = end;
    } else throw new Error(`Invalid format '${line}'`);
  }
  return outputs;
}

export interface ActionInputs {
  /** INPUT_* as the runner sets them. */
  variables: Record<string, string>;
  warnings: string[];
}

/** What a workflow can write behind `with:`. */
export type GivenInputs = Readonly<Record<string, string | number | boolean>>;

interface DeclaredInput {
  default?: unknown;
  deprecationMessage?: string;
}

/** Replaces `${{ github.x }}` by what the context says. */
export function evaluate(text: string, context: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{\{\s*([^}]*?)\s*\}\}/g, (expression, name: string) => {
    const value = context[name];
    if (value === undefined) throw new Error(`This runner does not know ${expression}`);
    return value;
  });
}

/** Declared inputs with their defaults, overridden by what the workflow says; names are the runner's. */
export function computeInputs(
  declared: Readonly<Record<string, DeclaredInput | null>>,
  given: GivenInputs,
  context: Readonly<Record<string, string>>,
): ActionInputs {
  const values = new Map<string, string>();
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(given)) values.set(name.toLowerCase(), `${value}`);
  const names = new Set(Object.keys(declared).map((name) => name.toLowerCase()));
  const unexpected = Object.keys(given).filter((name) => !names.has(name.toLowerCase()));
  if (unexpected.length > 0) {
    const list = (items: readonly string[]) => items.map((item) => `'${item}'`).join(', ');
    warnings.push(`Unexpected input(s) ${list(unexpected)}, valid inputs are [${list(Object.keys(declared))}]`);
  }
  for (const [name, input] of Object.entries(declared)) {
    const key = name.toLowerCase();
    if (values.has(key) && input?.deprecationMessage !== undefined)
      warnings.push(`Input '${name}' has been deprecated with message: ${input.deprecationMessage}`);
    // An input without a default is sent all the same, as an empty string.
    if (!values.has(key)) values.set(key, evaluate(`${input?.default ?? ''}`, context));
  }
  const variables = [...values].map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]);
  return { variables: Object.fromEntries(variables), warnings };
}
