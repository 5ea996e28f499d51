// Addresses: what stands behind the # names one object for good, and the node never sees it (docs/WEB.md has the list).
import { replace } from './dom.js';
import { onState } from './live.js';
import { UnreachableError } from './rpc.js';
import { failed, loading } from './states.js';

// a view is there once it is asked for
const ROUTES = [
  [/^\/?$/, () => import('../view/gallery.js')],
  [/^\/collection\/(0x[0-9a-f]{40})$/i, () => import('../view/collection.js')],
  [/^\/token\/(0x[0-9a-f]{40})\/(\d{1,78})$/i, () => import('../view/token.js')],
  [/^\/mint(?:\/(0x[0-9a-f]{40}))?$/i, () => import('../view/mint.js')],
  [/^\/profile(?:\/(0x[0-9a-f]{40}))?$/i, () => import('../view/profile.js')],
  [/^\/difference$/, () => import('../view/difference.js')],
  [/^\/chat\/(0x[0-9a-f]{40})\/(\d{1,78})$/i, () => import('../view/chat.js')],
  [/^\/explorer$/, () => import('../view/explorer.js')],
  [/^\/block\/(\d{1,20}|0x[0-9a-f]{64}|latest)$/i, () => import('../view/block.js')],
  [/^\/tx\/(0x[0-9a-f]{64})$/i, () => import('../view/transaction.js')],
  [/^\/address\/(0x[0-9a-f]{40})$/i, () => import('../view/account.js')],
  [/^\/pool$/, () => import('../view/pool.js')],
  [/^\/validators$/, () => import('../view/validators.js')],
  [/^\/peers$/, () => import('../view/peers.js')],
  [/^\/content(?:\/([A-Za-z0-9]{8,300}))?$/, () => import('../view/content.js')],
  [/^\/search\/(.+)$/, () => import('../view/search.js')],
  [/^(.*)$/s, () => import('../view/nowhere.js')],
];
const PLACES = {
  '#/mint': /^\/mint/,
  '#/profile': /^\/(profile|difference)/,
  '#/explorer': /^\/(explorer|block|tx|address|pool|validators|peers|content|search)/,
  '#/': /^\/?($|collection|token|chat)/,
};

const main = document.getElementById('main');
let leave = null;
let visits = 0;
let focused = null; // what had the focus when somebody went here; null: nobody did, the page shows itself anew

export const path = () => location.hash.slice(1) || '/';
export const go = (to) => {
  location.hash = to;
};
/** Another address instead of this one, to which Back shall not come again. */
export const goInstead = (to) => {
  history.replaceState(null, '', `#${to}`);
  return show();
};

function mark(at) {
  for (const [href, pattern] of Object.entries(PLACES)) {
    const link = document.querySelector(`.places a[href="${href}"]`);
    if (pattern.test(at)) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

/** Calls once the node was away and is there again. */
function whenBack(run) {
  let wasAway = false;
  return onState(({ isConnected }) => {
    if (!isConnected) wasAway = true;
    else if (wasAway) run();
  });
}

function again() {
  focused = null;
  return show();
}

/** What a view gets: a signal that it was left, things to do then, and a way to show itself anew. */
function visit() {
  const control = new AbortController(),
    chores = [];
  leave = () => {
    control.abort();
    for (const chore of chores) chore();
  };
  return { signal: control.signal, onLeave: (chore) => chores.push(chore), again };
}

async function show() {
  leave?.();
  const here = visit(),
    at = path(),
    number = ++visits;
  const [view, found] = ROUTES.map(([pattern, load]) => [load, pattern.exec(at)]).find(([, match]) => match);
  mark(at);
  const slow = setTimeout(() => replace(main, loading()), 120);
  let content;
  try {
    const { default: draw } = await view();
    content = await draw({ ...here, params: found.slice(1) });
  } catch (error) {
    if (here.signal.aborted) return;
    content = failed(error, here.again);
    if (error instanceof UnreachableError) here.onLeave(whenBack(here.again));
  } finally {
    clearTimeout(slow);
  }
  if (number !== visits) return;
  replace(main, content);
  const heading = main.querySelector('h1');
  document.title = heading && at !== '/' ? `${heading.textContent} · mintmark` : 'mintmark';
  if (number === 1 || !heading) return;
  window.scrollTo(0, 0);
  heading.tabIndex = -1;
  // a reader of screens begins here, not at the top of the frame; who went elsewhere meanwhile, into the search, stays there
  if ([document.body, focused, null].includes(document.activeElement)) heading.focus({ preventScroll: true });
}

/** Resolves when the first view is there, or what stands for it when it failed. */
export function start() {
  window.addEventListener('hashchange', () => {
    focused = document.activeElement;
    show();
  });
  return show();
}
