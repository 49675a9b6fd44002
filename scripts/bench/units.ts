import type { Figure } from './figures.ts';

/** What a column has where a system does not tell. */
export const UNKNOWN = '–';

export function renderSeconds(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
}

/** In thousands, as networks count: a limit of 0.2 MB is 200,000 bytes. */
export function renderBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [size, unit] = bytes < 1e6 ? [bytes / 1e3, 'kB'] : bytes < 1e9 ? [bytes / 1e6, 'MB'] : [bytes / 1e9, 'GB'];
  return `${size.toFixed(size < 10 ? 1 : 0)} ${unit}`;
}

const UNITS: Readonly<Record<Figure, (value: number) => string>> = {
  seconds: renderSeconds,
  served: renderSeconds,
  cpu: renderSeconds,
  memory: renderBytes,
  largest: renderBytes,
  disk: renderBytes,
  requests: String,
  connections: String,
  pushes: String,
  up: renderBytes,
  down: renderBytes,
};

export function renderFigure(figure: Figure, value: number | undefined): string {
  return value === undefined ? UNKNOWN : UNITS[figure](value);
}

export function renderCount(count: number): string {
  return count.toLocaleString('en');
}
