/** Who a run is for GitHub. The token is asked for anew at each use, since some do not last as long as a run. */
export interface Credentials {
  /** A token that is good for some minutes at least. */
  readonly tokenFor: () => Promise<string>;
  /** Another one in place of one that GitHub does not take (any more); `undefined` where there is none. */
  readonly renew: (refused: string) => Promise<string | undefined>;
}

/** One token for the whole run. */
export function plainToken(token: string): Credentials {
  return { tokenFor: async () => token, renew: async () => undefined };
}
