import { parseArgs } from 'node:util';

/** What an option takes, and what it does. */
interface Option {
  readonly takes?: string;
  readonly does: string;
}

/** What else the command can do, and the options that go with it. */
interface Action extends Option {
  readonly with: readonly string[];
}

/** Without one of them, histories are played and judged. */
const ACTIONS = {
  replay: {
    takes: '7/12',
    does:
      'tells history 12 of seed 7, and plays it on the bundle beside the simulator. A failure prints such a name, and the JSON of ' +
      'the shortest part that it found, which can be given here too',
    with: ['shrink'],
  },
  small: { takes: '3', does: 'plays every history of up to three events in a small world', with: [] },
  sabotage: {
    takes: '"<name>"',
    does: 'shows the shortest history that finds this fault',
    with: ['seed', 'histories'],
  },
  sabotages: {
    does: 'puts each fault into the product in turn, and says which history finds it',
    with: ['workers', 'write'],
  },
  situations: { does: 'searches a few histories that reach every situation', with: ['seed', 'histories', 'write'] },
} as const satisfies Readonly<Record<string, Action>>;

const PLAY: readonly string[] = ['seed', 'histories', 'minutes', 'workers'];

const OPTIONS = {
  seed: { takes: '7', does: 'plays the histories of this seed; without it a random one, which is printed' },
  histories: {
    takes: '50',
    does: 'plays this number of histories; without it and --minutes, as many as a minute allows',
  },
  minutes: { takes: '10', does: 'plays as many histories as this time allows' },
  workers: { takes: '2', does: 'shares them among this number of threads; with --histories the result is the same' },
  ...ACTIONS,
  shrink: {
    does: 'with --replay: searches the shortest part of a history that breaks the same promise, without the bundle',
  },
  write: { does: 'with --sabotages or --situations: keeps the result, for the suite and docs/RELIABILITY.md' },
  help: { does: 'prints this' },
} as const satisfies Readonly<Record<string, Option>>;

export type OptionName = keyof typeof OPTIONS;

/** The options that were given; those that take nothing have the value `yes`. */
export type GivenOptions = Readonly<Partial<Record<OptionName, string>>>;

/** @throws Error a sentence without a full stop, for an option that is unknown, lacks its value, or does not go with another */
export function parseOptions(args: readonly string[]): GivenOptions {
  const options = Object.fromEntries(
    Object.entries<Option>(OPTIONS).map(([name, { takes }]) => [name, { type: takes ? 'string' : 'boolean' } as const]),
  );
  const given = new Map<string, string>();
  try {
    for (const [name, value] of Object.entries(parseArgs({ args: [...args], options }).values))
      given.set(name, typeof value === 'string' ? value : 'yes');
  } catch (error) {
    throw new Error((error as Error).message.split('.')[0]);
  }
  const [action, other] = Object.keys(ACTIONS).filter((name) => given.has(name)) as (keyof typeof ACTIONS)[];
  if (action && other) throw new Error(`--${action} and --${other} do not go together`);
  const fitting: readonly string[] = action ? [action, ...ACTIONS[action].with] : PLAY;
  const stray = ([...given.keys()] as OptionName[]).find((name) => name !== 'help' && !fitting.includes(name));
  if (stray && action) throw new Error(`--${stray} does not go with --${action}`);
  if (stray) throw new Error(`--${stray} goes ${OPTIONS[stray].does.split(':')[0]}`);
  return Object.fromEntries(given);
}

const ROWS = Object.entries<Option>(OPTIONS).map(
  ([name, { takes, does }]) => [`--${name}${takes ? ` ${takes}` : ''}`, does] as const,
);

export function renderHelp(): string {
  const width = Math.max(...ROWS.map(([option]) => option.length));
  const rows = ROWS.map(([option, does]) => `  ${option.padEnd(width)}  ${does}\n`);
  return `npm run simulate -- [options]\n\n${rows.join('')}`;
}

/** The table of a document. */
export function renderOptions(): string {
  const rows = ROWS.map(([option, does]) => `| \`${option}\` | ${does.replaceAll(/--[a-z]+/g, '`$&`')} |`);
  return ['| Option | Effect |', '|---|---|', ...rows].join('\n');
}
