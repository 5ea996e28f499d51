mintmark_fuzz(NAME genesis SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_genesis.c LINKS state/chain)
