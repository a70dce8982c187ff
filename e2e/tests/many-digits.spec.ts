import {experimentOf} from '../fixtures/report.js';
import {expect, test} from '../fixtures/test.js';

test('1 000 digits as 200 units fill the report, and the better version shows', async ({demo, server}) => {
  await demo.open();
  await demo.getModel();
  await demo.get('many-start').click();
  await expect(demo.get('many-state')).toHaveText('Done');
  await expect(demo.get('many-count')).toContainText(/1\D?000 of 1\D?000/);
  await demo.flush();

  const report = (await experimentOf(server))!;
  const [champion, challenger, onTfjs] = report.arms;
  expect(report.arms.map(({arm}) => arm)).toEqual(['champion', 'challenger', 'challenger-tfjs']);
  // The visitor is one unit more.
  expect(report.arms.reduce((sum, {units}) => sum + units.assigned, 0)).toBe(201);
  for (const arm of report.arms) {
    expect(arm.units.labelled).toBeGreaterThan(arm === onTfjs ? 30 : 65);
    expect(arm.labels).toBe(arm.units.labelled * 5);
    expect(arm.predictions).toBe(arm.labels);
    expect(arm.failures).toEqual([]);
    expect(arm.dropped).toEqual([]);
  }
  expect(report.arms.reduce((sum, {labels}) => sum + labels, 0)).toBe(1000);
  for (const better of [challenger!, onTfjs!]) {
    expect(better.accuracy!.rate).toBeGreaterThan(champion!.accuracy!.rate);
    expect(better.accuracy!.rate).toBeGreaterThan(0.97);
  }
  expect(report.checks.assigned.state).toBe('ok');
  expect(report.checks.assignedSequential.state).toBe('ok');
  expect(report.comparisons.map(({arm}) => arm)).toEqual(['challenger', 'challenger-tfjs']);
  expect(report.comparisons[0]!.verdict.code).toBe('better');
  expect(report.multipleArms).toBe(0);
});
