mintmark_fuzz(NAME tree SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_tree.c ${CMAKE_CURRENT_LIST_DIR}/linked_blocks.c LINKS p2p/content)
