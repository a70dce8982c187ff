import {type Pad, padSide, type Point} from './pad.js';

const step = 14;
const fineStep = 5;
const directions: Record<string, Point> = {
  ArrowLeft: {x: -1, y: 0},
  ArrowRight: {x: 1, y: 0},
  ArrowUp: {x: 0, y: -1},
  ArrowDown: {x: 0, y: 1},
};

/**
 * Drawing without a pointer: arrows move a cursor (with Shift in small steps), Space or Enter puts the pen down and lifts
 * it, Escape lifts it.
 *
 * @param cursor shown over the canvas while it has the focus
 * @param say what changed, for people who can't see the cursor
 */
export function drawByKeyboard(
  pad: Pad,
  canvas: HTMLCanvasElement,
  cursor: HTMLElement,
  say: (text: string) => void,
): void {
  let at: Point = {x: padSide / 2, y: padSide / 4};
  let down = false;
  const move = (to: Point) => {
    const clamp = (value: number) => Math.min(padSide - step, Math.max(step, value));
    at = {x: clamp(to.x), y: clamp(to.y)};
    cursor.style.setProperty('--x', `${(at.x / padSide) * 100}%`);
    cursor.style.setProperty('--y', `${(at.y / padSide) * 100}%`);
    if (down) pad.drawTo(at);
  };
  const setDown = (value: boolean) => {
    if (down === value) return;
    down = value;
    cursor.classList.toggle('is-down', down);
    say(down ? 'Pen down' : 'Pen up');
    if (down) pad.drawTo(at);
    else pad.endStroke();
  };
  canvas.addEventListener('keydown', event => {
    const direction = directions[event.key];
    if (direction) {
      const by = event.shiftKey ? fineStep : step;
      move({x: at.x + direction.x * by, y: at.y + direction.y * by});
    } else if (event.key === ' ' || event.key === 'Enter') {
      if (!event.repeat) setDown(!down);
    } else if (event.key === 'Escape') setDown(false);
    else return;
    event.preventDefault();
  });
  canvas.addEventListener('blur', () => setDown(false));
  move(at);
}
