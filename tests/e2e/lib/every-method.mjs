// Every method of the node, asked in many shapes about the rich chain. Reading comes first; what moves clock, blocks, pool and state
// comes behind it, in an order that works. A question is [method, ...parameters].
import { COLLECTION, FACTORY } from './node.mjs';
import { AINFT_COLLECTION } from './rich-chain.mjs';
import { calldata } from './wallets.mjs';

const ABSENT = `0x${'00'.repeat(28)}deadbeef`;
const STRANGER = '0xc1cadaffffffffffffffffffffffffffffffffff';
const SLOT = `0x${'00'.repeat(32)}`;
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
const NUMBERS = ['latest', 'safe', 'finalized', 'earliest', '0x0', '0x1', '0x2', '0x99'];
const TAGS = [...NUMBERS, 'pending'];
const CALL_TRACER = { tracer: 'callTracer' };
const TYPED = {
  types: { EIP712Domain: [{ name: 'name', type: 'string' }], Mail: [{ name: 'to', type: 'address' }, { name: 'ids', type: 'uint256[]' }] },
  primaryType: 'Mail', domain: { name: 'x' }, message: { to: STRANGER, ids: [1, 2] },
};

/** Names of those whose line in the node's own list is like `which`. */
export const listMethods = (node, which = /./) => node.run('help', '--methods').out.split('\n').filter((line) => which.test(line))
  .map((line) => line.split(' ')[0]).filter((name) => /^[a-z0-9]+_\w+$/.test(name));

/** Each value as the only parameter, or before the rest. */
const over = (method, values, ...rest) => values.map((value) => [method, value, ...rest]);

function aboutNode({ alice }) {
  return ['web3_clientVersion', 'net_version', 'net_listening', 'net_peerCount', 'rpc_modules', 'eth_chainId', 'eth_syncing', 'eth_accounts',
    'eth_requestAccounts', 'personal_listAccounts', 'eth_coinbase', 'eth_protocolVersion', 'eth_mining', 'eth_hashrate', 'eth_config',
    'eth_capabilities', 'admin_nodeInfo', 'admin_peers', 'qbft_getValidators', 'qbft_status', 'qbft_getEvidence', 'mintmark_nodeInfo', 'eth_blockNumber', 'eth_gasPrice',
    'eth_maxPriorityFeePerGas', 'eth_baseFee', 'eth_blobBaseFee', 'txpool_status', 'txpool_content', 'txpool_inspect',
    'eth_pendingTransactions', 'ots_getApiLevel', 'hardhat_getAutomine', 'anvil_getAutomine', 'hardhat_metadata', 'anvil_metadata',
    'hardhat_nodeInfo', 'anvil_nodeInfo'].map((method) => [method])
    .concat([['web3_sha3', '0x'], ['web3_sha3', '0x68656c6c6f']], over('txpool_contentFrom', [alice, STRANGER]));
}

function aboutBlocks({ blockHashes }) {
  const hashes = [...blockHashes, ABSENT];
  const references = [...TAGS, { blockNumber: '0x1' }, { blockHash: blockHashes[1], requireCanonical: true }, { blockHash: ABSENT }];
  const questions = [];
  for (const hydrated of [[], [false], [true]])
    questions.push(...over('eth_getBlockByNumber', TAGS, ...hydrated), ...over('eth_getBlockByHash', hashes, ...hydrated));
  for (const method of ['eth_getHeaderByNumber', 'eth_getBlockTransactionCountByNumber', 'eth_getUncleCountByBlockNumber',
    'erigon_getHeaderByNumber']) questions.push(...over(method, TAGS));
  for (const method of ['eth_getHeaderByHash', 'eth_getBlockTransactionCountByHash', 'eth_getUncleCountByBlockHash',
    'ots_getBlockDetailsByHash']) questions.push(...over(method, hashes));
  for (const method of ['eth_getBlockReceipts', 'debug_getRawHeader', 'debug_getRawBlock', 'debug_getRawReceipts', 'trace_block',
    'qbft_getValidators', 'qbft_getCertificate'])
    questions.push(...over(method, references));
  questions.push(['eth_getBlockReceipts', blockHashes[1]]);
  for (const options of [[], [CALL_TRACER], [{ tracer: 'prestateTracer' }], [{ disableStack: true }]]) {
    questions.push(...over('debug_traceBlockByNumber', NUMBERS, ...options), ...over('debug_traceBlockByHash', hashes, ...options));
  }
  for (const index of ['0x0', '0x3', '0x63']) {
    questions.push(...over('eth_getTransactionByBlockNumberAndIndex', TAGS, index), ...over('eth_getTransactionByBlockHashAndIndex', hashes, index));
    questions.push(...over('eth_getUncleByBlockNumberAndIndex', TAGS, index), ...over('eth_getUncleByBlockHashAndIndex', hashes, index));
  }
  questions.push(...over('ots_getBlockDetails', [0, 1, 2, 'latest', '0x1', 99]));
  for (const page of [0, 1, 9]) questions.push(...over('ots_getBlockTransactions', [0, 1, 99], page, 2));
  return questions;
}

