import { expect, test } from '@jest/globals';
import { parseDoctor } from '../../src/doctor/request.ts';
import { DEFAULT_CONFIG } from '../../src/inputs/config.ts';
import { parseInputs } from '../../src/inputs/parse.ts';
import { parseTrigger } from '../../src/inputs/trigger.ts';
import { branchName } from '../../src/text/ids.ts';
import { branchNames } from '../support/ids.ts';
import { CONTEXT } from '../support/trigger.ts';

const trigger = parseTrigger(CONTEXT);
const PLACES = { workspace: '/checkout', directory: '.' };
const inputs = (more: Record<string, string>) => parseInputs({ INPUT_TOKEN: 'tok', INPUT_MODE: 'doctor', ...more });

test('without a configuration', () => {
  const given = inputs({ 'INPUT_CODEX-REPOSITORY': 'acme/codex', 'INPUT_USE-CACHE': 'false' });
  expect(parseDoctor(given, undefined, PLACES, trigger)).toEqual({
    trigger,
    environment: expect.objectContaining({ name: 'test', branch: branchName('test'), origin: 'default' }),
    codex: 'acme/codex',
    project: 'widgets',
    productionRefs: [],
    refsFrom: 'nothing',
    file: undefined,
    unmerged: undefined,
    notices: [],
    warnings: [],
    cacheDir: '.fractary/plugins/codex/cache',
    useCache: false,
  });
});

test('with one, its warnings are lines of the list', () => {
  const branches = branchNames({ test: 'test', prod: 'main', production: 'main', staging: 'stage' });
  const config = { ...DEFAULT_CONFIG, organization: 'acme', codexRepo: 'codex', environments: { branches } };
  const found = { config, file: 'config.json', inside: true, notices: ['n'], warnings: ['w'] };
  const given = inputs({ INPUT_ENV: 'staging', 'INPUT_CACHE-DIR': '/checkout/cache' });
  expect(parseDoctor(given, found, PLACES, trigger)).toMatchObject({
    ...{ codex: 'acme/codex', file: 'config.json', notices: ['n'], warnings: ['w'], cacheDir: 'cache', useCache: true },
    environment: { branch: branchName('stage'), origin: 'input' },
  });
  expect(() => parseDoctor(inputs({ INPUT_ENV: 'none' }), found, PLACES, trigger)).toThrow('"none" is not configured');
});
