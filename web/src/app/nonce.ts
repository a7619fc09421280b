/**
 * Inline styles under a strict Content-Security-Policy.
 *
 * Ant Design and xterm.js make style elements as they go. A server that does not want to allow every inline style
 * (`style-src 'unsafe-inline'`) sends a nonce with the page, `<meta name="csp-nonce" content="…">`, and allows that. Style
 * attributes it has to allow either way (`style-src-attr 'unsafe-inline'`): xterm.js writes them where there is
 * no WebGL.
 */

export const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content;

/** Gives every style element made from now on the page's nonce; xterm.js has no option for it. */
export function signStyles(): void {
  if (nonce === undefined) return;
  const create = document.createElement.bind(document);
  document.createElement = (name: string, options?: ElementCreationOptions): HTMLElement => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  };
}
