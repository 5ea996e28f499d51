// Dev control as test suites use it, asked through a library's own door for any method. Ends where it began: what it changed is
// taken back by the snapshot with which it starts.
import assert from 'node:assert/strict';
import { COLLECTION } from './node.mjs';

const STRANGER = '0x00000000000000000000000000000000000b0b00';
const COINBASE = '0x00000000000000000000000000000000000c0ffe';
const RANDAO = `0x${'ab'.repeat(32)}`;

/** ask(method, ...params) gives the result as JSON has it. reset: also take the whole chain back to genesis, at the end. */
export async function askToControl(ask, { reset = false } = {}) {
  const latest = () => ask('eth_getBlockByNumber', 'latest', false);
  const before = await latest();
  const snapshot = await ask('evm_snapshot');
  await askForState(ask);
  await askForTime(ask, latest);
  await askForHeaders(ask, latest);
  await askForSenders(ask);
  await askForChainId(ask);
  await askForPool(ask);
  await askAboutTheNode(ask, latest);
  assert.equal(await ask('evm_revert', '0xffff'), false);
  assert.equal(await ask('evm_revert', snapshot), true);
  assert.equal(await ask('evm_revert', snapshot), false);
  assert.deepEqual(await latest(), before);
  assert.equal(await ask('eth_getBalance', STRANGER, 'latest'), '0x0');
  if (!reset) return;
  assert.equal(await ask('hardhat_reset'), true);
  assert.equal(await ask('eth_blockNumber'), '0x0');
}

async function askForState(ask) {
  assert.equal(await ask('hardhat_setBalance', STRANGER, '0x1234'), true);
  assert.equal(await ask('hardhat_setNonce', STRANGER, '0x7'), true);
  assert.equal(await ask('hardhat_setStorageAt', COLLECTION, '0xfffffff', `0x${'5'.padStart(64, '0')}`), true);
  assert.equal(await ask('hardhat_mine', '0x2'), true);
  assert.equal(await ask('eth_getBalance', STRANGER, 'latest'), '0x1234');
  assert.equal(await ask('eth_getTransactionCount', STRANGER, 'latest'), '0x7');
  assert.equal(BigInt(await ask('eth_getStorageAt', COLLECTION, '0xfffffff', 'latest')), 5n);
}

async function askForTime(ask, latest) {
  const start = Number((await latest()).timestamp);
  assert.match(String(await ask('evm_increaseTime', 100)), /^\d+$/);
  await ask('evm_mine');
  assert.ok(Number((await latest()).timestamp) >= start + 100);
  assert.equal(await ask('evm_setNextBlockTimestamp', start + 5000), null);
  assert.equal(await ask('evm_mine'), '0x0');
  assert.equal(Number((await latest()).timestamp), start + 5000);
  assert.ok(Number(await ask('evm_setTime', start + 9000)) > 3000);
  assert.equal(await ask('hardhat_setBlockTimestampInterval', 7), null);
  await ask('evm_mine');
  const first = Number((await latest()).timestamp);
  await ask('evm_mine');
  assert.equal(Number((await latest()).timestamp), first + 7);
  assert.equal(await ask('hardhat_removeBlockTimestampInterval'), true);
  assert.equal(await ask('evm_setIntervalMining', 20), true);
  const number = Number((await latest()).number);
  while (Number((await latest()).number) === number) await new Promise((resolve) => { setTimeout(resolve, 5); });
  assert.equal(await ask('evm_setIntervalMining', 0), true);
  assert.equal(await ask('anvil_setIntervalMining', 0), null);
}

async function askForHeaders(ask, latest) {
  const old = await latest();
  assert.equal(await ask('hardhat_setCoinbase', COINBASE), true);
  assert.equal(await ask('eth_coinbase'), COINBASE);
  assert.equal(await ask('hardhat_setNextBlockBaseFeePerGas', '0x3b9aca07'), true);
  assert.equal(await ask('hardhat_setPrevRandao', RANDAO), true);
  assert.equal(await ask('evm_setBlockGasLimit', '0x1c9c380'), true);
  await ask('evm_mine');
  const block = await latest();
  assert.deepEqual([block.miner, block.baseFeePerGas, block.mixHash, block.gasLimit], [COINBASE, '0x3b9aca07', RANDAO, '0x1c9c380']);
  assert.equal(await ask('evm_setBlockGasLimit', old.gasLimit), true);
  assert.equal(await ask('hardhat_setNextBlockPrevRandao', RANDAO), true);
  await ask('evm_mine');
  assert.equal((await latest()).gasLimit, old.gasLimit);
}

async function askForChainId(ask) {
  const [own, alice, bob] = [await ask('eth_chainId'), ...await ask('eth_accounts')];
  const transfer = { from: alice, to: bob, value: '0x1' };
  assert.equal(await ask('hardhat_setChainId', '0x3039'), null);
  assert.equal(await ask('eth_chainId'), '0x3039');
  assert.equal(await ask('net_version'), '12345');
  await assert.rejects(ask('eth_sendTransaction', { ...transfer, chainId: own }), /chain ?id/i);
  const hash = await ask('eth_sendTransaction', transfer);
  assert.equal((await ask('eth_getTransactionReceipt', hash)).status, '0x1');
  assert.equal((await ask('eth_getTransactionByHash', hash)).chainId, '0x3039');
  assert.equal(await ask('hardhat_setChainId', Number(own)), null);
  assert.equal((await ask('eth_getTransactionReceipt', await ask('eth_sendTransaction', transfer))).status, '0x1');
}

async function askForSenders(ask) {
  const transfer = { from: STRANGER, to: COINBASE, value: '0x1' };
  await ask('hardhat_setBalance', STRANGER, '0xde0b6b3a7640000');
  assert.equal(await ask('hardhat_impersonateAccount', STRANGER), true);
  const receipt = await ask('eth_getTransactionReceipt', await ask('eth_sendTransaction', transfer));
  assert.deepEqual([receipt.from, receipt.status], [STRANGER, '0x1']);
  assert.equal(await ask('hardhat_stopImpersonatingAccount', STRANGER), true);
  await assert.rejects(ask('eth_sendTransaction', transfer), /unknown account/);
  assert.equal(await ask('hardhat_autoImpersonateAccount', true), null);
  assert.equal((await ask('eth_getTransactionReceipt', await ask('eth_sendTransaction', transfer))).status, '0x1');
  assert.equal(await ask('hardhat_autoImpersonateAccount', false), null);
}

async function askForPool(ask) {
  const [from, to] = await ask('eth_accounts');
  assert.equal(await ask('evm_setAutomine', false), true);
  assert.equal(await ask('hardhat_getAutomine'), false);
  const hash = await ask('eth_sendTransaction', { from, to, value: '0x1' });
  assert.equal(await ask('hardhat_dropTransaction', hash), true);
  assert.equal(await ask('hardhat_dropTransaction', hash), false);
  await ask('eth_sendTransaction', { from, to, value: '0x2' });
  assert.equal(await ask('hardhat_dropAllTransactions'), null);
  assert.deepEqual(await ask('txpool_status'), { pending: '0x0', queued: '0x0' });
  assert.equal(await ask('evm_setAutomine', true), true);
}

async function askAboutTheNode(ask, latest) {
  const head = await latest();
  const metadata = await ask('hardhat_metadata');
  assert.deepEqual([metadata.chainId, metadata.latestBlockHash], [31337, head.hash]);
  assert.equal((await ask('hardhat_nodeInfo')).currentBlockHash, head.hash);
}
