import type { RecordedRequest } from './github-requests.ts';
import type { ActionRun } from './runner.ts';

/** What went over the wire. */
export interface Traffic {
  requests: number;
  /** Bytes of the answers' bodies, as they came over the wire. */
  down: number;
  /** Bytes of the requests' bodies. */
  up: number;
  pushes: number;
}

/** What a run costs, in figures that are the same on every machine. */
export interface Cost extends Traffic {
  /** Calls of git; each is a process, and one that talks to a server starts more. */
  calls: number;
}

/** Makes a run say which git it calls. */
export const telling = { RUNNER_DEBUG: '1' };

export function trafficOf(requests: readonly RecordedRequest[]): Traffic {
  const sum = (of: (request: RecordedRequest) => number) => requests.reduce((all, request) => all + of(request), 0);
  return {
    requests: requests.length,
    down: sum(({ sent }) => sent),
    up: sum(({ received }) => received),
    pushes: requests.filter(({ method, service }) => method === 'POST' && service === 'receive-pack').length,
  };
}

/** @param run one with `telling` in its environment, where calls are wanted */
export function costOf({ requests, stdout }: ActionRun): Cost {
  return {
    ...trafficOf(requests),
    calls: stdout.split('\n').filter((line) => line.startsWith('::debug::git ') && !line.includes(' exited with '))
      .length,
  };
}

/** What each step of a run asks, in short words, so that a budget that breaks says which step grew. */
export function stepsOf({ requests }: ActionRun): string[] {
  return requests.map(({ method, path, service }) => {
    if (service !== undefined) return `${method} ${service}`;
    if (path === '/api/graphql') return `${method} graphql`;
    const [, rest = ''] = /^\/api\/v3\/repos\/[^/]+\/[^/?]+(.*)$/.exec(path) ?? [];
    const short = rest
      .replace(/\?.*/, '')
      .replace(/[0-9a-f]{40}/g, '…')
      .replaceAll('%2F', '/');
    return `${method} ${short === '' ? 'repository' : short.slice(1)}`;
  });
}
