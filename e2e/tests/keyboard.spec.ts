import type {Page} from '@playwright/test';
import {armOf} from '../fixtures/report.js';
import {expect, test} from '../fixtures/test.js';
import {unitIn} from '../fixtures/units.js';

const focused = (page: Page) =>
  page.evaluate(
    () => (document.activeElement as HTMLElement | null)?.dataset['testid'] ?? document.activeElement?.tagName,
  );

/** Tabs on until the element has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  const seen: (string | undefined)[] = [];
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    const at = await focused(page);
    if (at === name) return;
    seen.push(at);
  }
  throw new Error(`Tab never reached ${name}; it passed ${seen.join(', ')}`);
}

test('by keyboard alone: consent, model, drawing, prediction, truth', async ({demo, page, server}) => {
  await demo.open({unit: await unitIn(server.registry, 'challenger')});
  await demo.expectState('empty');
  // A group of radios is one stop; arrows choose.
  await tabTo(page, 'consent-off');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(demo.get('consent-events')).toBeChecked();
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await tabTo(page, 'get-model');
  await page.keyboard.press('Enter');
  await demo.expectState('ready');

  await tabTo(page, 'pad');
  await page.keyboard.press('Space');
  await expect(demo.get('pen-state')).toHaveText('Pen down');
  for (let i = 0; i < 11; i++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await expect(demo.get('pen-state')).toHaveText('Pen up');
  // A straight stroke down.
  await expect(demo.get('result-digit')).toHaveAttribute('data-digit', '1');

  await tabTo(page, 'predict');
  await page.keyboard.press('Enter');
  await tabTo(page, 'wrong');
  await page.keyboard.press('Enter');
  expect(await focused(page)).toBe('truth-0');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await expect(demo.get('thanks')).toContainText('It was right');
  // The pressed button is gone; the keyboard goes on from here, not from the top.
  await expect(demo.get('thanks')).toBeFocused();
  await tabTo(page, 'flush');
  await page.keyboard.press('Enter');
  await expect.poll(() => armOf(server, 'challenger')).toMatchObject({predictions: 2, labels: 1, correct: 1});
});

test('every control has a name, the focus is seen, and the page has one main and ordered headings', async ({
  demo,
  page,
}) => {
  await demo.open();
  await demo.getModel();
  const unnamed = await page
    .locator('button, a[href], input, canvas, progress, select, textarea, [tabindex="0"]')
    .evaluateAll(elements =>
      elements
        .filter(element => element.checkVisibility())
        .filter(element => {
          const labels = (element as HTMLInputElement).labels;
          const text = [...(labels ?? [])].map(label => label.textContent).join('') || element.textContent;
          return !(element.getAttribute('aria-label') ?? text ?? '').trim();
        })
        .map(element => element.outerHTML.slice(0, 80)),
    );
  expect(unnamed).toEqual([]);
  await expect(page.getByRole('main')).toHaveCount(1);
  await expect(page.getByRole('heading', {level: 1})).toHaveCount(1);
  const levels = await page.locator('h1, h2, h3').evaluateAll(all => all.map(({tagName}) => Number(tagName[1])));
  expect(levels.every((level, i) => i === 0 || level - levels[i - 1]! <= 1)).toBe(true);
  expect(await page.locator('html').getAttribute('lang')).toBe('en');
  const ids = await page.locator('[id]').evaluateAll(all => all.map(({id}) => id));
  expect(new Set(ids).size).toBe(ids.length);
  const broken = await page.locator('[aria-labelledby], [aria-describedby], label[for]').evaluateAll(all =>
    all
      .flatMap(element => ['aria-labelledby', 'aria-describedby', 'for'].map(name => element.getAttribute(name)))
      .flatMap(value => value?.split(' ') ?? [])
      .filter(id => !document.getElementById(id)),
  );
  expect(broken).toEqual([]);
  await tabTo(page, 'predict');
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
  expect(outline).not.toBe('none');
});

for (const [colorScheme, tab] of (['light', 'dark'] as const).flatMap(scheme =>
  ['digits', 'read', 'voice'].map(tab => [scheme, tab] as const),
))
  test(`text can be read on its ground (${colorScheme}, ${tab})`, async ({demo, page}) => {
    await page.emulateMedia({colorScheme});
    await demo.open({path: `/#${tab}`});
    await expect(demo.get(tab === 'digits' ? 'get-model' : `${tab}-get`)).toBeEnabled();
    const faint = await page.evaluate(() => {
      const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true})!;
      const rgba = (colour: string) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data] as [number, number, number, number];
      };
      // WCAG 2.2, relative luminance and contrast ratio.
      const luminance = ([r, g, b]: readonly number[]) => {
        const [R, G, B] = [r!, g!, b!].map(value => {
          const part = value / 255;
          return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * R! + 0.7152 * G! + 0.0722 * B!;
      };
      const groundOf = (element: Element | null): readonly number[] => {
        if (!element) return [255, 255, 255, 255];
        const colour = rgba(getComputedStyle(element).backgroundColor);
        return colour[3] === 255 ? colour : groundOf(element.parentElement);
      };
      const found: string[] = [];
      for (const element of document.querySelectorAll(
        'h1, h2, h3, p, a, button:enabled, label, legend, dt, dd, li, span, small',
      )) {
        const own = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.textContent!.trim());
        if (
          !own ||
          !element.checkVisibility({opacityProperty: true}) ||
          element.closest('[aria-hidden], .visually-hidden, .skip')
        )
          continue;
        const [one, other] = [luminance(rgba(getComputedStyle(element).color)), luminance(groundOf(element))];
        const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${element.textContent.trim().slice(0, 40)}`);
      }
      return found;
    });
    expect(faint).toEqual([]);
  });

test('nothing has to be scrolled sideways on a narrow phone', async ({demo, page}) => {
  await page.setViewportSize({width: 360, height: 740});
  await demo.open();
  await demo.getModel();
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBeLessThanOrEqual(0);
});
