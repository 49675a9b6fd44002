import { drawHistory, playHistory } from '/tmp/s-oracle/__tests__/simulation/histories.ts';
const [seed, run] = process.argv.slice(2).map(Number);
const log = await playHistory(drawHistory(seed!));
for (const s of log.steps) if (s.kind === 'end' && s.run === run) console.log(JSON.stringify(s, (k, v) => v instanceof Map ? [...v] : v, 1).slice(0, 6000));
for (const s of log.steps) if (s.kind === 'branch' && s.by === run) { for (let c = log.codex.commits.get(s.to!); c && c.id !== s.from; c = log.codex.commits.get(c.parents[0]!)) { const p = log.codex.commits.get(c.parents[0]!); console.log(c.id, [...c.files].filter(([k, v]) => p?.files.get(k) !== v).map(([k,v]) => k.endsWith('sync.json') ? k + v : k + ' ' + v + ' was ' + p?.files.get(k))); console.log('gone', [...(p?.files.keys() ?? [])].filter(k => !c!.files.has(k))); } }
