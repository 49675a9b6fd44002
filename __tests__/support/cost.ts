import type { ActionRun } from './runner.ts';

/** What a run costs, in figures that are the same on every machine. */
export interface Cost {
  requests: number;
  /** Bytes of the answers' bodies, as they came over the wire. */
  down: number;
  /** Bytes of the requests' bodies. */
  up: number;
  pushes: number;
  /** Calls of git; each is a process, and one that talks to a server starts more. */
  calls: number;
}

/** Makes a run say which git it calls. */
export const telling = { RUNNER_DEBUG: '1' };

/** @param run one with `telling` in its environment, where calls are wanted */
export function costOf({ requests, stdout }: ActionRun): Cost {
  const sum = (of: (request: ActionRun['requests'][number]) => number) =>
    requests.reduce((total, request) => total + of(request), 0);
  return {
    requests: requests.length,
    down: sum(({ sent }) => sent),
    up: sum(({ received }) => received),
    pushes: requests.filter(({ method, service }) => method === 'POST' && service === 'receive-pack').length,
    calls: stdout.split('\n').filter((line) => line.startsWith('::debug::git ') && !line.includes(' exited with '))
      .length,
  };
}

/** What each step of a run asks, in short words, so that a budget that breaks says which step grew. */
export function stepsOf({ requests }: ActionRun): string[] {
  return requests.map(({ method, path, service }) => {
    if (service !== undefined) return `${method} ${service}`;
    const [, rest = ''] = /^\/api\/v3\/repos\/[^/]+\/[^/?]+(.*)$/.exec(path) ?? [];
    const short = rest
      .replace(/\?.*/, '')
      .replace(/[0-9a-f]{40}/g, '…')
      .replaceAll('%2F', '/');
    return `${method} ${short === '' ? 'repository' : short.slice(1)}`;
  });
}
