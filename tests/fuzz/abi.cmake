mintmark_fuzz(NAME abi SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_abi.c LINKS contracts-native/abi state/codec state/base)
