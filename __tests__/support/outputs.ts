/** The outputs of a run that has nothing to say, `conclusion` and `result` aside. */
export const silent = {
  env: '',
  branch: '',
  changed: 'false',
  'commit-sha': '',
  'commit-url': '',
  'branch-created': 'false',
  'files-added': '0',
  'files-modified': '0',
  'files-deleted': '0',
  'deletions-withheld': '0',
  drifted: '0',
  conflicts: '0',
  pulled: '0',
  superseded: 'false',
  attempts: '0',
};
