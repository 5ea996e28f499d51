mintmark_fuzz(NAME delta SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_delta.c LINKS state/trie tests/lib)