function aboutTransactions({ hashes, alice }) {
  const all = [...Object.values(hashes), ABSENT];
  const questions = ['eth_getTransactionByHash', 'eth_getTransactionReceipt', 'eth_getRawTransactionByHash', 'debug_getRawTransaction',
    'debug_traceTransaction', 'ots_getTransactionError', 'ots_getInternalOperations', 'ots_traceTransaction'].flatMap((method) => over(method, all));
  questions.push(...over('debug_traceTransaction', all, CALL_TRACER), ...over('debug_traceTransaction', all, { tracer: 'nobodys' }));
  for (const nonce of ['0x0', '0x1', '0x8', '0x99']) questions.push(['eth_getTransactionBySenderAndNonce', alice, nonce]);
  for (const nonce of [0, 1, 99]) questions.push(['ots_getTransactionBySenderAndNonce', alice, nonce]);
  for (const method of ['ots_searchTransactionsBefore', 'ots_searchTransactionsAfter'])
    for (const block of [0, 1, 5, 99]) questions.push(...over(method, [alice, COLLECTION, STRANGER], block, 3));
  return questions;
}

function aboutState({ alice, bob, blockHashes }) {
  const at = [[], ...TAGS.map((tag) => [tag]), [{ blockNumber: '0x1' }], [{ blockHash: blockHashes[1] }], [{ blockHash: ABSENT }],
    [{ blockHash: blockHashes[0], requireCanonical: true }]];
  const questions = [];
  for (const who of [alice, COLLECTION, FACTORY, AINFT_COLLECTION, STRANGER]) {
    for (const where of at) {
      for (const method of ['eth_getBalance', 'eth_getCode', 'eth_getTransactionCount', 'eth_getAccount']) questions.push([method, who, ...where]);
      questions.push(...['0x0', SLOT, '0x99'].map((slot) => ['eth_getStorageAt', who, slot, ...where]));
      questions.push(['eth_getStorageValues', { [who]: [SLOT, `0x${'ff'.repeat(32)}`], [bob]: [SLOT] }, ...where]);
      questions.push(...[[], ['0x0'], [SLOT, '0x1', `0x${'ab'.repeat(32)}`]].map((slots) => ['eth_getProof', who, slots, ...where]));
    }
    for (const what of [{}, { traits: ['level'], kinds: ['chat'], rules: ['mint'], history: [0] }, { nothing: [] }])
      questions.push(['ainft_getProof', who, '0x1', what], ['ainft_getProof', who, '0x1', what, '0x1']);
    questions.push(['ainft_verifyHistory', who, '0x1', 0], ['ainft_verifyHistory', who, '0x1', '0x1', '{}']);
    questions.push(['ainft_metadata', who, '0x1'], ['ainft_metadata', who, '0x1', 'latest']);
    questions.push(...[[], [0], [1], ['latest'], [99]].map((block) => ['ots_hasCode', who, ...block]));
    questions.push(['ots_getContractCreator', who]);
  }
  return questions;
}

