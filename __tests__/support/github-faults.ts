import type { ServerResponse } from 'node:http';

/** Something that goes wrong, or happens meanwhile, on the requests that it matches. */
export interface Fault {
  /** Tested on `METHOD /path?query`. */
  match: RegExp;
  /** Answer with this status instead of doing what was asked. */
  status?: number;
  headers?: Record<string, string>;
  /** Text, or anything else as JSON. */
  body?: unknown;
  /**
   * Close the connection without an answer and without doing what was asked. libcurl, and so git, silently repeats a
   * request whose connection it had used before: two `times` are one lost push.
   */
  drop?: boolean;
  /** Never answer, without doing what was asked: it is the client that loses patience. */
  hang?: boolean;
  /** Do what was asked, then close the connection without an answer; repeated by git like `drop`. */
  loseAnswer?: boolean;
  /** Do what was asked, then close the connection after so many bytes of the answer's body. */
  cut?: number;
  /** Milliseconds to wait first. */
  delay?: number;
  /** Something that happens just before the request is served: somebody else's push, say. */
  meanwhile?: () => Promise<unknown>;
  /** Changes the JSON of an API answer before it is checked against the official description. */
  tamper?: (body: unknown) => unknown;
  /** How often it strikes; once unless told. */
  times?: number;
  /** How many matching requests pass untouched before it strikes first. */
  skip?: number;
}

export interface FaultList {
  add(fault: Fault): void;
  /** Takes all away; returns how often one of them struck. */
  clear(): number;
  /** The fault that strikes this request, if any; each call counts. */
  take(request: string): Fault | undefined;
}

/** An empty list of faults. */
export function faultList(): FaultList {
  let armed: { fault: Fault; skip: number; times: number }[] = [];
  let struck = 0;
  return {
    add: (fault) => armed.push({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1 }),
    clear: () => {
      const before = struck;
      [armed, struck] = [[], 0];
      return before;
    },
    take: (request) => {
      for (const entry of armed) {
        // A global or sticky expression would remember where it stopped.
        if (entry.times <= 0 || request.search(entry.fault.match) < 0) continue;
        if (entry.skip > 0) {
          entry.skip -= 1;
          continue;
        }
        entry.times -= 1;
        struck += 1;
        return entry.fault;
      }
      return undefined;
    },
  };
}

/** Lets so many bytes of the body go out, and closes the connection in the place of the next. */
export function cutAnswer(response: ServerResponse, bytes: number): void {
  const { write } = response;
  let left = bytes;
  const send = (chunk: unknown): boolean => {
    if (response.destroyed || chunk === undefined) return false;
    const all = Buffer.from(chunk as string);
    const part = all.subarray(0, left);
    left -= part.length;
    const gone = part.length < all.length ? () => response.socket?.destroySoon() : undefined;
    return Reflect.apply(write, response, [part, gone]);
  };
  response.write = send as typeof response.write;
  response.end = ((chunk: unknown) => {
    send(chunk);
    response.socket?.destroySoon();
    return response;
  }) as typeof response.end;
}
