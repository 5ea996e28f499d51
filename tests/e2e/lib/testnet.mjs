// A network of real nodes on this machine, started as a user would: `mintmark testnet`.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { JsonRpcProvider } from 'ethers';
import { binary, Door } from './node.mjs';
import { until } from './wait.mjs';

/** Listens on the port, or gives undefined when somebody else does. */
const claim = (port) => new Promise((resolve) => {
  const server = net.createServer().unref();
  server.once('error', () => resolve(undefined)).listen(port, '127.0.0.1', () => resolve(server));
});

/** Four hundreds of ports below those that Linux takes for connections. The last port of each hundred is held until the network is
 * closed, so that no other suite starts one there while a node is down. A node whose port a stranger has ends, and the network is
 * started elsewhere. */
async function somePorts() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 220) * 100;
    const claims = await Promise.all([99, 199, 299, 399].map((above) => claim(port + above)));
    if (claims.every(Boolean)) return { port, claims };
    for (const server of claims) server?.close();
  }
}

export class Member extends Door {
  constructor(index, port, folder) {
    super();
    const door = (above) => `http://127.0.0.1:${port + above}`;
    Object.assign(this, { index, port, folder, url: door(0), gateway: door(200), api: door(300) });
  }

  get head() { return this.rpc('eth_blockNumber').then(Number); }

  provider() { return new JsonRpcProvider(this.url, 31337, { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1, pollingInterval: 20 }); }

  /** Of the process, which is killed as a power cut would. */
  kill() { this.signal('SIGKILL'); }

  signal(name) { process.kill(this.pid, name); }

  /** Where it says that it is ready, behind the moment from which it answers. */
  get readyFile() { return path.join(this.folder, 'ready.json'); }

  get isReady() { return fs.existsSync(this.readyFile) && fs.readFileSync(this.readyFile, 'utf8').endsWith('\n'); }

  get pid() { return JSON.parse(fs.readFileSync(this.readyFile, 'utf8')).pid; }

  get logs() { return fs.readFileSync(path.join(this.folder, 'log'), 'utf8'); }
}

export class Testnet {
  /** options: nodes, observers, blockTime (seconds), data (a folder to go on with), args, env (the nodes' as well). */
  static async start({ nodes = 4, observers = 0, blockTime = 0, data, args = [], env = {} } = {}) {
    for (let attempt = 0; ; attempt++) {
      const testnet = new Testnet();
      testnet.data = data ?? fs.mkdtempSync(path.join(os.tmpdir(), 'mintmark-testnet-'));
      testnet.ownsData = data === undefined;
      const { port, claims } = await somePorts();
      testnet.claims = claims;
      testnet.nodes = Array.from({ length: nodes + observers }, (_, i) => new Member(i, port + i, path.join(testnet.data, `node-${i + 1}`)));
      for (const node of testnet.nodes) fs.rmSync(node.readyFile, { force: true }); // of processes that are gone
      testnet.output = '';
      testnet.child = spawn(binary, ['testnet', '--data', testnet.data, '--nodes', String(nodes), '--observers', String(observers),
        '--base-port', String(port), '--block-time', String(blockTime), ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
      for (const stream of [testnet.child.stdout, testnet.child.stderr]) stream.on('data', (text) => { testnet.output += text; });
      testnet.exited = new Promise((resolve) => testnet.child.once('exit', (code, signal) => resolve({ code, signal })));
      testnet.exited.then((how) => { testnet.gone = how; });
      await testnet.ready().catch(async (error) => { await testnet.close(); throw error; });
      if (testnet.gone === undefined) return testnet;
      if (attempt === 4) throw new Error(`the network ended: ${JSON.stringify(testnet.gone)}\n${testnet.output}`);
      testnet.release();
    }
  }

  /** Every node is ready and linked with every other, or the network has ended. */
  async ready() {
    const isLinked = async (node) => node.isReady && Number(await node.rpc('net_peerCount').catch(() => 0)) === this.nodes.length - 1;
    await this.until(async () => this.gone !== undefined || (await Promise.all(this.nodes.map(isLinked))).every(Boolean), 30_000);
  }

  until(condition, ms = 20_000) {
    return until(condition, { ms, what: () => `what was waited for, behind ${this.output}` });
  }

  async stop(signal = 'SIGINT') {
    this.child.kill(signal);
    return this.exited;
  }

  async close() {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.stop();
    this.release();
  }

  /** What it has beside its processes. */
  release() {
    for (const server of this.claims) server.close();
    if (this.ownsData) fs.rmSync(this.data, { recursive: true, force: true });
  }
}
