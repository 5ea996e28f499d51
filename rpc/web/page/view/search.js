// One field for anything: what the text can be is tried, and what is there is shown. One hit goes there at once.
import { isAddress } from '../lib/address.js';
import { isCid } from '../lib/cid.js';
import { viewOr } from '../lib/contracts.js';
import { h } from '../lib/dom.js';
import { goInstead } from '../lib/router.js';
import { rpcOr } from '../lib/rpc.js';
import { empty } from '../lib/states.js';
import { collection, collections, metadata, titleOf, token, tokenHref } from '../lib/tokens.js';

const COLLECTIONS = 50,
  TOKENS = 400,
  HITS = 60;

async function hashHits(text) {
  const [block, transaction] = await Promise.all([rpcOr(null, 'eth_getHeaderByHash', text), rpcOr(null, 'eth_getTransactionByHash', text)]);
  return [
    block && [`#/block/${text}`, `Block ${Number(block.number)}`, 'its hash'],
    transaction && [`#/tx/${text}`, 'Transaction', text],
  ].filter(Boolean);
}

async function numberHits(text, abouts) {
  const number = BigInt(text),
    block = number < 2n ** 63n && (await rpcOr(null, 'eth_getHeaderByNumber', `0x${number.toString(16)}`));
  const owners = await Promise.all(abouts.map(({ address }) => viewOr(null, address, 'ownerOf', number)));
  return [
    block && [`#/block/${number}`, `Block ${number}`, 'by its number'],
    ...abouts.map((about, i) => owners[i] && [tokenHref(about.address, number), `${about.name} #${number}`, 'a token']),
  ].filter(Boolean);
}

/** Names of collections, and of the newest tokens of each: those that the node can read are looked through, not the whole chain's past. */
async function nameHits(text, abouts, signal) {
  const wanted = text.toLowerCase(),
    hits = abouts
      .filter(({ name, symbol }) => name.toLowerCase().includes(wanted) || symbol.toLowerCase() === wanted)
      .map(({ address, name, symbol }) => [`#/collection/${address.toLowerCase()}`, name, `collection ${symbol}`]);
  let left = TOKENS;
  for (const { address, name, nextId } of abouts) {
    const ids = [];
    for (let id = nextId - 1n; id > 0n && left > 0; id--, left--) ids.push(id);
    const found = await Promise.all(
      ids.map(async (id) => {
        try {
          const { owner, uri } = await token(address, id),
            title = owner && titleOf(await metadata(uri, signal), id);
          return title && title.toLowerCase().includes(wanted) ? [tokenHref(address, id), title, `${name} #${id}`] : null;
        } catch {
          return null;
        }
      }),
    );
    hits.push(...found.filter(Boolean));
    if (hits.length >= HITS) break;
  }
  return hits.slice(0, HITS);
}

async function find(text, signal) {
  if (/^0x[0-9a-f]{64}$/i.test(text)) return hashHits(text);
  if (isAddress(text))
    return (await collection(text))
      ? [
          [`#/collection/${text}`, 'Collection', text],
          [`#/address/${text}`, 'Account', text],
        ]
      : [[`#/address/${text}`, 'Account', text]];
  const cid = text.replace(/^ipfs:\/\//, '').split('/')[0];
  if (isCid(cid)) return [[`#/content/${cid}`, 'Content', cid]];
  const abouts = (await Promise.all((await collections()).slice(0, COLLECTIONS).map(collection))).filter(Boolean),
    number = text.replace(/^#/, '');
  return /^\d{1,77}$/.test(number)
    ? [...(await numberHits(number, abouts)), ...(await nameHits(text, abouts, signal))]
    : nameHits(text, abouts, signal);
}

/** As it was typed; an address that somebody made by hand may be escaped badly. */
function readable(encoded) {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

export default async function show({ params: [encoded], signal }) {
  const text = readable(encoded).trim(),
    hits = await find(text, signal);
  if (hits.length === 1) {
    if (!signal.aborted) goInstead(hits[0][0].slice(1));
    return null; // somewhere else by now
  }
  return h(
    'div',
    h('header.head', h('h1', `Search: ${text}`)),
    hits.length
      ? h(
          'ol.feed',
          hits.map(([href, title, under]) => h('li', h('a', { href }, title), h('span.under', under))),
        )
      : empty(
          'Nothing found',
          `Looked for “${text}” as a block, hash, address, token number, CID, and as the name of a collection or of one of the newest ${TOKENS} tokens.`,
        ),
  );
}
