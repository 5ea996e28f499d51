mintmark_fuzz(NAME governor SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_governor.c ${CMAKE_CURRENT_LIST_DIR}/ainft_chain.c
              LINKS tests/lib contracts-native/natives contracts-native/abi state/exec state/crypto state/codec state/base)
