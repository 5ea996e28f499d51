// The real binary: where it is, what is asked of a node, and one that is started for a test, on free ports and a folder of its own.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './wait.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
export const root = path.resolve(here, '../../..');
/** The binary under test: MINTMARK_BIN, or the release build. */
export const binary = process.env.MINTMARK_BIN ?? path.join(root, 'build/release/mintmark');
/** Published vectors; tests that need them skip where they are absent, and fail in CI. */
export const shared = process.env.MINTMARK_SHARED ?? path.resolve(root, '../shared');

export const COLLECTION = '0x6d696e746d61726b000000000000000000000721';
export const FACTORY = '0x6d696e746d61726b00000000000000000000f721';
export const MNEMONIC = 'test test test test test test test test test test test junk';

export const COLLECTION_ABI = [
  'function mint(address to, string uri) returns (uint256)',
  'function safeMint(address to, string uri, bytes data) returns (uint256)',
  'function transferFrom(address from, address to, uint256 tokenId)',
  'function safeTransferFrom(address from, address to, uint256 tokenId)',
  'function approve(address to, uint256 tokenId)',
  'function setApprovalForAll(address operator, bool approved)',
  'function burn(uint256 tokenId)',
  'function ownerOf(uint256 tokenId) view returns (address)',
  'function balanceOf(address owner) view returns (uint256)',
  'function tokenURI(uint256 tokenId) view returns (string)',
  'function totalSupply() view returns (uint256)',
  'function name() view returns (string)',
  'function symbol() view returns (string)',
  'function owner() view returns (address)',
  'function supportsInterface(bytes4 id) view returns (bool)',
  'function getApproved(uint256 tokenId) view returns (address)',
  'function isApprovedForAll(address owner, address operator) view returns (bool)',
  'function nextTokenId() view returns (uint256)',
  'event Transfer(address indexed from, address indexed to, uint256 indexed tokenId)',
  'event Approval(address indexed owner, address indexed approved, uint256 indexed tokenId)',
  'event ApprovalForAll(address indexed owner, address indexed operator, bool approved)',
  'event MetadataUpdate(uint256 tokenId)',
  'error ERC721NonexistentToken(uint256 tokenId)',
  'error ERC721InsufficientApproval(address operator, uint256 tokenId)',
  'error ERC721IncorrectOwner(address sender, uint256 tokenId, address owner)',
  'error ERC721InvalidReceiver(address receiver)',
  'error OwnableUnauthorizedAccount(address account)',
];

const temporary = () => fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-e2e-'));

export class RpcError extends Error {
  constructor(method, error) {
    super(`${method}: ${JSON.stringify(error)}`);
    this.code = error.code;
    this.rpcMessage = error.message;
    this.data = error.data;
  }
}

/** What is asked of a node, however it was started. */
export class Door {
  get ws() { return this.url.replace('http', 'ws'); }

  async post(body, headers = {}) {
    const response = await fetch(this.url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
    return { status: response.status, text: await response.text(), headers: response.headers };
  }

  /** The whole answer, error or result. */
  async ask(method, ...params) {
    const { text } = await this.post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
    return JSON.parse(text);
  }

  async rpc(method, ...params) {
    const answer = await this.ask(method, ...params);
    if (answer.error) throw new RpcError(method, answer.error);
    return answer.result;
  }

  /** Runs a command of the binary against this node. */
  run(...args) {
    const env = { ...process.env, MINTMARK_RPC: this.url, NO_COLOR: '1' };
    const result = spawnSync(binary, args, { env, encoding: 'utf8', maxBuffer: 1 << 28 });
    return { code: result.status, out: result.stdout, err: result.stderr };
  }

  /** Of a transaction that will be in a block. */
  receipt(hash) {
    return until(() => this.rpc('eth_getTransactionReceipt', hash), { ms: 30_000, what: () => `the receipt of ${hash}, behind ${this.logs}` });
  }
}

export class Node extends Door {
  /** options: data (a folder to keep), args (more of the command line). */
  static async start({ data, args = [], env = {} } = {}) {
    const node = new this();
    node.data = data ?? temporary();
    node.ownsData = data === undefined;
    const ready = path.join(node.data, 'ready.json');
    fs.rmSync(ready, { force: true });
    // Into a file, not a pipe: a test that blocks its own event loop would let a pipe fill up, and the node with it.
    node.log = path.join(node.data, 'node.log');
    const log = fs.openSync(node.log, 'a');
    node.started = performance.now();
    node.child = spawn(binary, ['node', '--data', node.data, '--port', '0', '--gateway-port', '0', '--api-port', '0',
      '--ready-file', ready, ...args], { stdio: ['ignore', log, log], env: { ...process.env, ...env } });
    fs.closeSync(log);
    node.exited = new Promise((resolve) => node.child.once('exit', (code, signal) => resolve({ code, signal })));
    let gone;
    node.exited.then((how) => { gone = how; });
    for (const end = Date.now() + 30000; ;) {
      try {
        const text = fs.readFileSync(ready, 'utf8');
        if (text.endsWith('\n')) { node.ports = JSON.parse(text); break; }
      } catch { /* not yet */ }
      if (gone) throw new Error(`the node ended: ${JSON.stringify(gone)}\n${node.logs}`);
      if (Date.now() > end) throw new Error(`the node is not ready\n${node.logs}`);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    node.url = `http://127.0.0.1:${node.ports.rpc}`;
    node.gateway = `http://127.0.0.1:${node.ports.gateway}`;
    node.api = `http://127.0.0.1:${node.ports.api}`;
    return node;
  }

  get logs() { return fs.readFileSync(this.log, 'utf8'); }

  async stop(signal = 'SIGTERM') {
    this.child.kill(signal);
    const how = await this.exited;
    return how;
  }

  get pid() { return this.child.pid; }

  async close() {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.stop();
    if (this.ownsData) fs.rmSync(this.data, { recursive: true, force: true });
  }
}
