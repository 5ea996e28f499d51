// What a project's own suite does with a contract: deploys nothing, since the collection is there. In a network nothing can be taken
// back, so each test has a token of its own there.
const assert = require('node:assert/strict');
const helpers = require('@nomicfoundation/hardhat-network-helpers');
const hre = require('hardhat');

const { ethers } = hre;
const isNetwork = Boolean(process.env.MINTMARK_MNEMONIC);
const loadFixture = isNetwork ? (fixture) => fixture() : helpers.loadFixture;
const COLLECTION = '0x6d696e746d61726b000000000000000000000721';
const ABI = [
  'function mint(address to, string uri) returns (uint256)',
  'function transferFrom(address from, address to, uint256 tokenId)',
  'function approve(address to, uint256 tokenId)',
  'function setApprovalForAll(address operator, bool approved)',
  'function ownerOf(uint256 tokenId) view returns (address)',
  'function tokenURI(uint256 tokenId) view returns (string)',
  'function totalSupply() view returns (uint256)',
  'function getApproved(uint256 tokenId) view returns (address)',
  'event Transfer(address indexed from, address indexed to, uint256 indexed tokenId)',
  'error ERC721NonexistentToken(uint256 tokenId)',
  'error ERC721InsufficientApproval(address operator, uint256 tokenId)',
];

async function minted() {
  const [alice, bob] = await ethers.getSigners();
  const collection = new ethers.Contract(COLLECTION, ABI, alice);
  const supply = await collection.totalSupply();
  const receipt = await (await collection.mint(alice.address, 'ipfs://hardhat')).wait();
  const { args: { tokenId } } = receipt.logs.map((log) => collection.interface.parseLog(log)).find((log) => log?.name === 'Transfer');
  return { alice, bob, collection, tokenId, receipt, supply };
}

const refusal = (name, args) => (error) => {
  const data = error.data?.data ?? error.data ?? error.error?.data;
  const revert = new ethers.Interface(ABI).parseError(data);
  assert.deepEqual([revert.name, ...revert.args], [name, ...args]);
  return true;
};

describe('a collection', () => {
  it('mints to an owner', async () => {
    const { alice, collection, tokenId, receipt, supply } = await loadFixture(minted);
    assert.equal(receipt.status, 1);
    assert.equal(await collection.ownerOf(tokenId), alice.address);
    assert.equal(await collection.tokenURI(tokenId), 'ipfs://hardhat');
    assert.equal(await collection.totalSupply(), supply + 1n);
  });

  (isNetwork ? it.skip : it)('is back at one token for each test, by loadFixture', async () => {
    const { alice, collection } = await loadFixture(minted);
    await (await collection.mint(alice.address, 'ipfs://another')).wait();
    assert.equal(await collection.totalSupply(), 2n);
    await loadFixture(minted);
    assert.equal(await collection.totalSupply(), 1n);
  });

  it('transfers, by its owner and by whom the owner approved', async () => {
    const { alice, bob, collection, tokenId } = await loadFixture(minted);
    await (await collection.approve(bob.address, tokenId)).wait();
    assert.equal(await collection.getApproved(tokenId), bob.address);
    await (await collection.connect(bob).transferFrom(alice.address, bob.address, tokenId)).wait();
    assert.equal(await collection.ownerOf(tokenId), bob.address);
    await (await collection.connect(bob).setApprovalForAll(alice.address, true)).wait();
    await (await collection.transferFrom(bob.address, alice.address, tokenId)).wait();
    assert.equal(await collection.ownerOf(tokenId), alice.address);
    const events = await collection.queryFilter(collection.filters.Transfer(null, null, tokenId), 0);
    assert.deepEqual(events.map((event) => event.args.to), [alice.address, bob.address, alice.address]);
  });

  it('refuses with the errors of the standard', async () => {
    const { alice, bob, collection, tokenId } = await loadFixture(minted);
    await assert.rejects(collection.connect(bob).transferFrom.staticCall(alice.address, bob.address, tokenId),
      refusal('ERC721InsufficientApproval', [bob.address, tokenId]));
    await assert.rejects(collection.ownerOf(4242n), refusal('ERC721NonexistentToken', [4242n]));
  });
});
