mintmark_fuzz(NAME links SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_links.c LINKS p2p/content)
