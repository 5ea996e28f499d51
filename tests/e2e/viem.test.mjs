// viem, unmodified: public, wallet and test clients, over HTTP and WebSocket, with its presets of local chains.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BaseError, ContractFunctionRevertedError, createPublicClient, createTestClient, createWalletClient, http, parseAbi,
  parseEther, parseEventLogs, parseGwei, publicActions, recoverMessageAddress, recoverTypedDataAddress, walletActions, webSocket } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { hardhat, localhost } from 'viem/chains';
import { onlyAlone, startChain, viemPolling } from './lib/chain.mjs';
import { askToControl } from './lib/control.mjs';
import { COLLECTION, COLLECTION_ABI, MNEMONIC, Node } from './lib/node.mjs';
import { askAboutTheChain, askToSend, askToSign } from './lib/questions.mjs';
import { Recorder } from './lib/recorder.mjs';
import { until } from './lib/wait.mjs';
import { walletOf } from './lib/wallets.mjs';

const abi = parseAbi(COLLECTION_ABI);
const contract = { address: COLLECTION, abi };
const alice = mnemonicToAccount(MNEMONIC, { addressIndex: 2 });
const bob = mnemonicToAccount(MNEMONIC, { addressIndex: 3 });
let node, recorder, reader, writer, control;
before(async () => {
  node = await startChain();
  recorder = await Recorder.start(node, 'viem');
  const transport = http(recorder.url);
  reader = createPublicClient({ chain: hardhat, transport, pollingInterval: viemPolling });
  writer = createWalletClient({ chain: hardhat, transport, account: alice });
  control = createTestClient({ chain: hardhat, transport, mode: 'hardhat' });
});
after(async () => { await recorder.close('viem').finally(() => node.close()); });

test('mint, read, transfer, logs', async () => {
  const hash = await writer.writeContract({ ...contract, functionName: 'mint', args: [alice.address, 'ipfs://viem'] });
  const receipt = await reader.waitForTransactionReceipt({ hash });
  const [{ args: { tokenId } }] = parseEventLogs({ abi, logs: receipt.logs, eventName: 'Transfer' });
  assert.equal(await reader.readContract({ ...contract, functionName: 'tokenURI', args: [tokenId] }), 'ipfs://viem');
  const { request } = await reader.simulateContract({
    ...contract, functionName: 'transferFrom', args: [alice.address, bob.address, tokenId], account: alice,
  });
  const { blockNumber } = await reader.waitForTransactionReceipt({ hash: await writer.writeContract(request) });
  await node.everywhere(blockNumber);
  for (const here of [reader, createPublicClient({ chain: hardhat, transport: http(node.far.url) })]) {
    assert.equal(await here.readContract({ ...contract, functionName: 'ownerOf', args: [tokenId] }), bob.address);
    const logs = await here.getContractEvents({ ...contract, eventName: 'Transfer', args: { tokenId }, fromBlock: 0n });
    assert.deepEqual(logs.map((log) => log.args.to), [alice.address, bob.address]);
  }
});

test('a revert is decoded as the custom error', async () => {
  await assert.rejects(
    reader.simulateContract({ ...contract, functionName: 'transferFrom', args: [alice.address, bob.address, 424242n], account: alice }),
    (error) => {
      assert.ok(error instanceof BaseError);
      const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
      assert.equal(reverted.data.errorName, 'ERC721NonexistentToken');
      assert.deepEqual(reverted.data.args, [424242n]);
      return true;
    });
});

test('blocks, fees, proofs and counts', async () => {
  const block = await reader.getBlock({ includeTransactions: true });
  assert.equal(block.baseFeePerGas > 0n, true);
  assert.equal((await reader.getFeeHistory({ blockCount: 2, rewardPercentiles: [10, 90] })).reward.length > 0, true);
  const proof = await reader.getProof({ address: COLLECTION, storageKeys: ['0x' + '0'.repeat(63) + '1'] });
  assert.ok(proof.accountProof.length > 0);
  assert.equal(await reader.getTransactionCount({ address: alice.address }), 2);
  assert.notEqual(await reader.getCode({ address: COLLECTION }), undefined);
});

test('plain transfer costs 21000 gas', async () => {
  assert.equal(await reader.estimateGas({ account: alice, to: bob.address, value: 1n }), 21000n);
  const hash = await writer.sendTransaction({ to: bob.address, value: parseEther('0.25') });
  assert.equal((await reader.waitForTransactionReceipt({ hash })).gasUsed, 21000n);
});

