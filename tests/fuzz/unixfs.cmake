mintmark_fuzz(NAME unixfs SOURCES ${CMAKE_CURRENT_LIST_DIR}/fuzz_unixfs.c LINKS p2p/content)
