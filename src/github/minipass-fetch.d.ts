/** The part of the package that we use; it has no types of its own. */
declare module 'minipass-fetch' {
  import type { Agent } from 'node:http';

  interface Fetch {
    (url: string, init: RequestInit & { readonly agent?: Agent }): Promise<Response>;
    readonly Response: new (body: string | null, init: ResponseInit & { readonly url: string }) => Response;
  }
  const fetch: Fetch;
  export default fetch;
}
