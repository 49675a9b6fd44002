import { describe, expect, test } from '@jest/globals';
import { json, problems, yaml } from '../support/config.ts';

describe('syntax', () => {
  test.each([
    ['a trailing comma', '{"organization": "acme",\n}', 1, 'not valid JSON from here on: , '],
    ['a trailing comma of a list', '{"a": [1\n,]}', 2, 'not valid JSON from here on: ,]} '],
    ['a comment', '{\n// ours\n"organization": "acme"}', 2, 'not valid JSON from here on: // ours '],
    ['a comment of YAML', '{"a": 1 # ours\n}', 1, 'not valid JSON from here on: # ours '],
    ['single quotes', "{\n\n'a': 1}", 3, "not valid JSON from here on: 'a': 1} "],
    ['a missing comma', '{"a": [1, {}],\n"b": 2\n"c": 3}', 3, 'not valid JSON from here on: "c": 3} '],
    ['a missing colon', '{"a" "b"}', 1, 'not valid JSON from here on: "b"} '],
    ['a bare word', '{"a":\n yes}', 2, 'not valid JSON from here on: yes} '],
    ['a number of YAML', '{"a": 01}', 1, 'not valid JSON from here on: 01} '],
    ['a line break in a text', '{\n"a": "b\nc"}', 2, 'not valid JSON from here on: "b '],
    ['an escape of YAML', '{"a": "\\x41"}', 1, 'not valid JSON from here on: "\\x41"} '],
    ['too much', '{"a": 1}\n}', 2, 'not valid JSON from here on: } '],
    ['too little', '{\n"a": [1,\n2\n\n\n', 3, 'the file ends before its JSON does.'],
    [
      'a repeated key',
      '{"organization": "a",\n"organization": "b"}',
      2,
      'the key "organization" appears twice in the same map.',
    ],
    ['a prototype', '{\n"__proto__": {"organization": "x"}}', 2, '__proto__ cannot be a key.'],
    ['a list', '\n[]', 2, 'the file is an empty list. Use a map of settings.'],
    ['a text', '"acme"', 1, 'the file is "acme". Use a map of settings.'],
  ])('JSON: %s', (_, text, line, problem) => {
    expect(problems(() => json(text))).toEqual([expect.stringContaining(`config.json:${line}: ${problem}`)]);
  });

  test.each([
    [
      'indentation by a tab',
      'cache:\n\tdefault_ttl: 1',
      2,
      'Tabs are not allowed as indentation. Correct the YAML there.',
    ],
    ['an open quote', 'organization: "acme\n\n\n', 1, 'Missing closing "quote. Correct the YAML there.'],
    ['two documents', 'version: 3\n---\nversion: 4', 2, 'a second YAML document begins here. Keep one.'],
    [
      'an alias without an anchor',
      'version: 3\norganization: *acme',
      2,
      '*acme has no anchor. Put quotes around it if it is a text.',
    ],
    ['many aliases', `a: &a 1\nb: [${'*a,'.repeat(101)}]`, 2, 'too many YAML aliases. Write the values out.'],
    ['a prototype', 'environments:\n  branches:\n    __proto__: main', 3, '__proto__ cannot be a key. Remove it.'],
  ])('YAML: %s', (_, text, line, problem) => {
    expect(problems(() => yaml(text))).toEqual([`codex.yaml:${line}: ${problem}`]);
  });

  test('every repeated key is listed', () => {
    expect(problems(() => yaml('version: 1\nversion : 2\ncache: {}\ncache: {}'))).toEqual([
      'codex.yaml:2: the key version appears twice in the same map. Keep one.',
      'codex.yaml:4: the key cache appears twice in the same map. Keep one.',
    ]);
  });

  test.each([
    ['an empty file', '', 'codex.yaml is empty. Fill it in or remove it.'],
    ['only comments', '# later\n', 'codex.yaml is empty. Fill it in or remove it.'],
    ['only null', 'null', 'codex.yaml is empty. Fill it in or remove it.'],
    ['deep nesting', '['.repeat(50_000), 'codex.yaml is nested too deeply. Use fewer levels.'],
    ['deep nesting in blocks', '- '.repeat(40_000), 'codex.yaml is nested too deeply. Use fewer levels.'],
    ['a large file', ' '.repeat(100_001), 'codex.yaml is larger than 100 KB. Check that it is a configuration.'],
    [
      'a billion laughs',
      'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]',
      'codex.yaml has too many YAML aliases. Write the values out.',
    ],
  ])('%s', (_, text, problem) => {
    expect(problems(() => yaml(text))).toEqual([problem]);
  });

  test('an empty JSON file is empty, not broken', () => {
    expect(problems(() => json(' \n'))).toEqual(['config.json is empty. Fill it in or remove it.']);
  });
});
