// What no library has a name for, asked through a library's own door for any method (`send`, `request`, `cast rpc`): reading the
// chain, sending, and signing with the node's accounts. What changes the node from outside is in control.mjs.
import assert from 'node:assert/strict';
import { id, keccak256, Transaction, verifyMessage, verifyTypedData } from 'ethers';
import { AINFT_FACTORY, ainft, ainftFactory, params } from './ainft.mjs';
import { isNetwork, validatorCount } from './chain.mjs';
import { COLLECTION } from './node.mjs';
import { sign, walletOf } from './wallets.mjs';

const NO_CODE = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470';

/** ask(method, ...params) gives the result as JSON has it; `hash` is of a transaction that minted, alone in the newest block. */
export async function askAboutTheChain(ask, hash) {
  const receipt = await ask('eth_getTransactionReceipt', hash);
  const { blockNumber: number, blockHash, from } = receipt;
  assert.equal(receipt.status, '0x1');
  const transaction = await ask('eth_getTransactionByHash', hash);
  const block = await ask('eth_getBlockByNumber', number, false);
  const { transactions, size, uncles, withdrawals, ...header } = block;
  assert.deepEqual(transactions, [hash]);

  // node
  const accounts = await ask('eth_accounts');
  assert.equal(accounts.length, isNetwork ? 0 : 10);
  assert.deepEqual(await ask('eth_requestAccounts'), accounts);
  if (!isNetwork) assert.deepEqual(await ask('personal_listAccounts'), accounts);
  assert.equal(await ask('web3_sha3', '0x'), NO_CODE);
  assert.equal(await ask('net_version'), '31337');
  assert.equal(await ask('net_listening'), true);
  assert.equal(Number(await ask('net_peerCount')), validatorCount - 1);
  assert.equal((await ask('rpc_modules')).eth, '1.0');
  assert.equal(await ask('eth_syncing'), false);
  const validators = await ask('qbft_getValidators', number);
  assert.equal(validators.length, validatorCount);
  for (const one of [block.miner, await ask('eth_coinbase')]) assert.ok(validators.includes(one));
  assert.match(await ask('eth_protocolVersion'), /^0x[1-9a-f][0-9a-f]*$/);
  assert.equal(await ask('eth_mining'), false);
  assert.equal(await ask('eth_hashrate'), '0x0');
  assert.equal((await ask('eth_config')).current.chainId, '0x7a69');
  assert.deepEqual((await ask('eth_capabilities')).head, { number, hash: blockHash });
  assert.equal((await ask('admin_nodeInfo')).protocols.eth.head, blockHash);
  assert.equal((await ask('admin_peers')).length, validatorCount - 1);
  const certificate = await ask('qbft_getCertificate', number);
  const sealers = certificate.seals.map((seal) => seal.validator);
  assert.equal(certificate.blockHash, blockHash);
  assert.ok(sealers.length >= Math.ceil(2 * validatorCount / 3) && sealers.every((one) => validators.includes(one)));
  assert.equal(Number((await ask('qbft_status')).validators), validatorCount);
  assert.deepEqual(await ask('qbft_getEvidence'), []);
  assert.equal((await ask('mintmark_nodeInfo')).blockHash, blockHash);

  // blocks
  assert.deepEqual(await ask('eth_getHeaderByNumber', number), header);
  assert.deepEqual(await ask('eth_getHeaderByHash', blockHash), header);
  assert.deepEqual(await ask('erigon_getHeaderByNumber', number), header);
  assert.deepEqual(await ask('eth_getBlockByHash', blockHash, true), { ...block, transactions: [transaction] });
  assert.deepEqual(await ask('eth_getBlockReceipts', number), [receipt]);
  assert.equal(await ask('eth_getBlockTransactionCountByNumber', number), '0x1');
  assert.equal(await ask('eth_getBlockTransactionCountByHash', blockHash), '0x1');
  assert.equal(await ask('eth_getUncleCountByBlockNumber', number), '0x0');
  assert.equal(await ask('eth_getUncleCountByBlockHash', blockHash), '0x0');
  assert.equal(await ask('eth_getUncleByBlockNumberAndIndex', number, '0x0'), null);
  assert.equal(await ask('eth_getUncleByBlockHashAndIndex', blockHash, '0x0'), null);
  assert.equal(keccak256(await ask('debug_getRawHeader', number)), blockHash);
  const raw = await ask('debug_getRawTransaction', hash);
  assert.equal(Transaction.from(raw).hash, hash);
  assert.equal(await ask('eth_getRawTransactionByHash', hash), raw);
  assert.ok((await ask('debug_getRawBlock', number)).includes(raw.slice(2)));
  assert.equal((await ask('debug_getRawReceipts', number)).length, 1);

  // transactions
  assert.deepEqual(await ask('eth_getTransactionByBlockHashAndIndex', blockHash, '0x0'), transaction);
  assert.deepEqual(await ask('eth_getTransactionByBlockNumberAndIndex', number, '0x0'), transaction);
  assert.deepEqual(await ask('eth_getTransactionBySenderAndNonce', from, transaction.nonce), transaction);
  const trace = await ask('debug_traceTransaction', hash, { tracer: 'callTracer' });
  assert.deepEqual([trace.from, trace.to, trace.gasUsed, trace.input], [from, COLLECTION, receipt.gasUsed, transaction.input]);
  for (const by of [['debug_traceBlockByNumber', number], ['debug_traceBlockByHash', blockHash]])
    assert.deepEqual(await ask(...by, { tracer: 'callTracer' }), [{ txHash: hash, result: trace }]);
  assert.equal((await ask('trace_block', number))[0].transactionHash, hash);

  // state
  const proof = await ask('eth_getProof', from, [], 'latest');
  assert.deepEqual(await ask('eth_getAccount', from, 'latest'),
    { balance: proof.balance, nonce: proof.nonce, codeHash: NO_CODE, storageRoot: proof.storageHash });
  assert.equal(await ask('eth_getBalance', from, 'latest'), proof.balance);
  assert.equal(await ask('eth_getTransactionCount', from, 'latest'), proof.nonce);
  const slots = await ask('eth_getStorageValues', { [COLLECTION]: ['0x0', '0x1'] }, 'latest');
  assert.deepEqual(slots[COLLECTION], [await ask('eth_getStorageAt', COLLECTION, '0x0', 'latest'), await ask('eth_getStorageAt', COLLECTION, '0x1', 'latest')]);
  const call = { from, to: COLLECTION, data: transaction.input };
  const list = await ask('eth_createAccessList', call, 'latest');
  assert.ok(list.accessList.find(({ address }) => address === COLLECTION).storageKeys.length > 0);
  assert.match(await ask('eth_estimateGas', call), /^0x[1-9a-f]/);

  // fees
  const history = await ask('eth_feeHistory', '0x1', number, [50]);
  assert.deepEqual([history.oldestBlock, history.baseFeePerGas.length, history.reward.length], [number, 2, 1]);
  assert.equal(await ask('eth_baseFee'), history.baseFeePerGas[1]);
  assert.equal(BigInt(await ask('eth_gasPrice')), BigInt(history.baseFeePerGas[1]) + BigInt(await ask('eth_maxPriorityFeePerGas')));
  assert.equal(await ask('eth_blobBaseFee'), '0x1');

  // filters
  const filters = [];
  for (const [make, ...params] of [['eth_newFilter', { fromBlock: number, address: COLLECTION }], ['eth_newBlockFilter'], ['eth_newPendingTransactionFilter']])
    filters.push(await ask(make, ...params));
  assert.equal(new Set(filters).size, 3);
  assert.deepEqual(await ask('eth_getFilterLogs', filters[0]), receipt.logs);
  assert.deepEqual(await ask('eth_getLogs', { blockHash, address: COLLECTION }), receipt.logs);
  for (const filter of filters) {
    assert.deepEqual(await ask('eth_getFilterChanges', filter), []);
    assert.equal(await ask('eth_uninstallFilter', filter), true);
    assert.equal(await ask('eth_uninstallFilter', filter), false);
  }

  // explorers
  assert.ok(await ask('ots_getApiLevel') >= 8);
  assert.equal(await ask('ots_hasCode', COLLECTION, 'latest'), true);
  assert.equal((await ask('ots_getBlockDetails', number)).block.hash, blockHash);
  assert.equal((await ask('ots_getBlockDetailsByHash', blockHash)).block.number, number);
  assert.equal((await ask('ots_getBlockTransactions', number, 0, 10)).fullblock.transactions[0].hash, hash);
  assert.equal(await ask('ots_getTransactionBySenderAndNonce', from, Number(transaction.nonce)), hash);
  assert.equal((await ask('ots_searchTransactionsBefore', from, 0, 10)).txs[0].hash, hash);
  assert.ok((await ask('ots_searchTransactionsAfter', from, Number(number) - 1, 10)).txs.some((one) => one.hash === hash));
  assert.equal(await ask('ots_getContractCreator', COLLECTION), null);
  assert.equal(await ask('ots_getTransactionError', hash), '0x');
  assert.deepEqual(await ask('ots_getInternalOperations', hash), []);
  assert.equal((await ask('ots_traceTransaction', hash))[0].input, transaction.input);
}

