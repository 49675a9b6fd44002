/** One command of a step's output, as the runner reads it. */
export interface WorkflowCommand {
  name: string;
  properties: Record<string, string>;
  message: string;
}

// Every command that the runner knows; text that looks like another one is plain output.
const known = new Set([
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
]);

/** Undoes percent-encoding of some characters, the per cent sign last. */
function decode(text: string, characters: string): string {
  let result = text;
  for (const character of `${characters}%`) {
    const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
    result = result.replaceAll(`%${code}`, character);
  }
  return result;
}

function parseProperties(text: string, separator: string, characters: string): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const pair of text.split(separator)) {
    const at = pair.indexOf('=');
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    // The runner drops a property without a value and forgets about the case of names.
    if (at > 0 && value !== '') properties[name.toLowerCase()] = decode(value, characters);
  }
  return properties;
}

/** What the runner takes for blanks where a line starts: those of .NET, which knows U+0085 and not U+FEFF. */
const leadingBlanks = /^\p{White_Space}+/u;

/**
 * Reads a line of output: `::name key=value,…::message` where the line starts (blanks aside), or the older
 * `##[name key=value;…]message` anywhere in the line. Lines that are no command give `undefined`.
 */
export function parseCommand(line: string, resumeToken?: string): WorkflowCommand | undefined {
  const isKnown = (name: string) => known.has(name.toLowerCase()) || name.toLowerCase() === resumeToken?.toLowerCase();
  const modern = /^::(\S*?)(?: ([\s\S]*?))?::([\s\S]*)$/.exec(line.replace(leadingBlanks, ''));
  if (modern !== null) {
    const [, name = '', properties = '', message = ''] = modern;
    if (isKnown(name)) {
      const values = parseProperties(properties.trim(), ',', '\r\n:,');
      return { name: name.toLowerCase(), properties: values, message: decode(message, '\r\n') };
    }
  }
  const old = /##\[([^ \]]*)(?: ([^\]]*))?\]([\s\S]*)$/.exec(line);
  if (old === null || !isKnown(old[1] ?? '')) return undefined;
  const [, name = '', properties = '', message = ''] = old;
  const values = parseProperties(properties, ';', ';\r\n]');
  return { name: name.toLowerCase(), properties: values, message: decode(message, ';\r\n]') };
}

const annotationLevels = ['error', 'warning', 'notice'] as const;

export interface Annotation {
  level: (typeof annotationLevels)[number];
  message: string;
  title?: string;
  file?: string;
  line?: number;
}

/** What the runner made of a step's output so far. */
export interface StepLog {
  /** What a person sees. */
  lines: string[];
  annotations: Annotation[];
  /** Secrets, those that the step added and those that the job has. */
  masks: string[];
  /** Takes one line of output. */
  read(line: string): void;
}

const words = { error: 'Error', warning: 'Warning', notice: 'Notice' } as const;

/** Starts a log; `secrets` are hidden from its first line on. */
export function stepLog(secrets: readonly string[] = []): StepLog {
  const log: StepLog = { lines: [], annotations: [], masks: [...secrets], read };
  let resumeToken: string | undefined;

  function show(text: string): void {
    const longestFirst = [...log.masks].sort((one, other) => other.length - one.length);
    log.lines.push(...longestFirst.reduce((shown, mask) => shown.replaceAll(mask, '***'), text).split('\n'));
  }

  function read(line: string): void {
    const command = parseCommand(line, resumeToken);
    if (resumeToken !== undefined) {
      show(line);
      if (command?.name === resumeToken.toLowerCase()) resumeToken = undefined;
      return;
    }
    if (command === undefined) {
      show(line);
      return;
    }
    const { name, properties, message } = command;
    const level = annotationLevels.find((one) => one === name);
    if (level !== undefined) {
      const { title, file } = properties;
      const number = Number(properties.line);
      log.annotations.push({
        level,
        message,
        ...(title === undefined ? {} : { title }),
        ...(file === undefined ? {} : { file }),
        ...(number > 0 ? { line: number } : {}),
      });
      show(`${words[level]}: ${message}`);
    } else if (name === 'stop-commands') {
      resumeToken = message;
      show(line);
    } else if (name === 'add-mask') {
      // Each line of a secret is a secret: output is masked line by line.
      const parts = [message, ...message.split(/\r?\n/)].filter((part) => part.trim() !== '');
      log.masks.push(...new Set(parts));
      if (parts.length === 0)
        log.annotations.push({ level: 'warning', message: "Can't add secret mask for empty string" });
    } else if (name === 'group') show(`▸ ${message}`);
    else if (name === 'set-env' || name === 'add-path') {
      log.annotations.push({ level: 'error', message: `The \`${name}\` command is disabled.` });
    }
  }

  return log;
}
