mintmark_fuzz(NAME trie SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_trie.c LINKS state/trie tests/lib)
