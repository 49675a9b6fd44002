import { readFileSync } from 'node:fs';
import type { ValidateFunction } from 'ajv';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';

/** GitHub's description of the operations used here, as `extract-openapi.ts` writes it. */
interface Description {
  operations: Record<string, { body?: object; responses: Record<string, object> }>;
  schemas: Record<string, object>;
}

// GitHub answers these for every operation but declares them for few.
const undeclared = new Set(['401', '403', '404', '429']);

const description = JSON.parse(readFileSync(new URL('./openapi.json', import.meta.url), 'utf8')) as Description;
// Where the description is known to be wrong: a pull request outlives its fork, and then its head has no repository
// (github/rest-api-description#1811).
for (const name of ['pull-request', 'pull-request-simple']) {
  const { properties } = description.schemas[name] as { properties: { head: { properties: { repo: object } } } };
  properties.head.properties.repo = { anyOf: [properties.head.properties.repo, { type: 'null' }] };
}
const ajv = new Ajv({ strict: false, allErrors: true, schemas: [{ $id: 'github', schemas: description.schemas }] });
addFormats.default(ajv);
const compiled = new Map<string, ValidateFunction>();

function problemsOf(key: string, schema: object, value: unknown): string[] {
  const validate = compiled.get(key) ?? ajv.compile(schema);
  compiled.set(key, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => `${error.instancePath || '/'} ${error.message ?? error.keyword}`);
}

/** `GET /repos/{owner}/{repo}` -> is it described at all? */
export function isDescribed(operation: string): boolean {
  return operation in description.operations;
}

/** Says what is wrong with an answer, given the operation as GitHub names it; nothing when it is as described. */
export function answerProblems(operation: string, status: number, body: unknown): string[] {
  const responses = description.operations[operation]?.responses;
  if (responses === undefined) return [`${operation} is not in openapi.json`];
  const schema =
    responses[status] ?? (undeclared.has(`${status}`) ? { $ref: 'github#/schemas/basic-error' } : undefined);
  if (schema === undefined) return [`${operation} never answers ${status}`];
  return problemsOf(`${operation} ${status}`, schema, body);
}

/** Says what is wrong with a request's JSON body. */
export function requestProblems(operation: string, body: unknown): string[] {
  const schema = description.operations[operation]?.body;
  return schema === undefined ? [] : problemsOf(`${operation} body`, schema, body);
}
