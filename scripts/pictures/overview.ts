import { colour, renderBox, renderGroup, renderPicture, renderText } from '../svg.ts';

const [WIDTH, HEIGHT] = [860, 372];
const [LEFT, MIDDLE, RIGHT] = [20, 330, 640];
const COLUMN = 200;
/** Rows of what is under test, and of what is released. */
const [TEST, PROD] = [118, 258];

type Look = 'blue' | 'green';

function renderCard(x: number, y: number, height: number, look: Look): string {
  return renderBox({ x, y, width: COLUMN, height, fill: colour(`${look}-fill`), stroke: colour(look), radius: 6 });
}

/** An arrow along `points`, of which the last one is its tip and the one before it is left or above. */
function renderArrow(points: readonly (readonly [number, number])[], look: Look): string {
  const [[x, y] = [0, 0], [beforeX] = [0, 0]] = [...points].reverse();
  const down = x === beforeX;
  const tip = down ? `M${x - 5} ${y - 9}l5 9l5-9z` : `M${x - 9} ${y - 5}l9 5l-9 5z`;
  const way = points.map(([px, py], index) => `${index === 0 ? 'M' : 'L'}${px} ${py}`).join('');
  return `<path d="${way}" fill="none" stroke="${colour(look)}" stroke-width="2"/>\n<path d="${tip}" fill="${colour(look)}"/>`;
}

/** The flow of documents: projects publish into the branches of the codex, and consumers read the branch of their environment. */
export function renderOverview(): string {
  const head = (x: number, text: string) => renderText(x, 44, [{ text, bold: true, fill: colour('faint') }]);
  const title = (x: number, y: number, text: string) => renderText(x, y, [{ text, bold: true }]);
  const more = (x: number, y: number, text: string, fill = colour('faint')) => renderText(x, y, [{ text, fill }]);
  return renderPicture({ width: WIDTH, height: HEIGHT, title: 'From projects through the codex to readers' }, [
    renderBox({
      x: 0.5,
      y: 0.5,
      width: WIDTH - 1,
      height: HEIGHT - 1,
      fill: colour('page'),
      stroke: colour('edge'),
      radius: 8,
    }),
    renderBox({
      x: MIDDLE - 14,
      y: 58,
      width: COLUMN + 28,
      height: 294,
      fill: colour('panel'),
      stroke: colour('edge'),
      radius: 8,
    }),
    renderCard(LEFT, 72, 92, 'blue'),
    renderCard(LEFT, 212, 92, 'green'),
    renderCard(MIDDLE, 72, 92, 'blue'),
    renderCard(MIDDLE, 212, 92, 'green'),
    renderCard(RIGHT, 72, 92, 'blue'),
    renderCard(RIGHT, 212, 92, 'green'),
    renderArrow(
      [
        [LEFT + COLUMN, TEST],
        [MIDDLE, TEST],
      ],
      'blue',
    ),
    renderArrow(
      [
        [LEFT + COLUMN, PROD],
        [MIDDLE, PROD],
      ],
      'green',
    ),
    renderArrow(
      [
        [MIDDLE + COLUMN, TEST],
        [RIGHT, TEST],
      ],
      'blue',
    ),
    renderArrow(
      [
        [MIDDLE + COLUMN, PROD],
        [RIGHT, PROD],
      ],
      'green',
    ),
    renderArrow(
      [
        [MIDDLE + 40, 164],
        [MIDDLE + 40, 212],
      ],
      'green',
    ),
    renderGroup('sans', 13, colour('text'), [
      head(LEFT, 'Every project'),
      head(MIDDLE, 'The codex: one branch per environment'),
      head(RIGHT, 'Readers'),
      title(LEFT + 14, 98, 'Pull request, push'),
      more(LEFT + 14, 120, 'env: test (the default)'),
      more(LEFT + 14, 142, 'docs/**, README.md, …'),
      title(LEFT + 14, 238, 'Release'),
      more(LEFT + 14, 260, 'env: prod, said by name'),
      more(LEFT + 14, 282, 'merged text only'),
      title(MIDDLE + 14, 98, 'Branch test'),
      more(MIDDLE + 14, 120, 'projects/widgets/docs/…'),
      more(MIDDLE + 14, 142, 'projects/gears/docs/…'),
      title(MIDDLE + 14, 238, 'Branch main'),
      more(MIDDLE + 14, 260, 'projects/widgets/docs/…'),
      more(MIDDLE + 14, 282, 'projects/gears/docs/…'),
      title(MIDDLE + 54, 193, 'mode: promote'),
      title(RIGHT + 14, 98, 'Test site, agents, jobs'),
      more(RIGHT + 14, 120, 'mode: fetch, env: test'),
      more(RIGHT + 14, 142, 'a cache of this environment'),
      title(RIGHT + 14, 238, 'Production site'),
      more(RIGHT + 14, 260, 'mode: fetch, env: prod'),
      more(RIGHT + 14, 282, 'a cache of this environment'),
      more(MIDDLE, 332, 'one folder for each project'),
      more(LEFT, 332, 'a step in the workflow'),
      more(RIGHT, 332, 'verified against the codex'),
    ]),
  ]);
}
