// What is settled: answers about blocks that are there, which every node of a network must give alike, now and later. qbft_getCertificate
// is not among them: two nodes may hold different seals for one block.
import assert from 'node:assert/strict';

/** Found by a hash: settled as soon as there is an answer, and it is of a block. */
const BY_HASH = new Set(['eth_getTransactionReceipt', 'eth_getTransactionByHash', 'eth_getBlockByHash', 'eth_getHeaderByHash',
  'eth_getBlockTransactionCountByHash', 'eth_getTransactionByBlockHashAndIndex', 'eth_getRawTransactionByHash', 'debug_getRawTransaction',
  'debug_traceTransaction', 'debug_traceBlockByHash', 'ots_getBlockDetailsByHash', 'ots_getTransactionError', 'ots_getInternalOperations',
  'ots_traceTransaction']);
/** Which parameter says the block; settled when that is a number or a hash. */
const BLOCK_AT = {
  eth_getBlockByNumber: 0, eth_getHeaderByNumber: 0, erigon_getHeaderByNumber: 0, eth_getBlockReceipts: 0,
  eth_getBlockTransactionCountByNumber: 0, eth_getTransactionByBlockNumberAndIndex: 0, debug_getRawHeader: 0, debug_getRawBlock: 0,
  debug_getRawReceipts: 0, debug_traceBlockByNumber: 0, trace_block: 0, ots_getBlockDetails: 0, ots_getBlockTransactions: 0,
  qbft_getValidators: 0, eth_call: 1, eth_getBalance: 1, eth_getCode: 1, eth_getTransactionCount: 1, eth_getAccount: 1, eth_feeHistory: 1,
  eth_getStorageAt: 2, eth_getProof: 2,
};
const isPlace = (block) => /^0x[0-9a-f]+$/i.test(block) || block?.blockHash !== undefined || block?.blockNumber !== undefined;

export function isSettled(method, params, { result }) {
  if (result === undefined || result === null) return false;
  if (BY_HASH.has(method)) return result.blockHash !== null; // else it waits in the pool
  if (method === 'eth_getLogs') return params[0].blockHash !== undefined || isPlace(params[0].toBlock);
  return method in BLOCK_AT && isPlace(params[BLOCK_AT[method]]);
}

/** Settled answers of one node, and whether another has the same. */
export class Settled {
  #answers = new Map();

  note(method, params, answer) {
    if (isSettled(method, params ?? [], answer)) this.#answers.set(JSON.stringify([method, ...params]), answer.result);
  }

  get count() { return this.#answers.size; }

  /** What is different at the other node, in words. */
  async differences(node) {
    const found = [];
    for (const [question, result] of this.#answers) {
      const answer = await node.ask(...JSON.parse(question));
      try { assert.deepEqual(answer.result, result); } catch (error) { found.push(`elsewhere ${question}: ${JSON.stringify(answer.error) ?? error.message}`); }
    }
    return found;
  }
}
