import { deepEqual } from 'node:assert/strict';
import { found, orgToken } from '../../../__tests__/support/organization.ts';
import { expectEnded, type Stage } from '../stage.ts';
import { type Case, ORGANIZATIONS, ofSize, SHALLOW } from './case.ts';

const DOCUMENTS = 40;

async function host(stage: Stage, size: number) {
  const organization = await found(stage);
  return { ...organization, names: await organization.addMany('repository', size, DOCUMENTS) };
}

async function byAction(stage: Stage, size: number) {
  const { syncOrg, unlike, names } = await host(stage, size);
  const figures = await stage.measure((how) => expectEnded(syncOrg({}, how), 'published'));
  // The other projects of the codex are nobody's here.
  const wrong = await unlike(names);
  deepEqual(
    wrong.filter((name) => names.includes(name)),
    [],
  );
  return figures;
}

const [small, large] = ORGANIZATIONS;

export const organization: Case = {
  name: 'organization',
  title: `Publish an organization, ${DOCUMENTS} documents a repository`,
  codexes: [400],
  rounds: (asked) => Math.min(asked, 3),
  contestants: {
    [ofSize(large)]: (stage) => byAction(stage, large),
    [ofSize(small)]: (stage) => byAction(stage, small),
    [`${SHALLOW}s, ${large} repositories`]: async (stage) => {
      const { names } = await host(stage, large);
      const REPOSITORIES = names.map((name) => `acme/${name}`).join(' ');
      const variables = { REPOSITORIES, SERVER: stage.github.serverUrl, TOKEN: orgToken };
      return stage.measure((how) => stage.byHand('organization.sh', variables, how));
    },
  },
};
