// Tokens and collections as the gallery shows them: owner and URI from the chain, name and picture from the metadata that the URI names.
import { hexOf, numberOf, word } from './bytes.js';
import { AINFT_FACTORY, COLLECTION, FACTORY, moduleOf, topicOf, view, viewOr } from './contracts.js';
import { keccak256, keccakText } from './keccak.js';
import { node, pictureUrl } from './node.js';
import { Queue } from './queue.js';
import { rpc } from './rpc.js';
import { same } from './address.js';

const METADATA_BYTES_MAX = 256 << 10; // what a mint stores at most
const KEPT_MAX = 3000;
const NAME_MAX = 160;
const fetches = new Queue(12);
const INLINE_MAX = 300;
const inline = new Map(); // pictures that stand in their metadata, as URLs of this page
const kept = new Map(); // metadata by URI: what a CID names does not change

// ---- collections ----

/** The slot where an AINFT collection counts its next token: field 4 of ERC-7201 "mintmark.storage.Ainft". */
function ainftNextSlot() {
  const inner = BigInt(keccakText('mintmark.storage.Ainft')) - 1n;
  const root = numberOf(keccak256(word(inner))) & ~0xffn;
  return hexOf(word(root + 4n));
}

/** One round trip, whatever kind it is: {address, name, symbol, supply, nextId, isAinft, owner, openMint}, or null for what is no collection. */
export async function collection(address) {
  const ask = (name) => viewOr(null, address, name).catch(() => null); // an account without code answers nothing
  const [code, name, symbol, supply, next, nextSlot, owner, creator, openMint] = await Promise.all([
    rpc('eth_getCode', address, 'latest'),
    ask('name'),
    ask('symbol'),
    ask('totalSupply'),
    ask('nextTokenId'),
    rpc('eth_getStorageAt', address, ainftNextSlot(), 'latest'),
    ask('owner'),
    ask('creator'),
    ask('openMint'),
  ]);
  const kind = moduleOf(code),
    isAinft = kind === 4;
  if (kind !== 1 && !isAinft) return null;
  return {
    address,
    name,
    symbol,
    supply,
    nextId: isAinft ? BigInt(nextSlot) : next,
    isAinft,
    owner: isAinft ? creator : owner,
    openMint: openMint ?? false,
  };
}

/** How many collections the factories have made: of the plain kind, and of AINFTs. */
export const madeCounts = () => Promise.all([viewOr(0n, FACTORY, 'collectionCount'), viewOr(0n, AINFT_FACTORY, 'collectionCount')]);

/** Addresses of so many, the newest first. */
export async function madeCollections([plain, ainft]) {
  const made = await Promise.all([
    ...Array.from({ length: Number(ainft) }, (_, i) => view(AINFT_FACTORY, 'collectionAt', BigInt(i))),
    ...Array.from({ length: Number(plain) }, (_, i) => view(FACTORY, 'collections', BigInt(i))),
  ]);
  return made.reverse();
}

/** Addresses of all collections: that of the genesis, then those of the factories. */
export const collections = async () => [COLLECTION, ...(await madeCollections(await madeCounts()))];

// ---- metadata ----

function fromDataUri(uri) {
  const comma = uri.indexOf(','),
    head = uri.slice(5, comma),
    body = uri.slice(comma + 1);
  const text = /;base64$/.test(head) ? atob(body) : decodeURIComponent(body);
  return new Blob([/;base64$/.test(head) ? Uint8Array.from(text, (letter) => letter.charCodeAt(0)) : text], { type: head.split(';')[0] });
}

async function readMetadata(uri, signal) {
  if (uri.startsWith('data:')) return JSON.parse(await fromDataUri(uri).text());
  const url = await pictureUrl(uri);
  if (!url)
    throw new Error(
      (await node()).gateway ? 'Its metadata is on another server, which is not asked.' : 'The gateway of this node is closed.',
    );
  const response = await fetch(url, { signal });
  if (response.status === 404) throw new Error('The node does not have its metadata.');
  if (!response.ok) throw new Error(`The gateway answered ${response.status} to its metadata.`);
  const text = await response.text();
  if (text.length > METADATA_BYTES_MAX) throw new Error('Its metadata is too large.');
  return JSON.parse(text);
}

/** An object, or throws why there is none. */
export async function metadata(uri, signal) {
  if (!kept.has(uri)) {
    if (!uri) throw new Error('It has no metadata.');
    const value = await fetches
      .run(() => readMetadata(uri, signal), signal)
      .catch((error) => {
        throw error instanceof SyntaxError ? new Error('Its metadata is no JSON.') : error;
      });
    if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value);
    kept.set(uri, value && typeof value === 'object' ? value : {});
  }
  return kept.get(uri);
}

/** A URL that an <img> of this page may show, or null. */
export async function imageOf(uri) {
  if (typeof uri !== 'string') return null;
  if (!uri.startsWith('data:image/')) return pictureUrl(uri);
  if (!inline.has(uri)) {
    if (inline.size >= INLINE_MAX) {
      const [[oldest, url]] = inline;
      URL.revokeObjectURL(url);
      inline.delete(oldest);
    }
    inline.set(uri, URL.createObjectURL(fromDataUri(uri)));
  }
  return inline.get(uri);
}

// ---- tokens ----

/** {owner, uri}; owner is null for a token that was burned or never was. */
export async function token(address, id) {
  const [owner, uri] = await Promise.all([viewOr(null, address, 'ownerOf', id), viewOr('', address, 'tokenURI', id)]);
  return { owner, uri };
}

/** What an account holds now, newest first: {collection, id}. From the logs of what it was ever given. */
export async function tokensOf(owner) {
  const logs = await rpc('eth_getLogs', {
    fromBlock: '0x0',
    toBlock: 'latest',
    topics: [topicOf('Transfer'), null, hexOf(word(BigInt(owner)))],
  });
  const held = new Map();
  for (const log of logs.filter(({ topics }) => topics.length === 4).reverse())
    held.set(`${log.address}/${log.topics[3]}`, { collection: log.address, id: BigInt(log.topics[3]) });
  const all = [...held.values()],
    owners = await Promise.all(all.map(({ collection: at, id }) => viewOr(null, at, 'ownerOf', id)));
  return all.filter((_, i) => same(owners[i], owner));
}

export const tokenHref = (address, id) => `#/token/${address.toLowerCase()}/${id}`;
/** A name has no limit in the metadata; here it is a line. */
export const titleOf = (data, id) =>
  typeof data?.name === 'string' && data.name.trim() ? data.name.trim().slice(0, NAME_MAX) : `Token ${id}`;
