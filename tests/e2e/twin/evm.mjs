// The Solidity twin in an EVM in memory: compiled here, at the addresses of the native accounts, in blocks of the same numbers and times.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { createBlock } from '@ethereumjs/block';
import { Hardfork, Mainnet, createCustomCommon } from '@ethereumjs/common';
import { MerkleStateManager } from '@ethereumjs/statemanager';
import { Account, bytesToHex, createAddressFromString, hexToBytes } from '@ethereumjs/util';
import { createVM } from '@ethereumjs/vm';

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const GAS = 1_000_000_000n;

let compiled;
export const compile = () => (compiled ??= compileAll());

function compileAll() {
  const solc = require('solc');
  const files = ['Ainft.sol', 'AinftGovernor.sol', 'Credit.sol'];
  const input = {
    language: 'Solidity',
    sources: Object.fromEntries(files.map((file) => [file, { content: fs.readFileSync(path.join(here, file), 'utf8') }])),
    settings: { optimizer: { enabled: true, runs: 1 }, viaIR: false, evmVersion: 'cancun',
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'storageLayout'] } } },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: (name) => {
    try { return { contents: fs.readFileSync(require.resolve(name), 'utf8') }; } catch (e) { return { error: String(e) }; }
  } }));
  const errors = (output.errors ?? []).filter((e) => e.severity === 'error');
  if (errors.length > 0) throw new Error(errors.map((e) => e.formattedMessage).join('\n'));
  return { ainft: output.contracts['Ainft.sol'].Ainft, voting: output.contracts['Ainft.sol'].AinftVotes, credit: output.contracts['Credit.sol'].Credit,
    governor: output.contracts['AinftGovernor.sol'].AinftGovernor };
}

export class Evm {
  static async create(chainId) {
    const evm = new Evm();
    evm.common = createCustomCommon({ chainId }, Mainnet, { hardfork: Hardfork.Cancun });
    evm.state = new MerkleStateManager({ common: evm.common });
    evm.vm = await createVM({ common: evm.common, stateManager: evm.state, evmOpts: { allowUnlimitedContractSize: true, allowUnlimitedInitCodeSize: true } });
    return evm;
  }

  block({ number, timestamp }) {
    return createBlock({ header: { number, timestamp, gasLimit: GAS, baseFeePerGas: 7n } }, { common: this.common });
  }

  async #run(options) {
    const { evm } = this.vm;
    const result = await evm.runCall({ gasLimit: GAS, ...options });
    await evm.journal.cleanup();
    await this.state.flush();
    this.state.originalStorageCache.clear();
    const error = result.execResult.exceptionError?.error;
    if (error && error !== 'revert') throw new Error(`unexpected end of execution: ${error}`);
    return {
      ok: !error,
      ret: bytesToHex(result.execResult.returnValue),
      created: result.createdAddress?.toString(),
      logs: error ? [] : (result.execResult.logs ?? []).map(([address, topics, data]) => ({
        address: bytesToHex(address), topics: topics.map((topic) => bytesToHex(topic)), data: bytesToHex(data) })),
    };
  }

  /** Creates as the account would with this nonce. */
  async deploy({ from, nonce, code, at }) {
    await this.state.putAccount(createAddressFromString(from), new Account(nonce, 10n ** 24n));
    return this.#run({ block: this.block(at), caller: createAddressFromString(from), data: hexToBytes(code) });
  }

  call({ from, to, data, at }) {
    return this.#run({ block: this.block(at), caller: createAddressFromString(from), origin: createAddressFromString(from),
      to: createAddressFromString(to), data: hexToBytes(data) });
  }

  async slot(address, slot) {
    const value = await this.state.getStorage(createAddressFromString(address), hexToBytes(`0x${slot.toString(16).padStart(64, '0')}`));
    return value.length === 0 ? 0n : BigInt(bytesToHex(value));
  }

  async root(address) {
    return bytesToHex((await this.state.getAccount(createAddressFromString(address))).storageRoot);
  }
}
