import { runAction } from '../action.ts';

await runAction(import.meta.url, 'fetch');
