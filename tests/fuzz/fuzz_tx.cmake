mintmark_fuzz(NAME tx SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_tx.c LINKS state/chain)
