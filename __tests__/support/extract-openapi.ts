/**
 * Writes openapi.json: the part of GitHub's official API description that the local GitHub answers.
 *
 *   npm pack @octokit/openapi && tar xf octokit-openapi-*.tgz
 *   node __tests__/support/extract-openapi.ts package/generated/api.github.com.json
 *
 * OpenAPI 3.0 has a `nullable` of its own; it is rewritten to plain JSON Schema here, so that ajv needs no dialect.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

const wanted = [
  'GET /app',
  'POST /app/installations/{installation_id}/access_tokens',
  'GET /installation/repositories',
  'GET /orgs/{org}/repos',
  'GET /repos/{owner}/{repo}',
  'GET /repos/{owner}/{repo}/actions/caches',
  'GET /repos/{owner}/{repo}/activity',
  'GET /repos/{owner}/{repo}/branches',
  'GET /repos/{owner}/{repo}/branches/{branch}',
  'GET /repos/{owner}/{repo}/commits',
  'GET /repos/{owner}/{repo}/commits/{ref}',
  'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls',
  'GET /repos/{owner}/{repo}/compare/{basehead}',
  'GET /repos/{owner}/{repo}/contents/{path}',
  'GET /repos/{owner}/{repo}/environments',
  'GET /repos/{owner}/{repo}/environments/{environment_name}',
  'GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies',
  'GET /repos/{owner}/{repo}/git/blobs/{file_sha}',
  'GET /repos/{owner}/{repo}/git/commits/{commit_sha}',
  'GET /repos/{owner}/{repo}/git/matching-refs/{ref}',
  'GET /repos/{owner}/{repo}/git/ref/{ref}',
  'GET /repos/{owner}/{repo}/git/trees/{tree_sha}',
  'POST /repos/{owner}/{repo}/git/refs',
  'GET /repos/{owner}/{repo}/installation',
  'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
  'GET /repos/{owner}/{repo}/pulls',
  'GET /repos/{owner}/{repo}/pulls/{pull_number}',
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/files',
  'GET /repos/{owner}/{repo}/releases/latest',
  'GET /repos/{owner}/{repo}/rules/branches/{branch}',
  'GET /repos/{owner}/{repo}/rulesets',
  'GET /repos/{owner}/{repo}/rulesets/{ruleset_id}',
  'GET /user',
  'GET /user/repos',
  'GET /users/{username}',
  'GET /users/{username}/installation',
  'GET /users/{username}/repos',
];

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const noise = new Set(['description', 'example', 'examples', 'title', 'externalDocs', 'deprecated', 'discriminator']);

function asObject(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

/** A schema without words for people, `nullable` as JSON Schema, references into openapi.json; collects their names. */
function simplify(value: Json, found: Set<string>, isPropertyMap = false): Json {
  if (Array.isArray(value)) return value.map((item) => simplify(item, found));
  if (typeof value !== 'object' || value === null) return value;
  if (!isPropertyMap && typeof value.$ref === 'string') {
    const name = value.$ref.replace('#/components/schemas/', '');
    found.add(name);
    return { $ref: `github#/schemas/${name}` };
  }
  const result: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    if (isPropertyMap) result[key] = simplify(item, found);
    else if (key === 'enum' || key === 'required') result[key] = item;
    else if (!noise.has(key) && !key.startsWith('x-') && key !== 'nullable')
      result[key] = simplify(item, found, key === 'properties');
  }
  return !isPropertyMap && value.nullable === true ? { anyOf: [result, { type: 'null' }] } : result;
}

/** A directory comes as an object too, if that is asked for. */
const mediaTypes = ['application/json', 'application/vnd.github.object'];

function jsonSchemaOf(holder: Json | undefined): Json | undefined {
  const content = asObject(asObject(holder).content);
  const schemas = mediaTypes.map((type) => asObject(content[type]).schema).filter((schema) => schema !== undefined);
  return schemas.length > 1 ? { anyOf: schemas } : schemas[0];
}

/**
 * The whole description -> what openapi.json holds. Schemas that it held before keep their places: a new operation only
 * adds lines.
 */
export function extract(official: JsonObject, before: readonly string[] = []): JsonObject {
  const components = asObject(official.components);
  const declared = asObject(components.schemas);
  const found = new Set<string>(['basic-error']);
  const operations: JsonObject = {};
  for (const name of wanted) {
    const [method = '', path = ''] = name.split(' ');
    const operation = asObject(asObject(asObject(official.paths)[path])[method.toLowerCase()]);
    if (operation.responses === undefined) throw new Error(`The description has no ${name}`);
    const responses: JsonObject = {};
    for (const [status, response] of Object.entries(asObject(operation.responses))) {
      const reference = asObject(response).$ref;
      const target =
        typeof reference === 'string'
          ? asObject(components.responses)[reference.replace('#/components/responses/', '')]
          : response;
      const schema = jsonSchemaOf(target);
      if (schema !== undefined) responses[status] = simplify(schema, found);
    }
    const body = jsonSchemaOf(operation.requestBody);
    operations[name] = { ...(body === undefined ? {} : { body: simplify(body, found) }), responses };
  }
  const schemas: JsonObject = {};
  for (const name of found) schemas[name] = simplify(declared[name] ?? null, found);
  const places = new Map([...before, ...found].map((name, place) => [name, place] as const).reverse());
  const inPlace = Object.entries(schemas).sort(([one], [other]) => (places.get(one) ?? 0) - (places.get(other) ?? 0));
  return { operations, schemas: Object.fromEntries(inPlace) };
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [, , source] = argv;
  if (source === undefined) throw new Error('Say where api.github.com.json is');
  const official = JSON.parse(readFileSync(source, 'utf8')) as JsonObject;
  const target = new URL('./openapi.json', import.meta.url);
  const before = Object.keys(asObject((JSON.parse(readFileSync(target, 'utf8')) as JsonObject).schemas));
  writeFileSync(target, `${JSON.stringify(extract(official, before), null, 1)}\n`);
}
