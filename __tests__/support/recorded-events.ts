import { createRequire } from 'node:module';
import { replacePart } from './mutations.ts';

/** What GitHub sent with an event. */
export type Payload = { readonly [key: string]: unknown };
interface Example {
  readonly event: string;
  readonly payload: Payload;
}

// Deliveries of github.com and of Enterprise Server that GitHub's own clients are tested with. The package's types know
// github.com's only.
const load = createRequire(import.meta.url);
const servers = ['api.github.com', 'ghes-31', 'ghes-32', 'ghes-33', 'ghes-34', 'ghes-35'];

/** Every recorded delivery of every event. */
export const EXAMPLES: readonly Example[] = servers.flatMap((server) => {
  const events: { name: string; examples: Payload[] }[] = load(`@octokit/webhooks-examples/${server}/index.json`);
  return events.flatMap(({ name, examples }) => examples.map((payload) => ({ event: name, payload })));
});

/** The first recorded delivery of an event in which `path` (dotted) says `value`, or anything at all. */
export function recorded(event: string, path = '', value?: unknown): Payload {
  const found = EXAMPLES.find((example) => {
    const said = path === '' ? true : at(example.payload, path);
    return example.event === event && (value === undefined ? said != null : said === value);
  });
  if (!found) throw new Error(`No ${event} with ${path} ${value} was recorded`);
  return found.payload;
}

/** What a payload says at a dotted path. */
export function at(payload: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((part, key) => (part as Payload | null | undefined)?.[key], payload);
}

/**
 * A payload with a recorded part of another one in the place of what it has: nobody recorded a pull request of a fork, but
 * somebody the fork.
 */
export function withPart(payload: Payload, path: string, part: unknown): Payload {
  return replacePart(payload, path.split('.'), { value: part }) as Payload;
}
