// An AINFT's history: entries from the logs, each hash computed over the one before it and held against the state, so that an entry that was
// changed, left out, added or moved is found (docs/AINFT.md).
import { encode } from './abi.js';
import { hexOf, word } from './bytes.js';
import { readLog, topicOf } from './contracts.js';
import { keccak256, keccakHex, keccakText } from './keccak.js';
import { rpc } from './rpc.js';
import { dataSlot, mappingSlot } from './storage.js';
import { provenHeader, provenSlots } from './verify.js';

const ROOT = (() => {
  const inner = BigInt(keccakText('mintmark.storage.Ainft')) - 1n;
  return BigInt(hexOf(keccak256(word(inner)))) & ~0xffn;
})();
const HISTORY = ROOT + 7n;
const TYPE = keccakText(
  'HistoryEntry(uint256 chainId,address collection,uint256 tokenId,uint256 index,bytes32 kind,address author,address submitter,uint8 form,uint32 weight,uint64 time,bytes32 requestHash,bytes32 contentHash,bytes32 prevHash)',
);
const FIELDS = '(bytes32, uint256, address, uint256, uint256, bytes32, address, address, uint8, uint32, uint64, bytes32, bytes32, bytes32)';
const NONE = `0x${'0'.repeat(64)}`;
export const FORMS = ['inline', 'CID', 'commitment'];

/** Entries in order: the event's arguments, and block, time, transaction. */
export async function historyOf(address, id) {
  const logs = await rpc('eth_getLogs', {
    address,
    fromBlock: '0x0',
    toBlock: 'latest',
    topics: [topicOf('HistoryAppended'), hexOf(word(id))],
  });
  const times = new Map();
  await Promise.all(
    [...new Set(logs.map(({ blockNumber }) => blockNumber))].map(async (number) => {
      times.set(number, BigInt((await rpc('eth_getHeaderByNumber', number)).timestamp));
    }),
  );
  return logs.map((log) => ({
    ...readLog('HistoryAppended', log),
    block: Number(log.blockNumber),
    time: times.get(log.blockNumber),
    transaction: log.transactionHash,
  }));
}

const hashOf = (address, chainId, entry, previous) =>
  hexOf(
    keccak256(
      encode(FIELDS, [
        TYPE,
        chainId,
        address,
        entry.tokenId,
        entry.index,
        entry.kind,
        entry.author,
        entry.submitter,
        entry.form,
        entry.weight,
        entry.time,
        entry.requestHash,
        keccakHex(entry.content),
        previous,
      ]),
    ),
  );

/** Proves how many entries there are and what each hashes to, then computes each. Returns what to say; throws why it does not hold. */
export async function checkHistory(address, id, entries) {
  const header = await provenHeader(),
    chainId = BigInt(await rpc('eth_chainId')),
    slot = mappingSlot(HISTORY, id);
  const length = (await provenSlots(header, address, [slot])).slots.get(slot);
  if (length !== BigInt(entries.length)) throw new Error(`The state proves ${length} entries, and the node shows ${entries.length}.`);
  const first = dataSlot(slot),
    places = entries.map((_, i) => first + BigInt(i));
  const { slots } = places.length ? await provenSlots(header, address, places) : { slots: new Map() };
  let previous = NONE;
  entries.forEach((entry, i) => {
    const proven = hexOf(word(slots.get(places[i])));
    if (hashOf(address, chainId, entry, previous) !== proven) throw new Error(`Entry ${i} is not the one whose hash the state proves.`);
    previous = proven;
  });
  return { head: previous, block: Number(header.number), stateRoot: header.stateRoot };
}
