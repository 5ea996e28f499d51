mintmark_fuzz(NAME snap SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_snap.c LINKS p2p/snap p2p/sync p2p/wire state/trie state/chain state/crypto tests/lib)
