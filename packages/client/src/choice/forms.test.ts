import {afterEach, beforeEach, expect, test} from 'vitest';
import {client, closeAll} from '../../testing/client.js';
import {faultyRuntime} from '../../testing/faults.js';
import {forgetFlights} from '../../testing/flights.js';
import {TestRegistry} from '../../testing/registry.js';
import {type StoredChoice, storedChoice} from '../../testing/stored-choice.js';
import type {Progress} from '../api.js';

beforeEach(forgetFlights);
afterEach(closeAll);

const x = {x: Float32Array.of(3)};

/** A full form that is wrong on every provider, and another one that is right; `visit` says where it was started, in turn. */
async function forms(note: {full?: string; other?: string}) {
  const registry = await TestRegistry.create();
  const full = await registry.publish('1.0.0', 2, {expectedScale: 3, ...(note.full && {note: note.full})});
  const other = await registry.publish('1.0.0', 3, {
    change: {variant: 'other'},
    ...(note.other && {note: note.other}),
  });
  const release = registry.release([full]);
  release.models.scale!.versions['1.0.0']!.variants = [{variant: 'other', manifest: other.digest, bytes: other.bytes}];
  await registry.putRelease(release);
  const visit = async () => {
    const kedge = await client(registry, {runtimes: [faultyRuntime().runtime], pollSeconds: 0});
    const states: string[] = [];
    const onProgress = ({state}: Progress) => void states.push(state);
    const model = await kedge.model('scale', {onProgress});
    const {outputs, served} = await model.predict(x);
    expect([outputs.y!.data[0], served.digest, served.source]).toEqual([9, other.digest, 'model']);
    expect(model.problems[0]?.code).toBe('golden_mismatch');
    await kedge.close();
    return states.filter(state => state === 'starting').length;
  };
  return {full, other, visit};
}

test('a form that is larger than the full one serves where that is wrong', async () => {
  const {full, other, visit} = await forms({other: 'x'.repeat(500)});
  expect(other.bytes).toBeGreaterThan(full.bytes);
  await visit();
});

test('that the full form is wrong on every provider is remembered: the next visits start with the other, for a week', async () => {
  const {visit} = await forms({full: 'full'});
  expect(await visit()).toBe(2);
  await storedChoice();
  expect(await visit()).toBe(1);
  await storedChoice(({value}) => (value.at -= 8 * 86_400_000));
  expect(await visit()).toBe(2);
});

test.each<[string, (note: StoredChoice) => void]>([
  ['the browser is another version', note => (note.where += ' 2')],
  ['the GPU is another one', ({value}) => (value.gpu = 'another')],
])('until %s', async (_, changes) => {
  const {visit} = await forms({full: 'full'});
  await visit();
  await storedChoice(changes);
  expect(await visit()).toBe(2);
});
