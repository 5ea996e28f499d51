// A block's name is the hash of its header, all twenty fields of it, in the order in which RLP has them (docs/CONSENSUS.md).
import { bytesOf, hexOf, shortest } from './bytes.js';
import { keccak256 } from './keccak.js';
import { encode } from './rlp.js';

const FIELDS = [
  'parentHash',
  'sha3Uncles',
  'miner',
  'stateRoot',
  'transactionsRoot',
  'receiptsRoot',
  'logsBloom',
  '#difficulty',
  '#number',
  '#gasLimit',
  '#gasUsed',
  '#timestamp',
  'extraData',
  'mixHash',
  'nonce',
  '#baseFeePerGas',
  'withdrawalsRoot',
  '#blobGasUsed',
  '#excessBlobGas',
  'parentBeaconBlockRoot',
];

const fieldOf = (block, name) => (name[0] === '#' ? shortest(BigInt(block[name.slice(1)])) : bytesOf(block[name]));

export const headerHash = (block) => hexOf(keccak256(encode(FIELDS.map((name) => fieldOf(block, name)))));
