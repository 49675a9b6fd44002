import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Ajv, ValidateFunction } from 'ajv';
import { kept } from './kept.ts';

/** GitHub's description of the operations used here, as `extract-openapi.ts` writes it. */
interface Description {
  operations: Record<string, { body?: object; responses: Record<string, object> }>;
  schemas: Record<string, object>;
}

// GitHub answers these for every operation but declares them for few: redirects, of a repository that was renamed.
const undeclared = new Set(['301', '307', '401', '403', '404', '429']);
// And this of what is no commit, as of every operation on commits.
const alsoUndeclared: Readonly<Record<string, string>> = {
  'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls': '422',
};

const description = JSON.parse(readFileSync(new URL('./openapi.json', import.meta.url), 'utf8')) as Description;
// Where the description is known to be wrong: a pull request outlives its fork, and then its head has no repository
// (github/rest-api-description#1811).
for (const name of ['pull-request', 'pull-request-simple']) {
  const { properties } = description.schemas[name] as { properties: { head: { properties: { repo: object } } } };
  properties.head.properties.repo = { anyOf: [properties.head.properties.repo, { type: 'null' }] };
}
const compiled = new Map<string, ValidateFunction>();
const require = createRequire(import.meta.url);

/**
 * Compiled validators, as files that all processes share: to compile the schema of a repository takes longer than most of
 * the stories that ask for one. They are named by the description, and by what else makes them what they are.
 */
const version = require('ajv/package.json').version as string;
const digest = createHash('sha256')
  .update(`${version}\n${JSON.stringify(description)}`)
  .digest('hex')
  .slice(0, 16);
const folder = join(kept, 'codex-sync-openapi', digest);

/** Only who compiles loads the compiler. */
let compiler: Ajv | undefined;
function compile(schema: object): string {
  const { Ajv } = require('ajv') as typeof import('ajv');
  const { default: standaloneCode } = require('ajv/dist/standalone') as typeof import('ajv/dist/standalone/index.js');
  if (compiler === undefined) {
    const schemas = [{ $id: 'github', schemas: description.schemas }];
    compiler = new Ajv({ strict: false, allErrors: true, schemas, code: { source: true } });
    require('ajv-formats').default(compiler);
  }
  return standaloneCode(compiler, compiler.compile(schema));
}

function readValidator(key: string, schema: object): ValidateFunction {
  const file = join(folder, `${encodeURIComponent(key)}.js`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const own = `${file}.${process.pid}`;
    writeFileSync(own, compile(schema));
    renameSync(own, file);
  }
  const module = { exports: {} as ValidateFunction };
  new Function('module', 'exports', 'require', readFileSync(file, 'utf8'))(module, module.exports, require);
  return module.exports;
}

function problemsOf(key: string, schema: object, value: unknown): string[] {
  const validate = compiled.get(key) ?? readValidator(key, schema);
  compiled.set(key, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => `${error.instancePath || '/'} ${error.message ?? error.keyword}`);
}

/** Says what is wrong with an answer, given the operation as GitHub names it; nothing when it is as described. */
export function answerProblems(operation: string, status: number, body: unknown): string[] {
  const responses = description.operations[operation]?.responses;
  if (responses === undefined) return [`${operation} is not in openapi.json`];
  const isUsual = undeclared.has(`${status}`) || alsoUndeclared[operation] === `${status}`;
  const schema = responses[status] ?? (isUsual ? { $ref: 'github#/schemas/basic-error' } : undefined);
  if (schema === undefined) return [`${operation} never answers ${status}`];
  return problemsOf(`${operation} ${status}`, schema, body);
}

/** Says what is wrong with a request's JSON body. */
export function requestProblems(operation: string, body: unknown): string[] {
  const schema = description.operations[operation]?.body;
  return schema === undefined ? [] : problemsOf(`${operation} body`, schema, body);
}
