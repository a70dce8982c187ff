/**
 * Makes an element take one line of text. It is no input of a form: about those a browser may ask its maker's server how to
 * fill them in, and nothing of this page goes anywhere.
 */
export function listenForLine(element: HTMLElement, onEnter: () => void): void {
  try {
    element.contentEditable = 'plaintext-only';
  } catch {
    // A browser that is some years old.
    element.contentEditable = 'true';
  }
  element.addEventListener('keydown', event => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    onEnter();
  });
}