function aboutCalls({ alice, bob }) {
  const to = COLLECTION;
  const view = (name, ...args) => ({ to, data: calldata(name, ...args) });
  const mint = { from: alice, to, input: calldata('mint', bob, 'ipfs://x') };
  const calls = [view('name'), view('ownerOf', 1n), view('ownerOf', 999n), view('tokenURI', 1n), view('supportsInterface', '0x80ac58cd'), mint,
    { ...mint, from: bob }, { ...mint, gas: '0x5300' }, { ...mint, gasPrice: '0x77359400' }, { to, data: '0x12345678' },
    { ...mint, type: '0x1', accessList: [{ address: to, storageKeys: [SLOT] }] }, { from: alice, to: bob, value: '0x1' },
    { from: STRANGER, to: bob, value: '0x1' }, { ...mint, maxFeePerGas: '0x77359400', maxPriorityFeePerGas: '0x1' },
    { from: alice, data: '0x60' }];
  const overrides = [[], [{ [alice]: { balance: '0x1', nonce: '0x5' }, [to]: { stateDiff: { [SLOT]: `0x${'00'.repeat(31)}07` } } }],
    [{ [to]: { state: {} } }], [{ [to]: { code: '0x60' } }]];
  const questions = [];
  for (const call of calls) {
    for (const block of ['latest', 'pending', '0x1', '0x99', { blockNumber: '0x5' }]) {
      for (const over of overrides) {
        for (const method of ['eth_call', 'eth_estimateGas', 'eth_createAccessList']) questions.push([method, call, block, ...over]);
      }
    }
    questions.push(['eth_call', call], ['eth_estimateGas', call], ['eth_createAccessList', call], ['eth_fillTransaction', call]);
    questions.push(['eth_call', call, 'latest', {}, { number: '0x64', time: '0x7fffffff', gasLimit: '0x1c9c380', baseFeePerGas: '0x1' }]);
  }
  return questions;
}

function aboutFeesAndLogs({ blockHashes, alice }) {
  const topic = `0x${alice.slice(2).toLowerCase().padStart(64, '0')}`;
  const filters = [{}, { fromBlock: 'earliest' }, { fromBlock: '0x1', toBlock: 'latest', address: COLLECTION }, { blockHash: blockHashes[1] },
    { fromBlock: '0x0', address: [COLLECTION, FACTORY], topics: [TRANSFER] }, { fromBlock: '0x0', topics: [[TRANSFER, SLOT], null, topic] },
    { fromBlock: '0x0', address: STRANGER }, { fromBlock: '0x5', toBlock: '0x1' }, { toBlock: '0x99' }, { blockHash: ABSENT },
    { fromBlock: 'pending', toBlock: 'pending' }, { fromBlock: 'earliest', topics: [] }];
  const questions = filters.map((filter) => ['eth_getLogs', filter]);
  for (const blocks of ['0x1', '0x5', 4, '0x400', '0x0'])
    for (const newest of ['latest', 'pending', '0x0', '0x3', '0x99'])
      questions.push(...[[], [[]], [[0, 25, 99.5, 100]], [[50, 1]]].map((percentiles) => ['eth_feeHistory', blocks, newest, ...percentiles]));
  return questions;
}

function signing({ alice, bob }) {
  const transaction = { from: alice, to: bob, value: '0x1', nonce: '0x20' };
  return [['eth_sign', alice, '0x68656c6c6f'], ['personal_sign', '0x68656c6c6f', alice], ['personal_sign', 'plain text', alice, 'password'],
    ['eth_sign', STRANGER, '0x00'], ['eth_signTypedData_v4', alice, TYPED], ['eth_signTypedData', alice, JSON.stringify(TYPED)],
    ['eth_signTypedData_v4', alice, { types: {} }], ...[{}, { gasPrice: '0x77359400', gas: '0x5208' }, { maxFeePerGas: '0x77359400' },
      { type: '0x1', accessList: [] }, { type: '0x3' }, { from: STRANGER }, { to: null, data: '0x60' }]
      .flatMap((fields) => [['eth_signTransaction', { ...transaction, ...fields }], ['eth_fillTransaction', { ...transaction, ...fields }]])];
}

/** What only reads. */
export const readingQuestions = (chain) => [aboutNode, aboutBlocks, aboutTransactions, aboutState, aboutCalls, aboutFeesAndLogs, signing]
  .flatMap((group) => group(chain));

/** What a row with two names is asked by. */
const twins = (method, ...params) => [[method, ...params], [method.replace('hardhat_', 'anvil_'), ...params]];

