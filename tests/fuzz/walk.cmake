mintmark_fuzz(NAME walk SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_walk.c ${CMAKE_CURRENT_LIST_DIR}/linked_blocks.c LINKS p2p/content)
