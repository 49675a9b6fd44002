const FIND = `
import dns from 'node:dns';
const { lookup } = dns;
dns.lookup = (host, ...rest) => lookup(host.endsWith('.localhost') ? '127.0.0.1' : host, ...rest);`;

/**
 * Options with which Node finds hosts below localhost, as git does on every machine: by the machine's own resolver Node finds
 * them on some and not on others.
 */
export const FINDS_LOCALHOST = `--import=data:text/javascript,${encodeURIComponent(FIND)}`;