const TYPED = {
  types: {
    EIP712Domain: [{ name: 'name', type: 'string' }, { name: 'chainId', type: 'uint256' }],
    Listing: [{ name: 'token', type: 'uint256' }, { name: 'price', type: 'uint256' }],
  },
  primaryType: 'Listing',
  domain: { name: 'market', chainId: 31337 },
  message: { token: '7', price: '1000000000000000000' },
};

/** Signed by a wallet: a transaction behind a nonce gap, and the one that fills it. */
export async function askToSend(ask, wallet) {
  const from = wallet.address.toLowerCase();
  const to = walletOf(9).address;
  const nonce = Number(await ask('eth_getTransactionCount', from, 'latest'));
  const { tx } = await ask('eth_fillTransaction', { from, to, value: '0x1' });
  assert.deepEqual([Number(tx.nonce), tx.gas], [nonce, '0x5208']);
  const { maxFeePerGas, maxPriorityFeePerGas } = tx;
  const [first, second, third] = [0, 1, 2].map((after) => sign(wallet, { nonce: nonce + after, to, value: 1n, gasLimit: tx.gas,
    maxFeePerGas, maxPriorityFeePerGas }));

  const waiting = await ask('eth_sendRawTransaction', second.serialized);
  assert.equal(waiting, second.hash);
  assert.deepEqual(await ask('txpool_status'), { pending: '0x0', queued: '0x1' });
  const queued = (pool) => Object.values(Object.values(pool.queued)[0])[0];
  assert.equal(queued(await ask('txpool_content')).hash, waiting);
  assert.equal(Object.values((await ask('txpool_contentFrom', from)).queued)[0].hash, waiting);
  assert.match(queued(await ask('txpool_inspect')), /1 wei/);
  assert.equal((await ask('eth_getTransactionByHash', waiting)).blockHash, null);
  assert.deepEqual((await ask('eth_pendingTransactions')).map((one) => one.hash), [waiting]);
  for (const { serialized } of [first, third]) assert.equal((await ask('eth_sendRawTransactionSync', serialized)).status, '0x1');
  assert.equal((await ask('eth_getTransactionReceipt', waiting)).status, '0x1'); // behind it came the third
  assert.equal(Number(await ask('eth_getTransactionCount', from, 'latest')), nonce + 3);
  await askAboutAToken(ask, (more) => sign(wallet, { gasLimit: 5_000_000n, maxFeePerGas, maxPriorityFeePerGas, ...more }), from, nonce + 3);
}

