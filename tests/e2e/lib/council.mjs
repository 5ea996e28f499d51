// A network of real nodes with validators of their own, and a proxy in front of a node that lies.
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { HDNodeWallet, Interface } from 'ethers';
import { MNEMONIC, Node, root } from './node.mjs';
import { until } from './wait.mjs';
import { sign } from './wallets.mjs';

export const VALIDATORS = '0x6d696e746d61726b000000000000000000000bf7';
const contract = new Interface(['function propose(address candidate, bool add)']);

const freePort = () => new Promise((resolve) => {
  const server = net.createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => resolve(port)); });
});

/** The i-th validator, whether it is of the set or not. */
export const validator = (i) => HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/1'/0/${i}`);

/** genesis.json with the first `count` validators; more of them have funds, to vote with. */
function genesisOf(count) {
  const genesis = JSON.parse(fs.readFileSync(path.join(root, 'genesis.json'), 'utf8'));
  for (const account of Object.values(genesis.alloc))
    if (account.native?.contract === 'validators') account.native.validators = Array.from({ length: count }, (_, i) => validator(i).address);
  for (let i = 0; i < count + 1; i++) genesis.alloc[validator(i).address] = { balance: '0x21e19e0c9bab2400000' };
  return genesis;
}

export class Council {
  static async start(count) {
    const council = new Council();
    council.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-council-'));
    const genesis = path.join(council.folder, 'genesis.json');
    fs.writeFileSync(genesis, JSON.stringify(genesisOf(count)));
    const ports = [];
    for (let i = 0; i < count; i++) ports.push(await freePort());
    council.nodes = await Promise.all(ports.map((port, i) => {
      const key = path.join(council.folder, `${i}.key`);
      fs.writeFileSync(key, validator(i).privateKey.slice(2), { mode: 0o600 });
      const peers = ports.filter((other) => other !== port).flatMap((other) => ['--peer', `127.0.0.1:${other}`]);
      return Node.start({ args: ['--genesis', genesis, '--validator-key', key, '--listen', `127.0.0.1:${port}`, ...peers] });
    }));
    return council;
  }

  /** A transaction of a wallet, until it is in a block of the first node. */
  async send(wallet, to, data) {
    const [node] = this.nodes;
    const nonce = Number(await node.rpc('eth_getTransactionCount', wallet.address, 'pending'));
    const hash = await node.rpc('eth_sendRawTransaction', sign(wallet, { nonce, to, data, gasLimit: 1_000_000n }).serialized);
    const receipt = await until(() => node.rpc('eth_getTransactionReceipt', hash), { ms: 30_000, what: () => `a receipt, behind ${node.logs}` });
    if (receipt.status !== '0x1') throw new Error('a transaction failed');
    return receipt;
  }

  /** The votes of these validators, by number; the receipt of the last. */
  async vote(voters, candidate, add) {
    let receipt;
    for (const i of voters) receipt = await this.send(validator(i), VALIDATORS, contract.encodeFunctionData('propose', [candidate, add]));
    return receipt;
  }

  /** Until every node has the head of the first. */
  async agree() {
    const head = Number(await this.nodes[0].rpc('eth_blockNumber'));
    const isThere = async (node) => Number(await node.rpc('eth_blockNumber')) >= head;
    await until(async () => (await Promise.all(this.nodes.map(isThere))).every(Boolean), { ms: 30_000, what: () => `block ${head}` });
    return head;
  }

  async close() {
    await Promise.all(this.nodes.map((node) => node.close()));
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** In front of a node: lie(call, answer) may change an answer, or give another one. */
export class Liar {
  static async before(node) {
    const liar = new Liar();
    liar.lie = () => undefined;
    liar.server = http.createServer((request, response) => {
      const pieces = [];
      request.on('data', (piece) => pieces.push(piece));
      request.on('end', async () => {
        const body = JSON.parse(Buffer.concat(pieces));
        const answers = JSON.parse((await node.post(JSON.stringify(body))).text);
        const tell = async (call) => {
          const answer = [answers].flat().find(({ id }) => id === call.id);
          return await liar.lie(call, answer) ?? answer;
        };
        try {
          const told = Array.isArray(body) ? await Promise.all(body.map(tell)) : await tell(body);
          response.setHeader('content-type', 'application/json').end(JSON.stringify(told));
        } catch (error) { response.writeHead(500).end(String(error)); }
      });
    });
    await new Promise((resolve) => { liar.server.listen(0, '127.0.0.1', resolve); });
    liar.url = `http://127.0.0.1:${liar.server.address().port}`;
    return liar;
  }

  close() { this.server.closeAllConnections(); this.server.close(); }
}
