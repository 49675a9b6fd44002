import { describe, expect, test } from '@jest/globals';
import { checkNewFolder, collisionWarning, findProjectCollisions } from '../../src/codex/path-clashes.ts';

const PROJECTS = ['gadgets', 'Widgets', 'widgets-2', 'caf\u00e9'];
const conflict = (...words: string[]) =>
  expect.objectContaining({
    code: 'conflict',
    message: expect.stringMatching(new RegExp(words.map((word) => `(?=.*${word})`).join(''), 's')),
  });

describe('a folder is not created where it could not be checked out', () => {
  test.each<[string, string]>([
    ['a name that no project has', 'gizmos'],
    ['its own name', 'Widgets'],
    ['a name that only begins like another one', 'widget'],
  ])('%s is free', (_, project) => {
    expect(() => checkNewFolder(project, PROJECTS)).not.toThrow();
  });

  test.each(['widgets', 'WIDGETS', 'wIdGeTs'])('%s is beside Widgets, which differs in case alone', (project) => {
    const words = [`projects/${project} `, 'projects/Widgets', 'only in case', 'the name Widgets', 'project_name'];
    expect(() => checkNewFolder(project, PROJECTS)).toThrow(conflict(...words));
  });

  test.each(['CON', 'aux', 'nul.txt', 'COM1', 'x.', '...', '-rf'])('%s is no name of a folder', (project) => {
    expect(() => checkNewFolder(project, PROJECTS)).toThrow(conflict('cannot be created', 'another name'));
  });
});

test('two folders that are there already are told from one another, in both directions', () => {
  expect(findProjectCollisions('widgets', [...PROJECTS, 'widgets', 'WIDGETS'])).toEqual(['Widgets', 'WIDGETS']);
  expect(findProjectCollisions('Widgets', PROJECTS)).toEqual([]);
  expect(collisionWarning('widgets', ['Widgets', 'WIDGETS'])).toContain(
    'projects/Widgets, projects/WIDGETS beside projects/widgets',
  );
});

test('the name of a folder of the codex cannot forge a line of the log', () => {
  const hostile = 'widgets\n::error::\u001b[2J';
  expect(collisionWarning('x', [hostile])).toMatch(/^\P{Cc}*$/u);
});
