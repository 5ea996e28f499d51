mintmark_fuzz(NAME range SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_range.c LINKS state/trie tests/lib)
