/* Where an AINFT collection keeps what: slots 0 to 8 are those of erc721, the rest stands at roots of its own, so that neither
 * ever moves the other. contracts/…/Ainft.sol of the tests declares the same in Solidity.
 *
 *     own struct, ERC-7201 "mintmark.storage.Ainft"
 *      0 address creator, uint64 createdAt     8 token => kind => Stats            16 key => TraitDef
 *      1 address guardian, uint64 until        9 token => kind => author => count  17 bytes32[] traitKeys
 *      2 address governor                     10 token => index => Entry           18 token => credit
 *      3 address credit                       11 kind => KindDef                   19 token => agent wallet
 *      4 uint256 nextTokenId                  12 target => Rule                    20 string contractURI
 *      5 token => Spec                        13 bytes32[] ruleTargets             21 uint256 supply
 *      6 token => version => digest           14 action => Action                  22 uint256 kindCount
 *      7 token => bytes32[] history           15 bytes32[] actions
 *
 *     Spec     { bytes32 digest; uint64 version; uint64 updatedAt; string uri }
 *     Stats    { uint64 count; uint64 weight; uint64 authors; uint64 lastTime }
 *     Entry    { bool redacted; address author }
 *     KindDef  { uint8 forms; uint16 maxBytes; uint32 maxWeight; bool defined; string name }
 *     Rule     { bytes32 hash; uint64 version; uint64 activeFrom; string name; string source; version => hash; string before }
 *     Action   { uint64 version; string name; string guard; string price; Effect[] effects }
 *     Effect   { uint8 op; bytes32 key; string expr }
 *     TraitDef { uint8 kind; bool defined; bytes32 min; bytes32 max; string name }
 *
 *     trait values   keccak256("contracts.storage.erc7496-dynamictraits"), as the reference of ERC-7496: token => key => value;
 *                    + 2: key => bool, whether there is such a trait
 *     nonces         ERC-7201 "openzeppelin.storage.Nonces": account => uint256
 *     votes          ERC-7201 "openzeppelin.storage.Votes": account => delegate; + 1: delegate => checkpoints; + 2: checkpoints of all
 *
 * Small numbers in one word are its limbs: uint64 fields are limb[0] to limb[3]. */
#ifndef CONTRACTS_NATIVE_AINFT_LAYOUT_H
#define CONTRACTS_NATIVE_AINFT_LAYOUT_H

#include "contracts-native/storage/storage.h"

enum layout_field {
    LAYOUT_CREATOR,
    LAYOUT_GUARDIAN,
    LAYOUT_GOVERNOR,
    LAYOUT_CREDIT,
    LAYOUT_NEXT_TOKEN_ID,
    LAYOUT_SPECS,
    LAYOUT_SPEC_DIGESTS,
    LAYOUT_HISTORY,
    LAYOUT_STATS,
    LAYOUT_COUNT_BY,
    LAYOUT_ENTRIES,
    LAYOUT_KINDS,
    LAYOUT_RULES,
    LAYOUT_RULE_TARGETS,
    LAYOUT_ACTIONS,
    LAYOUT_ACTION_NAMES,
    LAYOUT_TRAIT_DEFS,
    LAYOUT_TRAIT_KEYS,
    LAYOUT_TOKEN_CREDIT,
    LAYOUT_AGENT_WALLET,
    LAYOUT_CONTRACT_URI,
    LAYOUT_SUPPLY,
    LAYOUT_KIND_COUNT,
};

void layout_init(void);

mm_u256 layout_slot(enum layout_field field);
/* The entry of a mapping in this field. */
mm_u256 layout_at(enum layout_field field, const mm_u256 *key);
/* Of a mapping of mappings. */
mm_u256 layout_at2(enum layout_field field, const mm_u256 *outer, const mm_u256 *inner);
/* A word of a struct that begins at the slot. */
mm_u256 layout_word(const mm_u256 *slot, uint64_t index);

mm_u256 layout_trait_value(const mm_u256 *token, const mm_u256 *key);
mm_u256 layout_trait_key_is_valid(const mm_u256 *key);
mm_u256 layout_nonce(const mm_addr *account);
mm_u256 layout_delegate(const mm_addr *account);
/* Where checkpoints begin (contracts-native/checkpoints): of a delegate's votes, of all of them. */
mm_u256 layout_votes(const mm_addr *delegate);
mm_u256 layout_total_votes(void);

/* keccak256 of a name: ids of kinds, traits, actions, targets, and hashes of sources. */
mm_u256 layout_id(mm_bytes name);

/* An address with a uint64 above it. */
mm_u256 layout_addr_u64(const mm_addr *addr, uint64_t number);
uint64_t layout_u64_above_addr(const mm_u256 *word);

#endif
