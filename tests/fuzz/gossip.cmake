mintmark_fuzz(NAME gossip SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_gossip.c LINKS tests/lib-mesh)
