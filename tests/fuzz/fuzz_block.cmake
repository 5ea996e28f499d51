mintmark_fuzz(NAME block SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_block.c LINKS state/chain)
