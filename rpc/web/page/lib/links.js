// Objects of the chain as links, each kind in one way.
import { checksum, short, same, ZERO } from './address.js';
import { h } from './dom.js';
import { account } from './wallet.js';
import { tokenHref } from './tokens.js';

export const addressLink = (address, { whole = false } = {}) => {
  const text = checksum(address);
  if (same(address, ZERO)) return h('span.quiet', 'nobody');
  return h(
    'span',
    h('a.code', { href: `#/address/${text}`, title: text }, whole ? text : short(text)),
    same(account()?.address, address) && h('span.quiet', ' (you)'),
  );
};
export const blockLink = (number) => h('a', { href: `#/block/${Number(number)}` }, `${Number(number)}`);
export const transactionLink = (hash, whole = false) =>
  h('a.code', { href: `#/tx/${hash}`, title: hash }, whole ? hash : short(hash, 10, 4));
export const tokenLink = (collection, id, text) => h('a', { href: tokenHref(collection, id) }, text ?? `#${id}`);
/** whole: true for all of the CID, or another text. */
export const contentLink = (cid, whole = false) =>
  h('a.code', { href: `#/content/${cid}`, title: cid }, whole === true ? cid : whole || short(cid, 10, 6));
export const copy = (text, ...shown) => h('mm-copy', { text }, ...(shown.length ? shown : [h('code', text)]));
export const timeOf = (seconds) => h('mm-time', { at: Number(seconds) });
export const trail = (...parts) =>
  h(
    'nav.trail',
    { ariaLabel: 'Where this is' },
    parts.flatMap((part, i) => (i ? [' / ', part] : [part])),
  );