test('dev control: balances and mining', onlyAlone('dev control'), async () => {
  const stranger = '0x00000000000000000000000000000000000a11ce';
  await control.setBalance({ address: stranger, value: parseEther('7') });
  assert.equal(await reader.getBalance({ address: stranger }), parseEther('7'));
  const before = await reader.getBlockNumber({ cacheTime: 0 });
  await control.mine({ blocks: 3 });
  assert.equal(await reader.getBlockNumber({ cacheTime: 0 }), before + 3n);
  assert.equal(await reader.getBalance({ address: stranger }), parseEther('7'));
});

const send = async (client, options) => reader.waitForTransactionReceipt({ hash: await client.writeContract({ ...contract, ...options }) });

test('approvals', async () => {
  const bobs = createWalletClient({ chain: hardhat, transport: http(recorder.url), account: bob });
  const receipt = await send(writer, { functionName: 'mint', args: [alice.address, 'ipfs://approved'] });
  const [{ args: { tokenId } }] = parseEventLogs({ abi, logs: receipt.logs, eventName: 'Transfer' });
  const args = [alice.address, bob.address, tokenId];
  await assert.rejects(reader.simulateContract({ ...contract, functionName: 'transferFrom', args, account: bob }),
    (error) => error.walk((cause) => cause instanceof ContractFunctionRevertedError).data.errorName === 'ERC721InsufficientApproval');
  await send(writer, { functionName: 'approve', args: [bob.address, tokenId] });
  await send(bobs, { functionName: 'transferFrom', args });
  await send(bobs, { functionName: 'setApprovalForAll', args: [alice.address, true] });
  await send(writer, { functionName: 'transferFrom', args: [bob.address, alice.address, tokenId] });
  assert.equal(await reader.readContract({ ...contract, functionName: 'ownerOf', args: [tokenId] }), alice.address);
});

test('events, polled for with a filter and told over WebSocket', async () => {
  const socket = createPublicClient({ chain: hardhat, transport: webSocket(recorder.ws) });
  const polled = [];
  const told = [];
  const watch = (client, list) => client.watchContractEvent({ ...contract, eventName: 'Transfer',
    onLogs: (logs) => list.push(...logs.map((log) => log.transactionHash)) });
  const ends = [watch(reader, polled), watch(socket, told)];
  await until(() => recorder.methods.has('eth_newFilter') && recorder.methods.has('eth_subscribe'));
  const sent = [];
  for (let i = 0; i < 5; i++) sent.push((await send(writer, { functionName: 'mint', args: [bob.address, `ipfs://told/${i}`] })).transactionHash);
  await until(() => polled.length >= 5 && told.length >= 5);
  assert.deepEqual(polled, sent);
  assert.deepEqual(told, sent);
  ends.forEach((end) => end());
  await until(() => recorder.methods.has('eth_unsubscribe'));
  await socket.request({ method: 'eth_chainId' }); // behind that answer on its way to the client
  (await socket.transport.getRpcClient()).close();
});

test('the node signs for its own accounts', onlyAlone('unlocked accounts'), async () => {
  const [account] = await writer.getAddresses();
  const own = createWalletClient({ chain: hardhat, transport: http(recorder.url), account });
  const message = 'hello';
  assert.equal(await recoverMessageAddress({ message, signature: await own.signMessage({ message }) }), account);
  const typed = { domain: { name: 'market', chainId: 31337 }, types: { Bid: [{ name: 'token', type: 'uint256' }] }, primaryType: 'Bid',
    message: { token: 5n } };
  assert.equal(await recoverTypedDataAddress({ ...typed, signature: await own.signTypedData(typed) }), account);
  const receipt = await reader.waitForTransactionReceipt({ hash: await own.sendTransaction({ to: bob.address, value: 1n }) });
  assert.deepEqual([receipt.status, receipt.from], ['success', account.toLowerCase()]);
});

