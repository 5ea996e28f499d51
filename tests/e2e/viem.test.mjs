// viem, unmodified: wallet and public clients over HTTP.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BaseError, ContractFunctionRevertedError, createPublicClient, createTestClient, createWalletClient, http, parseAbi,
  parseEther, parseEventLogs } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';
import { hardhat } from 'viem/chains';
import { COLLECTION, COLLECTION_ABI, MNEMONIC, Node } from './lib/node.mjs';

const abi = parseAbi(COLLECTION_ABI);
const contract = { address: COLLECTION, abi };
const alice = mnemonicToAccount(MNEMONIC, { addressIndex: 2 });
const bob = mnemonicToAccount(MNEMONIC, { addressIndex: 3 });
let node, reader, writer, control;
before(async () => {
  node = await Node.start();
  const transport = http(node.url);
  reader = createPublicClient({ chain: hardhat, transport, pollingInterval: 20 });
  writer = createWalletClient({ chain: hardhat, transport, account: alice });
  control = createTestClient({ chain: hardhat, transport, mode: 'hardhat' });
});
after(() => node.close());

test('mint, read, transfer, logs', async () => {
  const hash = await writer.writeContract({ ...contract, functionName: 'mint', args: [alice.address, 'ipfs://viem'] });
  const receipt = await reader.waitForTransactionReceipt({ hash });
  const [{ args: { tokenId } }] = parseEventLogs({ abi, logs: receipt.logs, eventName: 'Transfer' });
  assert.equal(await reader.readContract({ ...contract, functionName: 'tokenURI', args: [tokenId] }), 'ipfs://viem');
  const { request } = await reader.simulateContract({
    ...contract, functionName: 'transferFrom', args: [alice.address, bob.address, tokenId], account: alice,
  });
  await reader.waitForTransactionReceipt({ hash: await writer.writeContract(request) });
  assert.equal(await reader.readContract({ ...contract, functionName: 'ownerOf', args: [tokenId] }), bob.address);
  const logs = await reader.getContractEvents({ ...contract, eventName: 'Transfer', args: { tokenId }, fromBlock: 0n });
  assert.deepEqual(logs.map((log) => log.args.to), [alice.address, bob.address]);
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

test('dev control: balances and mining', async () => {
  const stranger = '0x00000000000000000000000000000000000a11ce';
  await control.setBalance({ address: stranger, value: parseEther('7') });
  assert.equal(await reader.getBalance({ address: stranger }), parseEther('7'));
  const before = await reader.getBlockNumber({ cacheTime: 0 });
  await control.mine({ blocks: 3 });
  assert.equal(await reader.getBlockNumber({ cacheTime: 0 }), before + 3n);
  assert.equal(await reader.getBalance({ address: stranger }), parseEther('7'));
});
