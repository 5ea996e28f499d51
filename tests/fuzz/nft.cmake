mintmark_fuzz(NAME nft SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_nft.c
              LINKS tests/lib contracts-native/natives contracts-native/abi state/exec state/codec state/base)
