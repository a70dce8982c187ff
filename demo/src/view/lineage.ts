import type {Model, Served} from '@kedge/client';
import {byName, make, rows, setText, show} from '../dom.js';
import {formatCount, formatShare} from '../format.js';

type Manifest = NonNullable<Model['manifest']>;

/** Where the version comes from, and its model card. */
export function showLineage(manifest: Manifest | undefined, {digest}: Served): void {
  const {lineage, expected, card} = manifest ?? {};
  const data = lineage?.data;
  show('lineage-empty', manifest === undefined);
  byName('lineage').replaceChildren(
    ...rows([
      ['Version', manifest && `${manifest.model} ${manifest.version}`],
      ['Parent', lineage?.parent ?? (manifest && 'none')],
      ['Data', data && [data.name, data.version].filter(Boolean).join(' ')],
      ['Created', lineage?.created],
      ['Author', lineage?.author],
      ['Licence', lineage?.licence],
      ['Commit', lineage?.commit?.slice(0, 12)],
      ['Expected', expected?.accuracy === undefined ? undefined : expectation(expected.accuracy, expected.dataset)],
    ]),
  );
  show('digest-row', digest !== null);
  setText('digest', digest ? `${digest.slice(0, 12)}…` : '');
  byName('digest').title = digest ?? '';
  setText('copied', '');
  show('card', card !== undefined);
  if (card) showCard(card);
}

function expectation(accuracy: number, {name, examples}: {name: string; examples: number}): string {
  return `${formatShare(accuracy)} right on ${formatCount(examples)} of ${name}`;
}

function showCard(card: NonNullable<Manifest['card']>): void {
  const list = (items: readonly string[]) => make('ul', '', ...items.map(item => make('li', '', item)));
  const part = (title: string, body: Node | undefined) => (body ? [make('div', '', make('h3', '', title), body)] : []);
  byName('card-text').replaceChildren(
    ...part('Meant for', card.intendedUse ? make('p', '', card.intendedUse) : undefined),
    ...part('Limits', card.limits && list(card.limits)),
    ...part('Who could be harmed', card.harms && list(card.harms)),
    ...part('How that is watched', card.watched ? make('p', '', card.watched) : undefined),
  );
}

/** Copies the whole digest; where the browser refuses, it is shown in full to be selected. */
export async function copyDigest(): Promise<void> {
  const digest = byName('digest').title;
  try {
    await navigator.clipboard.writeText(digest);
    setText('copied', 'Copied');
  } catch {
    setText('digest', digest);
  }
}
