import type {Page} from '@playwright/test';
import {expect, test} from '../fixtures/test.js';

const focused = (page: Page) =>
  page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset['testid'] ?? '');

test('by keyboard through the tabs: arrows move, Enter and Space choose, the address follows', async ({
  demo,
  page,
  traffic,
}) => {
  await demo.open();
  await demo.expectState('empty');
  await expect(page.getByRole('tab', {name: 'Digits'})).toHaveAttribute('aria-selected', 'true');
  expect(traffic.requests.filter(({url}) => /(read|voice)-tab/.test(url))).toEqual([]);

  await demo.get('tab-digits').focus();
  await page.keyboard.press('ArrowRight');
  expect(await focused(page)).toBe('tab-read');
  await expect(page.getByRole('heading', {level: 1})).toHaveText('Which digit is it?');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('tabpanel', {name: 'Read text'})).toBeVisible();
  await expect(page.getByRole('heading', {level: 1})).toHaveText('What does it say?');
  await expect(page).toHaveURL(/#read$/);
  await expect(page).toHaveTitle('Kedge: what does it say?');

  await page.keyboard.press('End');
  await page.keyboard.press('Space');
  await expect(page.getByRole('tabpanel', {name: 'Voice'})).toBeVisible();
  await page.keyboard.press('ArrowRight');
  expect(await focused(page)).toBe('tab-digits');
  await page.keyboard.press('ArrowLeft');
  expect(await focused(page)).toBe('tab-voice');
  // One stop for all tabs: the next one lies inside of the panel.
  await page.keyboard.press('Shift+Tab');
  expect(await focused(page)).toBe('report-link');
  await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('tab-voice');
  await expect(demo.get('voice-get')).toBeEnabled();
  await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('voice-get');

  await page.goBack();
  await expect(page.getByRole('tabpanel', {name: 'Read text'})).toBeVisible();
});

test('what has come while another tab is shown is shown when the visitor comes back to it', async ({demo}) => {
  await demo.open({path: '/#voice'});
  await demo.get('voice-get').click();
  await demo.get('tab-digits').click();
  await demo.expectState('empty');
  await expect(demo.get('voice-getting')).toHaveAttribute('data-state', 'ready');
  await demo.page.waitForTimeout(500);
  await expect(demo.get('lineage')).not.toContainText('voice-activity');
  await demo.get('tab-voice').click();
  await expect(demo.get('lineage')).toContainText('voice-activity');
});

test('a link leads to a tab, and an address inside of it changes nothing', async ({demo, page}) => {
  await demo.open({path: '/#voice'});
  await expect(page.getByRole('tabpanel')).toHaveCount(1);
  await expect(page.getByRole('tabpanel', {name: 'Voice'})).toBeVisible();
  await page.locator('.skip').focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#main$/);
  await expect(page.getByRole('tabpanel', {name: 'Voice'})).toBeVisible();
});

for (const name of ['read', 'voice'])
  test(`${name}: nothing has to be scrolled sideways on a narrow phone, and every control has a name`, async ({
    demo,
    page,
  }) => {
    await page.setViewportSize({width: 360, height: 740});
    await demo.open({path: `/#${name}`});
    await demo.getModels(name);
    await expect(demo.get(`${name}-providers`)).toBeVisible();
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    for (const control of await page.locator(`#panel-${name}`).locator('button, input, progress, audio').all())
      if (await control.isVisible()) await expect(control).toHaveAccessibleName(/\w/);
  });