/** Filters, sending and control, in turn: ask(method, ...params) gives the whole answer. */
export async function changeEverything(ask, { sender, alice, bob, hashes }) {
  const result = async (...question) => (await ask(...question)).result;
  const filters = [];
  for (const make of [['eth_newFilter', { address: COLLECTION }], ['eth_newFilter', {}], ['eth_newBlockFilter'], ['eth_newPendingTransactionFilter'],
    ['eth_newPendingTransactionFilter', true], ['eth_newFilter', { fromBlock: '0x5', toBlock: '0x1' }]]) filters.push(await result(...make));
  const poll = async () => {
    for (const filter of [...filters, '0x1']) {
      await ask('eth_getFilterChanges', filter);
      await ask('eth_getFilterLogs', filter);
    }
  };
  await poll();
  await ask('evm_mine');
  const data = calldata('mint', bob, 'ipfs://y');
  await ask('eth_sendTransaction', { from: alice, to: COLLECTION, data });
  await ask('eth_sendTransaction', { from: STRANGER, to: bob });
  await poll();
  await ask('evm_setAutomine', true);
  const next = async () => Number(await result('eth_getTransactionCount', alice, 'pending'));
  const sign = async (fields) => sender.sign(0, 2, { to: bob, value: 1n, nonce: await next(), ...fields }).serialized;
  const raw = await sign();
  for (const bytes of [raw, raw, '0x1234']) await ask('eth_sendRawTransaction', bytes);
  // One that is mined, however long several validators take for it on a busy machine, and one that waits for those before it.
  await ask('eth_sendRawTransactionSync', await sign({}), 20000);
  await ask('eth_sendRawTransactionSync', await sign({ nonce: await next() + 9 }), 50);
  await ask('eth_sendRawTransactionSync', '0x');
  await poll();
  for (const filter of [...filters, filters[0], '0x1']) await ask('eth_uninstallFilter', filter);

  const id = await result('evm_snapshot');
  const control = [
    ...twins('hardhat_setBalance', STRANGER, '0xde0b6b3a7640000'), ...twins('hardhat_setNonce', STRANGER, '0x7'),
    ...twins('hardhat_setStorageAt', COLLECTION, '0xfffffff', `0x${'05'.padStart(64, '0')}`), ...twins('hardhat_setCoinbase', bob),
    ...twins('hardhat_setChainId', '0x539'), ['eth_sendTransaction', { from: bob, to: alice, value: '0x1' }], ['hardhat_setChainId', 31337],
    ...twins('hardhat_setNextBlockBaseFeePerGas', '0x3b9aca00'), ...twins('hardhat_setPrevRandao', ABSENT),
    ...twins('hardhat_setNextBlockPrevRandao', ABSENT), ['evm_setBlockGasLimit', '0x1c9c380'], ['evm_mine', { blocks: 2 }],
    ...twins('hardhat_impersonateAccount', STRANGER), ['eth_sendTransaction', { from: STRANGER, to: bob, value: '0x1' }],
    ...twins('hardhat_stopImpersonatingAccount', STRANGER), ...twins('hardhat_autoImpersonateAccount', true),
    ['eth_sendTransaction', { from: STRANGER, to: bob, value: '0x1' }], ...twins('hardhat_autoImpersonateAccount', false),
    ...twins('hardhat_dropTransaction', hashes.queued), ['hardhat_dropTransaction', hashes.mint], ...twins('hardhat_dropAllTransactions'),
    ['evm_increaseTime', 100], ['evm_increaseTime', '0x64'], ['evm_setNextBlockTimestamp', 1], ...twins('hardhat_mine', '0x2', '0x5'),
    ['hardhat_mine'], ...twins('hardhat_setBlockTimestampInterval', 12), ['evm_mine'], ...twins('hardhat_removeBlockTimestampInterval'),
    ['evm_setTime', 4102444800], ['evm_setNextBlockTimestamp', 4102444900], ['evm_mine', 4102445000], ['evm_setIntervalMining', 60000],
    ['evm_setIntervalMining', 0], ['anvil_setIntervalMining', 60], ['anvil_setIntervalMining', 0], ['evm_setAutomine', false],
    ['hardhat_setBalance', STRANGER, '0x01'], ['hardhat_setStorageAt', COLLECTION, '0x0', '0x0'], ['evm_revert', id], ['evm_revert', id],
    ['evm_revert', 'none'], ...twins('hardhat_reset'), ['hardhat_reset', { forking: { jsonRpcUrl: 'http://127.0.0.1:1' } }],
  ];
  for (const question of control) await ask(...question);
}
