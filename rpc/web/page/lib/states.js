// What stands where there is nothing yet, nothing at all, or something went wrong.
import { h } from './dom.js';
import { wordsOf } from './errors.js';

export const loading = () =>
  h(
    'div.wait-lines',
    { role: 'status' },
    h('span.unseen', 'Loading'),
    [1, 2, 3, 4].map(() => h('i')),
  );

export const empty = (title, text, ...more) => h('div.empty', h('h2', title), h('p', text), ...more);

export function failed(error, again) {
  return h(
    'div.failed',
    { role: 'alert' },
    h('h2', 'That did not work'),
    h('p', wordsOf(error)),
    again && h('button', { type: 'button', onclick: again }, 'Try again'),
  );
}

/** A part of a page that comes when it is there, and says so when it cannot. */
export function later(promise, waiting = loading()) {
  const place = h('div.part', waiting);
  const run = (what) =>
    what.then(
      (content) => place.replaceChildren(...[content].flat().filter(Boolean)),
      (error) => {
        if (error?.name !== 'AbortError') place.replaceChildren(failed(error));
      },
    );
  run(promise);
  return place;
}

/** A line in the corner that goes by itself. */
export function toast(text) {
  const line = h('p.toast', text);
  document.querySelector('.toasts').append(line);
  setTimeout(() => line.remove(), 6000);
}

/** Runs what a button begins: the button waits with it, and the reason of a failure stands beside it. */
export async function busy(button, place, work) {
  button.disabled = true;
  button.setAttribute('aria-busy', 'true');
  place?.replaceChildren();
  try {
    return await work();
  } catch (error) {
    place?.replaceChildren(h('p.failed', { role: 'alert' }, wordsOf(error)));
    return undefined;
  } finally {
    button.disabled = false;
    button.removeAttribute('aria-busy');
  }
}
