import type {Kedge} from '@kedge/client';
import {showManyProgress, showManyState} from '../view/many.js';
import {simulate} from './simulate.js';
import {testDigits} from './test-digits.js';

const units = 200;

/** The whole run as the page shows it; a cancelled one keeps, and sends, what it has. */
export async function runMany(kedge: Kedge, model: string, signal: AbortSignal): Promise<void> {
  showManyProgress({done: 0, total: 1000, arms: new Map()});
  showManyState('Running');
  try {
    const digits = await testDigits();
    await simulate(kedge, {model, digits, units, signal, onProgress: showManyProgress});
    showManyState('Sending');
    await kedge.flush();
    showManyState('Done');
  } catch (error) {
    showManyState(signal.aborted ? 'Cancelled' : 'Stopped');
    if (!signal.aborted) throw error;
    await kedge.flush();
  }
}
