// Addresses: what stands behind the # names one object for good, and the node never sees it (docs/WEB.md has the list).
import { replace } from './dom.js';
import { onState } from './live.js';
import { UnreachableError } from './rpc.js';
import { failed, loading } from './states.js';

const ROUTES = [
  [/^\/?$/, 'gallery'],
  [/^\/collection\/(0x[0-9a-f]{40})$/i, 'collection'],
  [/^\/token\/(0x[0-9a-f]{40})\/(\d{1,78})$/i, 'token'],
  [/^\/mint(?:\/(0x[0-9a-f]{40}))?$/i, 'mint'],
  [/^\/profile(?:\/(0x[0-9a-f]{40}))?$/i, 'profile'],
  [/^\/difference$/, 'difference'],
  [/^\/chat\/(0x[0-9a-f]{40})\/(\d{1,78})$/i, 'chat'],
  [/^\/explorer$/, 'explorer'],
  [/^\/block\/(\d{1,20}|0x[0-9a-f]{64}|latest)$/i, 'block'],
  [/^\/tx\/(0x[0-9a-f]{64})$/i, 'transaction'],
  [/^\/address\/(0x[0-9a-f]{40})$/i, 'account'],
  [/^\/pool$/, 'pool'],
  [/^\/validators$/, 'validators'],
  [/^\/peers$/, 'peers'],
  [/^\/content(?:\/([A-Za-z0-9]{8,300}))?$/, 'content'],
  [/^\/search\/(.+)$/, 'search'],
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

export const path = () => location.hash.slice(1) || '/';
export const go = (to) => {
  location.hash = to;
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

/** What a view gets: a signal that it was left, things to do then, and a way to show itself anew. */
function visit() {
  const control = new AbortController(),
    chores = [];
  leave = () => {
    control.abort();
    for (const chore of chores) chore();
  };
  return { signal: control.signal, onLeave: (chore) => chores.push(chore), again: () => show() };
}

async function show() {
  leave?.();
  const here = visit(),
    at = path(),
    number = ++visits;
  const [, name, found] = ROUTES.map(([pattern, view]) => [pattern, view, pattern.exec(at)]).find(([, , match]) => match) ?? [
    null,
    'nowhere',
    [at, at],
  ];
  mark(at);
  const slow = setTimeout(() => replace(main, loading()), 120);
  let content;
  try {
    const view = await import(`../view/${name}.js`);
    content = await view.default({ ...here, params: found.slice(1) });
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
  if (number > 1 && heading) {
    // a reader of screens begins here, not at the top of the frame
    window.scrollTo(0, 0);
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
}

export function start() {
  window.addEventListener('hashchange', show);
  show();
}
