// The native contracts of a running node, as the twins are: a transaction gives what it returned, its logs and its block.
import { HDNodeWallet, Wallet } from 'ethers';
import { MNEMONIC } from '../lib/node.mjs';

export const people = [0, 1, 2, 3, 4].map((i) => new Wallet(HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${i}`).privateKey));

export class Native {
  constructor(node) {
    this.node = node;
    this.nonces = new Map();
  }

  async send(from, to, data) {
    const nonce = this.nonces.get(from.address) ?? Number(await this.node.rpc('eth_getTransactionCount', from.address, 'latest'));
    this.nonces.set(from.address, nonce + 1);
    const raw = await from.signTransaction({ type: 2, chainId: 31337, nonce, maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 1n, gasLimit: 12_000_000n, to, data });
    const hash = await this.node.rpc('eth_sendRawTransaction', raw);
    const receipt = await this.node.receipt(hash);
    const block = await this.node.rpc('eth_getBlockByNumber', receipt.blockNumber, false);
    const trace = await this.node.rpc('debug_traceTransaction', hash, { tracer: 'callTracer' });
    return { ok: receipt.status === '0x1', ret: trace.output ?? '0x', receipt, at: { number: BigInt(block.number), timestamp: BigInt(block.timestamp) },
      logs: receipt.logs.map(({ address, topics, data: bytes }) => ({ address, topics, data: bytes })) };
  }

  async root(address) { return (await this.node.rpc('eth_getProof', address, [], 'latest')).storageHash; }

  slot(address, slot) { return this.node.rpc('eth_getStorageAt', address, slot, 'latest'); }
}