for (const mode of ['hardhat', 'anvil']) {
  test(`the test client, as of ${mode}: every action that asks for no bytecode and no fork`, onlyAlone('dev control'), async () => {
    const client = createTestClient({ chain: hardhat, transport: http(recorder.url), mode }).extend(publicActions).extend(walletActions);
    const whale = '0x000000000000000000000000000000000000beef';
    const latest = () => client.getBlock({ blockTag: 'latest' });
    const start = await latest();
    const id = await client.snapshot();
    await client.setBalance({ address: whale, value: parseEther('5') });
    await client.setNonce({ address: whale, nonce: 9 });
    await client.setStorageAt({ address: COLLECTION, index: 0xfffffe, value: `0x${'7'.padStart(64, '0')}` });
    await client.setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('2') });
    await client.setCoinbase({ address: whale });
    await client.increaseTime({ seconds: 420 });
    await client.mine({ blocks: 2, interval: 60 });
    const [first, second] = [await client.getBlock({ blockNumber: start.number + 1n }), await latest()];
    assert.deepEqual([first.baseFeePerGas, first.miner, second.timestamp - first.timestamp], [parseGwei('2'), whale, 60n]);
    assert.ok(first.timestamp >= start.timestamp + 420n);
    assert.equal(await client.getTransactionCount({ address: whale }), 9);
    assert.equal(BigInt(await client.getStorageAt({ address: COLLECTION, slot: '0xfffffe' })), 7n);
    await client.impersonateAccount({ address: whale });
    const receipt = await client.waitForTransactionReceipt({ hash: await client.sendTransaction({ account: whale, to: bob.address, value: 1n }) });
    assert.deepEqual([receipt.status, receipt.from], ['success', whale]);
    await client.stopImpersonatingAccount({ address: whale });
    await assert.rejects(client.sendTransaction({ account: whale, to: bob.address, value: 1n }), /unknown account/);
    await client.setNextBlockTimestamp({ timestamp: second.timestamp + 1000n });
    await client.setAutomine(false);
    const hash = await client.sendTransaction({ account: (await client.getAddresses())[0], to: bob.address, value: 1n });
    assert.equal((await client.getTxpoolStatus()).pending, 1);
    assert.equal(Object.keys((await client.getTxpoolContent()).pending).length, 1);
    assert.equal(Object.keys((await client.inspectTxpool()).pending).length, 1);
    await client.dropTransaction({ hash });
    await client.mine({ blocks: 1 });
    assert.deepEqual([(await latest()).timestamp, (await latest()).transactions.length], [second.timestamp + 1000n, 0]);
    await client.setAutomine(true);
    await client.setBlockGasLimit({ gasLimit: 30_000_000n });
    await client.mine({ blocks: 1 });
    assert.equal((await latest()).gasLimit, 30_000_000n);
    if (mode === 'anvil') {
      assert.equal(await client.getAutomine(), true);
      await client.setBlockTimestampInterval({ interval: 5 });
      await client.mine({ blocks: 1 });
      const { timestamp } = await latest();
      await client.mine({ blocks: 1 });
      assert.equal((await latest()).timestamp, timestamp + 5n);
      await client.removeBlockTimestampInterval();
    }
    await client.setIntervalMining({ interval: 0 });
    await client.revert({ id });
    assert.equal((await latest()).hash, start.hash);
    assert.equal(await client.getBalance({ address: whale }), 0n);
  });
}

test('the preset for chain 1337', onlyAlone('a chain id by option'), async () => {
  const other = await Node.start({ args: ['--chain-id', '1337'] });
  const account = mnemonicToAccount(MNEMONIC);
  const client = createWalletClient({ chain: localhost, transport: http(other.url), account }).extend(publicActions);
  const hash = await client.writeContract({ ...contract, functionName: 'mint', args: [account.address, 'ipfs://1337'] });
  assert.equal((await client.waitForTransactionReceipt({ hash })).status, 'success');
  assert.equal(await client.getChainId(), localhost.id);
  await other.close();
});

test('a local account signs messages and typed data', async () => {
  const message = 'hello';
  assert.equal(await recoverMessageAddress({ message, signature: await writer.signMessage({ message }) }), alice.address);
  const typed = { domain: { name: 'market', chainId: 31337 }, types: { Bid: [{ name: 'token', type: 'uint256' }] }, primaryType: 'Bid',
    message: { token: 5n } };
  const signature = await writer.signTypedData(typed);
  assert.equal(await recoverTypedDataAddress({ ...typed, signature }), alice.address);
  assert.equal(await reader.verifyTypedData({ ...typed, address: alice.address, signature }), true);
});

const ask = (method, ...params) => reader.request({ method, params });

test('everything else, by client.request', async () => {
  const { transactionHash } = await send(writer, { functionName: 'mint', args: [alice.address, 'ipfs://asked'] });
  await askAboutTheChain(ask, transactionHash);
  await askToSend(ask, walletOf(2));
});

test('signing and dev control, by client.request', onlyAlone('dev control'), async () => {
  await askToSign(ask);
  await askToControl(ask);
});
