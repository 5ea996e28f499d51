mintmark_fuzz(NAME proof SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_proof.c LINKS state/trie tests/lib)