/** A token of an AINFT collection: what the node composes of it, and its proof. */
async function askAboutAToken(ask, signed, from, nonce) {
  const create = signed({ nonce, to: AINFT_FACTORY, data: ainftFactory.encodeFunctionData('createCollection', [params(from)]) });
  const made = await ask('eth_sendRawTransactionSync', create.serialized);
  const collection = `0x${made.logs.at(-1).topics[1].slice(26)}`;
  const mint = signed({ nonce: nonce + 1, to: collection, data: ainft.encodeFunctionData('mint', [from, 'ipfs://x', 'ipfs://spec', `0x${'11'.repeat(32)}`]) });
  assert.equal((await ask('eth_sendRawTransactionSync', mint.serialized)).status, '0x1');
  const metadata = await ask('ainft_metadata', collection, '0x1', 'latest');
  assert.deepEqual([metadata.owner, metadata.tokenURI, metadata.specification.uri], [from, 'ipfs://x', 'ipfs://spec']);
  const proof = await ask('ainft_getProof', collection, '0x1', { rules: ['mint'] }, 'latest');
  assert.equal(proof.storageProof[proof.names.indexOf('owner')].value, from.replace(/^0x0*/, '0x'));
  const calls = [['defineHistoryKind', 'visit', 1, 64, 1], ['setRule', 'history:visit', 'true'], ['appendHistory', 1n, id('visit'), 0, 1, '0x01']];
  for (const [i, [name, ...args]] of calls.entries()) {
    const call = signed({ nonce: nonce + 2 + i, to: collection, data: ainft.encodeFunctionData(name, args) });
    assert.equal((await ask('eth_sendRawTransactionSync', call.serialized)).status, '0x1');
  }
  const { valid, checks } = await ask('ainft_verifyHistory', collection, '0x1', 0);
  assert.deepEqual([valid, checks[0].ok, checks[1].ok], [false, true, null]); // an entry, and no conversation
}

/** With the node's accounts: transactions and messages. */
export async function askToSign(ask) {
  const [from, to] = await ask('eth_accounts');
  const { tx: { gasPrice: _price, ...tx } } = await ask('eth_fillTransaction', { from, to, value: '0x1' }); // shown beside the fees, refused beside them
  const signed = Transaction.from((await ask('eth_signTransaction', { ...tx, from })).raw);
  assert.deepEqual([signed.from.toLowerCase(), signed.nonce], [from, Number(tx.nonce)]);
  assert.equal(await ask('eth_sendTransaction', { from, to, value: '0x1' }), signed.hash);
  assert.equal((await ask('eth_getTransactionReceipt', signed.hash)).status, '0x1');

  for (const [method, ...params] of [['eth_sign', from, '0x6869'], ['personal_sign', '0x6869', from], ['personal_sign', 'hi', from, 'ignored']])
    assert.equal(verifyMessage('hi', await ask(method, ...params)).toLowerCase(), from);
  const { EIP712Domain: _, ...types } = TYPED.types;
  for (const [method, typed] of [['eth_signTypedData_v4', JSON.stringify(TYPED)], ['eth_signTypedData', TYPED]])
    assert.equal(verifyTypedData(TYPED.domain, types, TYPED.message, await ask(method, from, typed)).toLowerCase(), from);
}
