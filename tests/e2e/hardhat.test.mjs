// Hardhat 2, unmodified, with a node for its external network: its own runner and hardhat-network-helpers (hardhat/test), which ask
// who the node is and take only their own: its client version says so. In a network, what needs no dev control.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isNetwork, startChain } from './lib/chain.mjs';
import { MNEMONIC } from './lib/node.mjs';
import { Recorder } from './lib/recorder.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
let node, recorder;
before(async () => {
  node = await startChain({ env: { MINTMARK_CLIENT_VERSION: 'HardhatNetwork/2.29.1/mintmark' } });
  recorder = await Recorder.start(node, 'hardhat');
});
after(async () => { await recorder.close('hardhat').finally(() => node.close()); });

test('hardhat test --network localhost', async () => {
  const child = spawn(process.execPath, [path.join(here, 'node_modules/hardhat/internal/cli/bootstrap.js'), 'test', '--no-compile', '--network', 'localhost'], {
    cwd: path.join(here, 'hardhat'),
    env: { ...process.env, ...(isNetwork && { MINTMARK_MNEMONIC: MNEMONIC }), MINTMARK_RPC: recorder.url, HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true', CI: 'true', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { out += text; });
  const code = await new Promise((resolve) => { child.once('exit', resolve); });
  assert.equal(code, 0, out);
  const passing = Number(/\b(\d+) passing/.exec(out)?.[1]);
  assert.ok(passing >= (isNetwork ? 3 : 10), out);
  if (!isNetwork) assert.doesNotMatch(out, /pending/, out);
});
