import { expectEnded } from '../stage.ts';
import { ACTION, type Case } from './case.ts';

const DOCUMENTS = 50_000;

export const manyDocuments: Case = {
  name: 'documents-50000',
  title: 'Publish 50,000 documents of a new project',
  codexes: [400],
  // Memory depends on when V8 tidies up.
  rounds: () => 5,
  contestants: {
    [ACTION]: async (stage) => {
      const path = (index: number) => `docs/${index % 97}/${`${index}`.padStart(6, '0')}.md`;
      const files = Array.from({ length: DOCUMENTS }, (_, index) => [path(index), `# Page ${index}\n`]);
      const { publish } = await stage.host('vast', Object.fromEntries(files));
      return stage.measure((how) => expectEnded(publish({}, how), 'published'));
    },
  },
};
