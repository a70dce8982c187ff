/**
 * Runs in the page: asks for the same address again every five seconds while it is looked at, and keeps what was opened
 * open. A saved page stays as it is.
 */
export const refreshScript = `
(() => {
  if (!location.protocol.startsWith('http')) return;
  const stamp = () => document.querySelector('.stamp');
  const refresh = async () => {
    if (document.hidden) return;
    try {
      const response = await fetch(location.href, {headers: {accept: 'text/html'}});
      if (!response.ok) throw new Error(response.status);
      const next = new DOMParser().parseFromString(await response.text(), 'text/html').querySelector('.page');
      const focused = document.activeElement?.closest('[id]')?.id;
      for (const {id} of document.querySelectorAll('details[open]')) next.querySelector('#' + CSS.escape(id))?.setAttribute('open', '');
      document.querySelector('.page').replaceWith(next);
      const again = focused && document.getElementById(focused);
      if (again) (again.querySelector('summary') ?? again).focus({preventScroll: true});
    } catch {
      stamp().textContent = 'The collector does not answer; these are the last numbers it gave.';
    }
  };
  setInterval(refresh, 5000);
})();
`;
