mintmark_fuzz(NAME cid SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_cid.c LINKS p2p/content)
