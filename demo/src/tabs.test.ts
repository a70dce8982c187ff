import {expect, it} from 'vitest';
import {tabNames, tabOf} from './tabs.js';

it('has an address for each tab, and leaves every other one alone', () => {
  expect(tabNames.map(name => tabOf(`#${name}`))).toEqual(['digits', 'read', 'voice']);
  expect(['', '#', '#main', '#Voice', '#panel-read'].map(tabOf)).toEqual(Array(5).fill(undefined));
});
