import {byName} from './dom.js';

export const tabNames = ['digits', 'read', 'voice'] as const;
export type TabName = (typeof tabNames)[number];

const titles: Record<TabName, string> = {
  digits: 'Kedge: which digit is it?',
  read: 'Kedge: what does it say?',
  voice: 'Kedge: is somebody speaking?',
};

/** The tab that an address names, such as `#voice`; undefined for every other one. */
export function tabOf(hash: string): TabName | undefined {
  return tabNames.find(name => `#${name}` === hash);
}

const step: Record<string, (at: number, last: number) => number> = {
  ArrowRight: (at, last) => (at === last ? 0 : at + 1),
  ArrowLeft: (at, last) => (at === 0 ? last : at - 1),
  Home: () => 0,
  End: (_, last) => last,
};

/**
 * The tab list (ARIA's tabs pattern): one stop for the Tab key, arrows, Home and End move, Enter and Space choose. Choosing
 * is by hand since a tab may start a model. The address holds the choice, so that it can be linked and gone back to.
 */
export function prepareTabs(onSelect: (name: TabName) => void): void {
  const tabs = tabNames.map(name => byName<HTMLAnchorElement>(`tab-${name}`));
  tabs.forEach((tab, at) =>
    tab.addEventListener('keydown', event => {
      const to = step[event.key]?.(at, tabs.length - 1);
      if (to !== undefined) focus(tabs, to);
      else if (event.key === ' ') tab.click();
      else return;
      event.preventDefault();
    }),
  );
  const follow = () => select(tabOf(location.hash), onSelect);
  addEventListener('hashchange', follow);
  select(tabOf(location.hash) ?? 'digits', onSelect);
}

function focus(tabs: readonly HTMLElement[], at: number): void {
  tabs.forEach((tab, i) => (tab.tabIndex = i === at ? 0 : -1));
  tabs[at]?.focus();
}

/** @param name undefined for an address inside of a tab: nothing changes */
function select(name: TabName | undefined, onSelect: (name: TabName) => void): void {
  if (!name) return;
  for (const each of tabNames) {
    const tab = byName(`tab-${each}`);
    tab.ariaSelected = String(each === name);
    tab.tabIndex = each === name ? 0 : -1;
    document.getElementById(`panel-${each}`)!.hidden = each !== name;
  }
  document.title = titles[name];
  onSelect(name);
}
