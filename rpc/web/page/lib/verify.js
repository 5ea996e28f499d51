// From a block's hash to the last byte of a token's picture, believing the node at no step but the first: the hash itself.
// What `mintmark verify` does, done here; each step says what it found, or why it does not hold.
import { hexOf, looseText, word } from './bytes.js';
import { checksum } from './address.js';
import { cidText, ipfsUri } from './cid.js';
import { MODULES, moduleOf } from './contracts.js';
import { headerHash } from './header.js';
import { keccakHex } from './keccak.js';
import { escapePath, node } from './node.js';
import { rpc } from './rpc.js';
import { joinWords, mappingSlot, stringHead } from './storage.js';
import { proveAccount, proveSlot } from './trie.js';
import { fileAt, readCar } from './unixfs.js';

const OWNERS_SLOT = 2n,
  TOKEN_URIS_SLOT = 6n; // of every collection here, as OpenZeppelin's ERC721URIStorage has them
const MARKERS = { 1: '0xef4d4d0101', 4: '0xef4d4d0401' };

/** The header of a block, its hash computed from its fields. */
export async function provenHeader(block = 'latest') {
  const header = await rpc('eth_getBlockByNumber', block, false);
  if (!header) throw new Error('The node does not know this block.');
  const computed = headerHash(header);
  if (computed !== header.hash) throw new Error(`The header's fields hash to ${computed}, not to the block's hash.`);
  return header;
}

/** An account and some of its slots at a header: {account, slots: Map of number → number}. */
export async function provenSlots(header, address, slots) {
  const proof = await rpc(
    'eth_getProof',
    address,
    slots.map((slot) => hexOf(word(slot))),
    header.number,
  );
  const account = proveAccount(header.stateRoot, { ...proof, address });
  const values = new Map();
  slots.forEach((slot, i) => {
    const value = proveSlot(account.storageRoot, word(slot), proof.storageProof[i]);
    if (value !== BigInt(proof.storageProof[i].value)) throw new Error('The node says another value than it proves.');
    values.set(slot, value);
  });
  return { account, slots: values };
}

/** Content by its hash: blocks from the gateway, each hashed, and the file that they make. */
export async function provenFile(uri) {
  const content = ipfsUri(uri);
  if (!content) throw new Error('The URI does not name content by its hash.');
  const { gateway } = await node();
  if (!gateway) throw new Error('The gateway of this node is closed.');
  const response = await fetch(`${gateway}/ipfs/${content.text}${escapePath(content.path)}?format=car&dag-scope=entity`, {
    cache: 'no-store',
  });
  if (!response.ok)
    throw new Error(`The gateway answered ${response.status}: ${(await response.text()).trim().split('\n')[0].slice(0, 160)}`);
  let archive;
  try {
    archive = new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw new Error('The gateway broke off: a block is missing, or is not what it is called.', { cause });
  }
  const blocks = await readCar(archive);
  return { bytes: fileAt(blocks, content.cid, content.path), cid: cidText(content.cid), blocks: blocks.size };
}

const TYPES = [
  [[0x89, 0x50, 0x4e, 0x47], 'image/png'],
  [[0xff, 0xd8, 0xff], 'image/jpeg'],
  [[0x47, 0x49, 0x46, 0x38], 'image/gif'],
  [[0x52, 0x49, 0x46, 0x46], 'image/webp'],
];
export const typeOf = (bytes) =>
  TYPES.find(([magic]) => magic.every((byte, i) => bytes[i] === byte))?.[1] ??
  (looseText(bytes.subarray(4, 12)) === 'ftypavif'
    ? 'image/avif'
    : /^\s*<(\?xml|svg|!--)/.test(looseText(bytes.subarray(0, 200)))
      ? 'image/svg+xml'
      : 'application/octet-stream');

/** The steps in order, each {name, title}; run(step) gives its facts, [term, text], or throws why it does not hold. */
export function tokenSteps(address, id) {
  const ownerSlot = mappingSlot(OWNERS_SLOT, id),
    uriSlot = mappingSlot(TOKEN_URIS_SLOT, id),
    found = {};
  const steps = [
    [
      'header',
      'The block’s hash is that of its header',
      async () => {
        found.header = await provenHeader();
        return [
          ['block', `${Number(found.header.number)}`],
          ['hash', found.header.hash],
          ['state root', found.header.stateRoot],
        ];
      },
    ],
    [
      'account',
      'The state has this collection',
      async () => {
        const proven = await provenSlots(found.header, address, [ownerSlot, uriSlot]);
        const code = await rpc('eth_getCode', address, found.header.number),
          expected = MARKERS[moduleOf(code)];
        if (!expected || keccakHex(expected) !== proven.account.codeHash) throw new Error('Its code is not that of a native collection.');
        found.slots = proven.slots;
        return [
          ['contract', MODULES[moduleOf(code)]],
          ['code hash', proven.account.codeHash],
          ['storage root', proven.account.storageRoot],
        ];
      },
    ],
    [
      'owner',
      'The collection has this owner',
      async () => {
        const value = found.slots.get(ownerSlot);
        if (value === 0n) throw new Error('The state proves that there is no such token.');
        if (value >> 160n) throw new Error('The slot holds no address.');
        found.owner = checksum(hexOf(word(value).subarray(12)));
        return [
          ['slot', hexOf(word(ownerSlot))],
          ['owner', found.owner],
        ];
      },
    ],
    [
      'tokenURI',
      'The collection has this token URI',
      async () => {
        const head = stringHead(uriSlot, found.slots.get(uriSlot));
        if (head.slots.length) {
          const { slots } = await provenSlots(found.header, address, head.slots);
          head.bytes = joinWords(
            head.slots.map((slot) => slots.get(slot)),
            head.length,
          );
        }
        found.uri = looseText(head.bytes);
        if (!found.uri) throw new Error('The token has no URI.');
        return [
          ['slot', hexOf(word(uriSlot))],
          ['token URI', found.uri],
        ];
      },
    ],
    [
      'metadata',
      'The metadata is what the URI names',
      async () => {
        const file = await provenFile(found.uri);
        try {
          found.metadata = JSON.parse(looseText(file.bytes));
        } catch {
          throw new Error('The metadata is no JSON.');
        }
        return [
          ['CID', file.cid],
          ['hashed', `${file.bytes.length} bytes in ${file.blocks} blocks`],
        ];
      },
    ],
    [
      'image',
      'The picture is what the metadata names',
      async () => {
        if (typeof found.metadata?.image !== 'string') throw new Error('The metadata names no image.');
        const file = await provenFile(found.metadata.image);
        found.image = new Blob([file.bytes], { type: typeOf(file.bytes) });
        return [
          ['CID', file.cid],
          ['hashed', `${file.bytes.length} bytes in ${file.blocks} blocks`],
          ['type', found.image.type],
        ];
      },
    ],
  ];
  return { found, steps: steps.map(([name, title, run]) => ({ name, title, run })) };
}
