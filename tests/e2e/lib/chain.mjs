// What a suite of clients runs against: one development node, or, where MINTMARK_NETWORK says how many, the first of so many
// validators that agree on each block. A suite is written once. In a network nothing is instant and the node has nobody's keys, so
// a suite waits for receipts and signs for itself; what asks for dev control says so (onlyAlone) and is skipped there.
import { Door, Node } from './node.mjs';
import { Testnet } from './testnet.mjs';
import { until } from './wait.mjs';

const size = Number(process.env.MINTMARK_NETWORK ?? 1);
export const isNetwork = size > 1;

/** Options of a test that a network cannot pass, with what it has not. */
export const onlyAlone = (what) => ({ skip: isNetwork && `not in a network: ${what}` });

/** How often viem looks for a new block, in ms. While it reads block N to see whether a transaction was replaced in it, viem forgets the
 * numbers that it is told, and goes on with the next one: where the awaited transaction is in N + 1 and no block follows, it waits for
 * nothing until its time is over. At 50 ms that happens as soon as a busy machine takes as long for the answer; its own
 * default is four seconds. One that is alone has the receipt before viem asks. */
export const viemPolling = isNetwork ? 1000 : 20;

class Alone extends Node {
  nodes = [this];
  /** Where what was done here is read as well. */
  far = this;

  get folder() { return this.data; }

  /** Until every node has the block. */
  async everywhere() { /* it is */ }

  /** From now on transactions wait in the pool, … */
  hold() { return this.rpc('evm_setAutomine', false); }

  /** … and are in a block after this one. */
  async release() {
    await this.rpc('evm_setAutomine', true);
    await this.rpc('evm_mine');
  }
}

/** Node 1 of a network. Its last node is the far one. */
class Networked extends Door {
  static async start({ data, env } = {}) {
    const first = new Networked();
    first.net = await Testnet.start({ nodes: size, data, env });
    first.data = first.net.data;
    first.nodes = first.net.nodes;
    for (const door of ['url', 'gateway', 'api']) first[door] = first.nodes[0][door];
    first.far = first.nodes.at(-1);
    return first;
  }

  get logs() { return this.nodes[0].logs; }

  get pid() { return this.nodes[0].pid; }

  /** Of node 1: its store and its keys. */
  get folder() { return this.nodes[0].folder; }

  everywhere(blockNumber) {
    const isThere = async (node) => await node.head >= Number(blockNumber);
    return until(async () => (await Promise.all(this.nodes.map(isThere))).every(Boolean), { ms: 30_000, what: () => `block ${Number(blockNumber)} at every node` });
  }

  /** As many as a quorum cannot do without stand still; the first and the far one answer. */
  #others() { return this.nodes.slice(1, -1); }

  async hold() {
    this.isHeld = true;
    for (const node of this.#others()) node.signal('SIGSTOP');
  }

  async release() {
    this.isHeld = false;
    for (const node of this.#others()) node.signal('SIGCONT');
  }

  /** SIGKILL is for the nodes; the network's own process waits for the end of each. */
  stop(signal = 'SIGTERM') {
    if (signal === 'SIGKILL') for (const node of this.nodes) node.kill();
    return this.net.stop('SIGTERM');
  }

  async close() {
    if (this.isHeld) await this.release(); // who stands still does not hear of the end
    await this.net.close();
  }
}

/** options: data, a folder to keep; env, more of the nodes' environment; args, more of the command line of one that is alone. */
export const startChain = (options) => (isNetwork ? Networked.start(options) : Alone.start(options));
export const validatorCount = size;
