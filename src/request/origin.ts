import { isRepository } from './names.ts';

/** Where a repository on disk came from. */
export interface Origin {
  /** `owner/name` */
  readonly repository: string;
  /** The host as the remote spells it; of ssh it may be an alias of the user's. */
  readonly host: string;
  /** What answers at the host over HTTP: with a port only where the remote speaks HTTP itself. */
  readonly serverUrl: string;
  readonly ssh: boolean;
}

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
  const isHttp = protocol.startsWith('http');
  return {
    repository,
    host: host.toLowerCase() === 'ssh.github.com' ? 'github.com' : host,
    serverUrl: isHttp ? `${protocol}://${host}${port}` : serverOf(host),
    ssh: protocol === 'ssh',
  };
}

/** The server behind a host that ssh speaks to; GitHub has one of its own for ssh over the port of https. */
export function serverOf(host: string): string {
  return `https://${host.toLowerCase().replace(/^ssh\.github\.com$/, 'github.com')}`;
}

/** Where a server answers its API, as GitHub documents it for github.com, ghe.com and GitHub Enterprise Server. */
export function apiOf(serverUrl: string): string {
  const { protocol, host } = new URL(serverUrl);
  if (host === 'github.com') return 'https://api.github.com';
  return host.endsWith('.ghe.com') ? `${protocol}//api.${host}` : `${protocol}//${host}/api/v3`;
}
