import { isRepository } from '../text/names.ts';

/** Where a repository on disk came from. */
export interface Origin {
  /** `owner/name` */
  readonly repository: string;
  /** The host as the remote spells it; of ssh it may be an alias of the user's. */
  readonly host: string;
  /**
   * What answers at the host over HTTPS: with a port only where the remote speaks it itself. Only this machine is spoken to
   * in the clear, whatever the remote says: everybody on the way could read the token.
   */
  readonly serverUrl: string;
  readonly ssh: boolean;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3})$/i;
const HOST = /^(?!-)[A-Za-z0-9._-]{1,253}$/;

/**
 * Reads the URL of a remote: `https://host/owner/name.git`, `ssh://git@host:22/owner/name`, `git@host:owner/name`.
 * @returns `undefined` for what is no repository of a GitHub: a path, a bundle, another depth
 */
export function parseOrigin(url: string): Origin | undefined {
  const full = /^(https?|ssh|git):\/\/(?:[^/@]*@)?([^/:]+)(:\d+)?\/(.+)$/i.exec(url);
  const short = /^(?:[^/@:]+@)?([^/:]{2,}):(?!\/\/)\/?(.+)$/.exec(url);
  const [protocol = 'ssh', host = '', port = '', path = ''] = full
    ? [full[1]?.toLowerCase(), full[2], full[3], full[4]]
    : ['ssh', short?.[1], '', short?.[2]];
  const repository = path.replace(/\/$/, '').replace(/\.git$/, '');
  if (!HOST.test(host) || !isRepository(repository)) return undefined;
  const isPlain = protocol === 'http' && LOOPBACK.test(host);
  return {
    repository,
    host: nameOf(host),
    serverUrl: isPlain ? `http://${host}${port}` : serverOf(protocol === 'https' ? host + port : host),
    ssh: protocol === 'ssh',
  };
}

/** The server behind a host. */
export function serverOf(host: string): string {
  return `https://${nameOf(host).toLowerCase()}`;
}

/** GitHub has a host of its own for ssh over the port of https, and one that only leads to it. */
function nameOf(host: string): string {
  return /^(?:ssh|www)\.github\.com$/i.test(host) ? 'github.com' : host;
}

/**
 * Whether a server is one that a token may be sent to without the user's word: a checkout can name any.
 * @param named the server or host that the user's own environment names
 */
export function isKnownServer(serverUrl: string, named: readonly (string | undefined)[]): boolean {
  const { protocol, host } = new URL(serverUrl);
  if (protocol === 'https:' && (host === 'github.com' || host.endsWith('.ghe.com'))) return true;
  return named.some((name) => name === serverUrl || name?.toLowerCase() === host);
}

/** Where a server answers its API, as GitHub documents it for github.com, ghe.com and GitHub Enterprise Server. */
export function apiOf(serverUrl: string): string {
  const { protocol, host } = new URL(serverUrl);
  if (host === 'github.com') return 'https://api.github.com';
  return host.endsWith('.ghe.com') ? `${protocol}//api.${host}` : `${protocol}//${host}/api/v3`;
}
