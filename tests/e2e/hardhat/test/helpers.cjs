// hardhat-network-helpers, one after the other.
const assert = require('node:assert/strict');
const helpers = require('@nomicfoundation/hardhat-network-helpers');
const hre = require('hardhat');

const { ethers } = hre;
const STRANGER = '0x00000000000000000000000000000000000a11ce';
const COLLECTION = '0x6d696e746d61726b000000000000000000000721';
const send = async (method, ...params) => hre.network.provider.send(method, params);
const latest = () => ethers.provider.getBlock('latest');

// In a network there is no dev control.
(process.env.MINTMARK_MNEMONIC ? describe.skip : describe)('hardhat-network-helpers', () => {
  it('mine and mineUpTo', async () => {
    const start = await helpers.time.latestBlock();
    await helpers.mine();
    await helpers.mine(10, { interval: 60 });
    assert.equal(await helpers.time.latestBlock(), start + 11);
    await helpers.mineUpTo(start + 20);
    assert.equal(await helpers.time.latestBlock(), start + 20);
  });

  it('time: increase, increaseTo, setNextBlockTimestamp', async () => {
    const start = await helpers.time.latest();
    const increased = await helpers.time.increase(3600);
    assert.ok(increased >= start + 3600);
    await helpers.time.increaseTo(increased + 86400);
    assert.equal(await helpers.time.latest(), increased + 86400);
    await helpers.time.setNextBlockTimestamp(increased + 100000);
    await helpers.mine();
    assert.equal((await latest()).timestamp, increased + 100000);
  });

  it('takeSnapshot, and restoring it more than once', async () => {
    const before = await latest();
    const snapshot = await helpers.takeSnapshot();
    for (let i = 1; i <= 3; i++) {
      await helpers.setBalance(STRANGER, i);
      await helpers.mine(i);
      assert.equal(await ethers.provider.getBalance(STRANGER), BigInt(i));
      await snapshot.restore();
      assert.equal((await latest()).hash, before.hash);
      assert.equal(await ethers.provider.getBalance(STRANGER), 0n);
    }
  });

  it('setBalance, setNonce, setStorageAt, getStorageAt', async () => {
    await helpers.setBalance(STRANGER, ethers.parseEther('3'));
    await helpers.setNonce(STRANGER, 12);
    await helpers.setStorageAt(COLLECTION, '0xabcdef', 99);
    assert.equal(await ethers.provider.getBalance(STRANGER), ethers.parseEther('3'));
    assert.equal(await ethers.provider.getTransactionCount(STRANGER), 12);
    assert.equal(BigInt(await helpers.getStorageAt(COLLECTION, '0xabcdef')), 99n);
  });

  it('impersonateAccount and stopImpersonatingAccount', async () => {
    await helpers.setBalance(STRANGER, ethers.parseEther('3'));
    await helpers.impersonateAccount(STRANGER);
    const signer = await ethers.getSigner(STRANGER);
    const [{ address }] = await ethers.getSigners();
    const receipt = await (await signer.sendTransaction({ to: address, value: 5n })).wait();
    assert.equal(receipt.from.toLowerCase(), STRANGER);
    await helpers.stopImpersonatingAccount(STRANGER);
    await assert.rejects(signer.sendTransaction({ to: address, value: 5n }), /unknown account/);
  });

  it('setCoinbase, setNextBlockBaseFeePerGas, setPrevRandao, setBlockGasLimit', async () => {
    await helpers.setCoinbase(STRANGER);
    await helpers.setNextBlockBaseFeePerGas(7_000_000_000);
    await helpers.setPrevRandao(1234);
    await helpers.setBlockGasLimit(40_000_000);
    await helpers.mine();
    const block = await latest();
    assert.equal(block.miner.toLowerCase(), STRANGER);
    assert.equal(block.baseFeePerGas, 7_000_000_000n);
    assert.equal(BigInt((await send('eth_getBlockByNumber', 'latest', false)).mixHash), 1234n);
    assert.equal(block.gasLimit, 40_000_000n);
  });

  it('dropTransaction, with automine off', async () => {
    const [alice, bob] = await ethers.getSigners();
    await send('evm_setAutomine', false);
    assert.equal(await send('hardhat_getAutomine'), false);
    const sent = await alice.sendTransaction({ to: bob.address, value: 1n });
    assert.equal(await helpers.dropTransaction(sent.hash), true);
    await helpers.mine();
    assert.equal((await latest()).transactions.length, 0);
    assert.equal(await ethers.provider.getTransactionReceipt(sent.hash), null);
    await send('evm_setAutomine', true);
  });

  it('intervals, and metadata', async () => {
    const start = await helpers.time.latestBlock();
    await send('evm_setIntervalMining', 10);
    while (await helpers.time.latestBlock() < start + 3) await new Promise((resolve) => { setTimeout(resolve, 5); });
    await send('evm_setIntervalMining', 0);
    const metadata = await send('hardhat_metadata');
    assert.equal(metadata.chainId, 31337);
    assert.equal(metadata.latestBlockNumber, await helpers.time.latestBlock());
    assert.equal((await send('hardhat_nodeInfo')).currentBlockHash, (await latest()).hash);
    await send('hardhat_autoImpersonateAccount', true);
    await send('hardhat_autoImpersonateAccount', false);
    assert.equal(await send('hardhat_dropAllTransactions'), null);
  });

  it('reset: back to genesis', async () => {
    await helpers.reset();
    assert.equal(await helpers.time.latestBlock(), 0);
  });
});
